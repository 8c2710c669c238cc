/* reciprocal: y = 1 / x.  x, y any shape, any float type.
 * Gradient: dx = -dy y^2.  Source: numpy.reciprocal; ONNX Reciprocal. */
#include "op/elementwise.h"

static void reciprocal_gradient(gradient_frame *g) {
    g->din[0] = mica_negative(mica_multiply(g->dout[0], mica_square(g->out[0])));
}

static double reciprocal_scalar(const double *x, const void *attrs) { return 1 / x[0]; }

static bool reciprocal_samples(int number, sample *s) {
    return samples_mirrored(number, s, 0.5, 3);
}

UNARY_OP(reciprocal, .traits = PURE | ELEMENTWISE, .shape = shape_of_float,
         .gradient = reciprocal_gradient, .samples = reciprocal_samples)
