/* sign: y = -1, 0 or 1; NaN of NaN.  x, y any shape, any dtype.
 * Gradient: zero.  Source: numpy.sign; ONNX Sign. */
#include "op/elementwise.h"

static double sign_scalar(const double *x, const void *attrs) {
    return x[0] > 0 ? 1 : x[0] < 0 ? -1 : x[0];
}
static int64_t sign_integer(const int64_t *x, const void *attrs) { return (x[0] > 0) - (x[0] < 0); }

UNARY_OP(sign, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_input,
         .integer = sign_integer)
