/* greater: y = a > b.  Any shapes that broadcast, any dtype; y bool.
 * Source: numpy.greater; ONNX Greater. */
#include "op/elementwise.h"

static double greater_scalar(const double *x, const void *attrs) { return x[0] > x[1]; }
static int64_t greater_integer(const int64_t *x, const void *attrs) { return x[0] > x[1]; }

BINARY_OP(greater, .traits = PURE | ELEMENTWISE, .shape = shape_of_comparison,
          .integer = greater_integer)
