/* softsign: y = x / (1 + |x|).  x, y any shape, any float type.
 * Gradient: dx = dy / (1 + |x|)^2.  Source: keras.activations.softsign; ONNX Softsign. */
#include "op/elementwise.h"

static void softsign_gradient(gradient_frame *g) {
    g->din[0] = mica_divide(g->dout[0], mica_square(shifted(mica_abs(g->in[0]), 1)));
}

static double softsign_scalar(const double *x, const void *attrs) {
    return x[0] / (1 + fabs(x[0]));
}

static bool softsign_samples(int number, sample *s) { return samples_mirrored(number, s, 0.2, 2); }

UNARY_OP(softsign, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float,
         .gradient = softsign_gradient, .samples = softsign_samples, .tolerance = ROUNDED)
