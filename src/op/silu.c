/* silu (swish): y = x sigmoid(x).  x, y any shape, any float type.
 * Gradient: dx = dy (s + y (1 - s)), s = sigmoid(x).  Source: keras.activations.silu. */
#include "op/elementwise.h"

static void silu_gradient(gradient_frame *g) {
    mica_tensor *s = mica_sigmoid(g->in[0]);
    mica_tensor *slope = mica_add(s, mica_multiply(g->out[0], one_minus(s)));
    g->din[0] = mica_multiply(g->dout[0], slope);
}

static double silu_scalar(const double *x, const void *attrs) { return x[0] / (1 + exp(-x[0])); }

static bool silu_samples(int number, sample *s) { return samples_unary(number, s, -2, 2); }

UNARY_OP(silu, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float,
         .gradient = silu_gradient, .samples = silu_samples, .tolerance = ROUNDED)
