/* round: y = the nearest whole number, halves to even.  x, y any shape, any float type.
 * Gradient: zero.  Source: numpy.round; ONNX Round. */
#include "op/elementwise.h"

static double round_scalar(const double *x, const void *attrs) { return rint(x[0]); }

UNARY_OP(round, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float)
