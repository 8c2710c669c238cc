/* square: y = x x.  x, y any shape, any dtype; integers wrap.
 * Gradient: dx = 2 dy x.  Source: numpy.square. */
#include "op/elementwise.h"

static void square_gradient(gradient_frame *g) {
    g->din[0] = scaled(mica_multiply(g->dout[0], g->in[0]), 2);
}

static double square_scalar(const double *x, const void *attrs) { return x[0] * x[0]; }
static int64_t square_integer(const int64_t *x, const void *attrs) {
    return (int64_t)((uint64_t)x[0] * (uint64_t)x[0]);
}

UNARY_OP(square, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_input,
         .gradient = square_gradient, .integer = square_integer)
