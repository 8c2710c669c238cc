/* relu: y = max(x, 0).  x, y any shape, any float type.
 * Gradient: dx = relu_grad(dy, y), from the output, so that relu may be fused into what is before
 * it; 0 at x = 0, as TensorFlow.  Source: keras.activations.relu; ONNX Relu. */
#include "op/elementwise.h"

static void relu_gradient(gradient_frame *g) {
    g->din[0] = EMIT(&op_relu_grad, NULL, g->dout[0], g->out[0]);
}

static double relu_scalar(const double *x, const void *attrs) { return x[0] <= 0 ? 0 : x[0]; }

static bool relu_samples(int number, sample *s) { return samples_mirrored(number, s, 0.2, 2); }

UNARY_OP(relu, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float,
         .gradient = relu_gradient, .samples = relu_samples)
