/* less_equal: y = a <= b.  Any shapes that broadcast, any dtype; y bool.
 * Source: numpy.less_equal; ONNX LessOrEqual. */
#include "op/elementwise.h"

static double less_equal_scalar(const double *x, const void *attrs) { return x[0] <= x[1]; }
static int64_t less_equal_integer(const int64_t *x, const void *attrs) { return x[0] <= x[1]; }

BINARY_OP(less_equal, .traits = PURE | ELEMENTWISE, .shape = shape_of_comparison,
          .integer = less_equal_integer)
