/* cos: y = cos(x), x in radians.  x, y any shape, any float type.
 * Gradient: dx = -dy sin(x).  Source: numpy.cos; ONNX Cos. */
#include "op/elementwise.h"

static void cos_gradient(gradient_frame *g) {
    g->din[0] = mica_negative(mica_multiply(g->dout[0], mica_sin(g->in[0])));
}

static double cos_scalar(const double *x, const void *attrs) { return cos(x[0]); }

static bool cos_samples(int number, sample *s) { return samples_unary(number, s, -2, 2); }

UNARY_OP(cos, .traits = PURE | ELEMENTWISE, .shape = shape_of_float, .gradient = cos_gradient,
         .samples = cos_samples, .tolerance = ROUNDED)
