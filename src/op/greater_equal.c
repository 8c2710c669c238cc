/* greater_equal: y = a >= b.  Any shapes that broadcast, any dtype; y bool.
 * Source: numpy.greater_equal; ONNX GreaterOrEqual. */
#include "op/elementwise.h"

static double greater_equal_scalar(const double *x, const void *attrs) { return x[0] >= x[1]; }
static int64_t greater_equal_integer(const int64_t *x, const void *attrs) { return x[0] >= x[1]; }

BINARY_OP(greater_equal, .traits = PURE | ELEMENTWISE, .shape = shape_of_comparison,
          .integer = greater_equal_integer)
