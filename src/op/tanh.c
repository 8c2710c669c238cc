/* tanh: y = tanh(x).  x, y any shape, any float type.
 * Gradient: dx = dy (1 - y^2).  Source: keras.activations.tanh; ONNX Tanh. */
#include "op/elementwise.h"

static void tanh_gradient(gradient_frame *g) {
    g->din[0] = mica_multiply(g->dout[0], one_minus(mica_square(g->out[0])));
}

static double tanh_scalar(const double *x, const void *attrs) { return tanh(x[0]); }

static bool tanh_samples(int number, sample *s) { return samples_unary(number, s, -2, 2); }

UNARY_OP(tanh, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float,
         .gradient = tanh_gradient, .samples = tanh_samples, .tolerance = ROUNDED)
