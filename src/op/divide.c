/* divide: y = a / b, any shapes that broadcast, any dtype; integers are cut towards zero, by zero
 * gives 0. Gradient: da = dy / b, db = -dy y / b.  Source: numpy.divide; ONNX Div. */
#include "op/elementwise.h"

static void divide_gradient(gradient_frame *g) {
    if (g->need[0]) give(g, 0, mica_divide(g->dout[0], g->in[1]));
    if (g->need[1])
        give(g, 1, mica_negative(mica_divide(mica_multiply(g->dout[0], g->out[0]), g->in[1])));
}

static double divide_scalar(const double *x, const void *attrs) { return x[0] / x[1]; }
static int64_t divide_integer(const int64_t *x, const void *attrs) {
    if (x[1] == 0) return 0;
    if (x[1] == -1) return (int64_t) - (uint64_t)x[0]; /* the least one would trap */
    return x[0] / x[1];
}

static bool divide_samples(int number, sample *s) {
    return samples_binary(number, s, -2, 2, 0.5, 2);
}

BINARY_OP(divide, .traits = PURE | ELEMENTWISE, .shape = shape_of_broadcast,
          .gradient = divide_gradient, .integer = divide_integer, .samples = divide_samples)
