/* negative: y = -x.  x, y any shape, any dtype; integers wrap.
 * Gradient: dx = -dy.  Source: numpy.negative; ONNX Neg. */
#include "op/elementwise.h"

static void negative_gradient(gradient_frame *g) { g->din[0] = mica_negative(g->dout[0]); }

static double negative_scalar(const double *x, const void *attrs) { return -x[0]; }
static int64_t negative_integer(const int64_t *x, const void *attrs) {
    return (int64_t) - (uint64_t)x[0];
}

UNARY_OP(negative, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_input,
         .gradient = negative_gradient, .integer = negative_integer)
