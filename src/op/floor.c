/* floor: y = the greatest whole number <= x.  x, y any shape, any float type.
 * Gradient: zero.  Source: numpy.floor; ONNX Floor. */
#include "op/elementwise.h"

static double floor_scalar(const double *x, const void *attrs) { return floor(x[0]); }

UNARY_OP(floor, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float)
