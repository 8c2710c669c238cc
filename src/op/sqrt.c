/* sqrt: y = square root of x, NaN below 0.  x, y any shape, any float type.
 * Gradient: dx = dy / (2 y).  Source: numpy.sqrt; ONNX Sqrt. */
#include "op/elementwise.h"

static void sqrt_gradient(gradient_frame *g) {
    g->din[0] = mica_divide(scaled(g->dout[0], 0.5), g->out[0]);
}

static double sqrt_scalar(const double *x, const void *attrs) { return sqrt(x[0]); }

static bool sqrt_samples(int number, sample *s) { return samples_unary(number, s, 0.5, 3); }

UNARY_OP(sqrt, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float,
         .gradient = sqrt_gradient, .samples = sqrt_samples)
