/* is_finite: y = x is neither NaN nor infinite.  x, y any shape, any dtype; y bool.
 * Source: numpy.isfinite. */
#include "op/elementwise.h"

static double is_finite_scalar(const double *x, const void *attrs) { return isfinite(x[0]) != 0; }
static int64_t is_finite_integer(const int64_t *x, const void *attrs) { return 1; }

UNARY_OP(is_finite, .traits = PURE | ELEMENTWISE, .shape = shape_of_comparison,
         .integer = is_finite_integer)
