/* equal: y = a == b.  Any shapes that broadcast, any dtype; y bool.
 * Source: numpy.equal; ONNX Equal. */
#include "op/elementwise.h"

static double equal_scalar(const double *x, const void *attrs) { return x[0] == x[1]; }
static int64_t equal_integer(const int64_t *x, const void *attrs) { return x[0] == x[1]; }

BINARY_OP(equal, .traits = PURE | ELEMENTWISE, .shape = shape_of_comparison,
          .integer = equal_integer)
