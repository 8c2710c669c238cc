/* subtract: y = a - b, any shapes that broadcast, any dtype; integers wrap.
 * Gradient: da = dy, db = -dy.  Source: numpy.subtract; ONNX Sub. */
#include "op/elementwise.h"

static void subtract_gradient(gradient_frame *g) {
    if (g->need[0]) give(g, 0, g->dout[0]);
    if (g->need[1]) give(g, 1, mica_negative(g->dout[0]));
}

static double subtract_scalar(const double *x, const void *attrs) { return x[0] - x[1]; }
static int64_t subtract_integer(const int64_t *x, const void *attrs) {
    return (int64_t)((uint64_t)x[0] - (uint64_t)x[1]);
}

BINARY_OP(subtract, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_broadcast,
          .gradient = subtract_gradient, .integer = subtract_integer)
