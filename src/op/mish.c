/* mish: y = x tanh(softplus(x)).  x, y any shape, any float type.
 * Gradient: dx = dy (t + x (1 - t^2) sigmoid(x)), t = tanh(softplus(x)).
 * Source: Misra, Mish (2019); keras.activations.mish; ONNX Mish. */
#include "op/elementwise.h"

static void mish_gradient(gradient_frame *g) {
    mica_tensor *x = g->in[0], *t = mica_tanh(mica_softplus(x));
    mica_tensor *bend = mica_multiply(one_minus(mica_square(t)), mica_sigmoid(x));
    g->din[0] = mica_multiply(g->dout[0], mica_add(t, mica_multiply(x, bend)));
}

static double mish_scalar(const double *x, const void *attrs) {
    return x[0] * tanh((x[0] > 0 ? x[0] : 0) + log1p(exp(-fabs(x[0]))));
}

static bool mish_samples(int number, sample *s) { return samples_unary(number, s, -2, 2); }

UNARY_OP(mish, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float,
         .gradient = mish_gradient, .samples = mish_samples, .tolerance = ROUNDED)
