/* abs: y = |x|.  x, y any shape, any dtype.
 * Gradient: dx = dy sign(x), 0 at 0.  Source: numpy.absolute; ONNX Abs. */
#include "op/elementwise.h"

static void abs_gradient(gradient_frame *g) {
    g->din[0] = mica_multiply(g->dout[0], mica_sign(g->in[0]));
}

static double abs_scalar(const double *x, const void *attrs) { return fabs(x[0]); }
static int64_t abs_integer(const int64_t *x, const void *attrs) {
    return x[0] < 0 ? (int64_t) - (uint64_t)x[0] : x[0];
}

static bool abs_samples(int number, sample *s) { return samples_mirrored(number, s, 0.2, 2); }

UNARY_OP(abs, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_input,
         .gradient = abs_gradient, .integer = abs_integer, .samples = abs_samples)
