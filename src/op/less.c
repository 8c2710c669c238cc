/* less: y = a < b.  Any shapes that broadcast, any dtype; y bool.
 * Source: numpy.less; ONNX Less. */
#include "op/elementwise.h"

static double less_scalar(const double *x, const void *attrs) { return x[0] < x[1]; }
static int64_t less_integer(const int64_t *x, const void *attrs) { return x[0] < x[1]; }

BINARY_OP(less, .traits = PURE | ELEMENTWISE, .shape = shape_of_comparison, .integer = less_integer)
