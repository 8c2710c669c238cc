/* selu: y = scale x where x > 0, else scale alpha (e^x - 1); scale and alpha as below.  x, y any
 * shape, any float type. Gradient: dx = dy scale where x >= 0 (as TensorFlow), else dy (y + scale
 * alpha). Source: Klambauer et al., Self-Normalizing Neural Networks (2017);
 * keras.activations.selu. */
#include "op/elementwise.h"

#define ALPHA 1.6732632423543772
#define SCALE 1.0507009873554805

static void selu_gradient(gradient_frame *g) {
    mica_tensor *x = g->in[0], *dy = g->dout[0];
    mica_tensor *below = mica_multiply(dy, shifted(g->out[0], SCALE * ALPHA));
    g->din[0] = mica_where(mica_greater_equal(x, zero_of(x)), scaled(dy, SCALE), below);
}

static double selu_scalar(const double *x, const void *attrs) {
    return SCALE * (x[0] > 0 ? x[0] : ALPHA * expm1(x[0]));
}

static bool selu_samples(int number, sample *s) { return samples_mirrored(number, s, 0.2, 2); }

UNARY_OP(selu, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float,
         .gradient = selu_gradient, .samples = selu_samples, .tolerance = ROUNDED)
