/* sigmoid: y = 1 / (1 + e^-x).  x, y any shape, any float type.
 * Gradient: dx = dy y (1 - y).  Source: keras.activations.sigmoid; ONNX Sigmoid. */
#include "op/elementwise.h"

static void sigmoid_gradient(gradient_frame *g) {
    mica_tensor *y = g->out[0];
    g->din[0] = mica_multiply(g->dout[0], mica_multiply(y, one_minus(y)));
}

static double sigmoid_scalar(const double *x, const void *attrs) { return 1 / (1 + exp(-x[0])); }

static bool sigmoid_samples(int number, sample *s) { return samples_unary(number, s, -2, 2); }

UNARY_OP(sigmoid, .traits = PURE | ELEMENTWISE, .shape = shape_of_float,
         .gradient = sigmoid_gradient, .samples = sigmoid_samples, .tolerance = ROUNDED)
