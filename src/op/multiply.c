/* multiply: y = a b, any shapes that broadcast, any dtype; integers wrap.
 * Gradient: da = dy b, db = dy a.  Source: numpy.multiply; ONNX Mul. */
#include "op/elementwise.h"

static void multiply_gradient(gradient_frame *g) {
    if (g->need[0]) give(g, 0, mica_multiply(g->dout[0], g->in[1]));
    if (g->need[1]) give(g, 1, mica_multiply(g->dout[0], g->in[0]));
}

static double multiply_scalar(const double *x, const void *attrs) { return x[0] * x[1]; }
static int64_t multiply_integer(const int64_t *x, const void *attrs) {
    return (int64_t)((uint64_t)x[0] * (uint64_t)x[1]);
}

BINARY_OP(multiply, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_broadcast,
          .gradient = multiply_gradient, .integer = multiply_integer)
