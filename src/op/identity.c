/* identity: y = x.  x, y any shape, any dtype.
 * Gradient: dx = dy.  Source: keras.activations.linear; ONNX Identity. */
#include "op/elementwise.h"

static void identity_gradient(gradient_frame *g) { g->din[0] = g->dout[0]; }

static double identity_scalar(const double *x, const void *attrs) { return x[0]; }
static int64_t identity_integer(const int64_t *x, const void *attrs) { return x[0]; }

UNARY_OP(identity, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_input,
         .gradient = identity_gradient, .integer = identity_integer)
