/* sin: y = sin(x), x in radians.  x, y any shape, any float type.
 * Gradient: dx = dy cos(x).  Source: numpy.sin; ONNX Sin. */
#include "op/elementwise.h"

static void sin_gradient(gradient_frame *g) {
    g->din[0] = mica_multiply(g->dout[0], mica_cos(g->in[0]));
}

static double sin_scalar(const double *x, const void *attrs) { return sin(x[0]); }

static bool sin_samples(int number, sample *s) { return samples_unary(number, s, -2, 2); }

UNARY_OP(sin, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float,
         .gradient = sin_gradient, .samples = sin_samples, .tolerance = ROUNDED)
