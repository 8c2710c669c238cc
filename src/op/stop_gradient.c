/* stop_gradient: y = x.  x, y any shape, any dtype.
 * Gradient: zero.  Source: tf.stop_gradient. */
#include "op/elementwise.h"

static double stop_gradient_scalar(const double *x, const void *attrs) { return x[0]; }
static int64_t stop_gradient_integer(const int64_t *x, const void *attrs) { return x[0]; }

UNARY_OP(stop_gradient, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_input,
         .integer = stop_gradient_integer)
