/* ceil: y = the least whole number >= x.  x, y any shape, any float type.
 * Gradient: zero.  Source: numpy.ceil; ONNX Ceil. */
#include "op/elementwise.h"

static double ceil_scalar(const double *x, const void *attrs) { return ceil(x[0]); }

UNARY_OP(ceil, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float)
