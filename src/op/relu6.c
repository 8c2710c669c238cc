/* relu6: y = min(max(x, 0), 6).  x, y any shape, any float type.
 * Gradient: dx = dy where 0 < y < 6, else 0.  Source: keras.activations.relu6. */
#include "op/elementwise.h"

static void relu6_gradient(gradient_frame *g) {
    mica_tensor *y = g->out[0], *dy = g->dout[0];
    mica_tensor *inside = mica_logical_and(mica_greater(y, zero_of(y)),
                                           mica_less(y, scalar_like(y, 6)));
    g->din[0] = mica_where(inside, dy, zero_of(dy));
}

static double relu6_scalar(const double *x, const void *attrs) {
    return x[0] <= 0 ? 0 : x[0] > 6 ? 6 : x[0];
}

static bool relu6_samples(int number, sample *s) {
    return samples_unary(number / 3, s, number % 3 * 4 - 3, number % 3 * 4 - 1);
}

UNARY_OP(relu6, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float,
         .gradient = relu6_gradient, .samples = relu6_samples)
