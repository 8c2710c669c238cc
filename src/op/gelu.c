/* gelu: y = x Phi(x), Phi the normal distribution; approximate: y = x / 2 (1 + tanh(u)),
 * u = sqrt(2 / pi) (x + 0.044715 x^3).  x, y any shape, any float type.
 * Gradient: dx = dy (Phi(x) + x phi(x)), phi(x) = e^(-x^2 / 2) / sqrt(2 pi); approximate:
 * dx = dy ((1 + t) / 2 + x / 2 (1 - t^2) u'), t = tanh(u).
 * Source: Hendrycks and Gimpel (2016); keras.activations.gelu; ONNX Gelu. */
#include "op/elementwise.h"

static const field gelu_fields[] = {BOOLEAN(gelu_attrs, approximate, .help = "by tanh"),
                                    END_OF_FIELDS};

#define ROOT_2_PI 0.7978845608028654 /* sqrt(2 / pi) */
#define CUBIC 0.044715

static mica_tensor *exact_slope(mica_tensor *x) {
    mica_tensor *below = scaled(shifted(mica_erf(scaled(x, M_SQRT1_2)), 1), 0.5);
    mica_tensor *density = scaled(mica_exp(scaled(mica_square(x), -0.5)), ROOT_2_PI / 2);
    return mica_add(below, mica_multiply(x, density));
}

static mica_tensor *approximate_slope(mica_tensor *x) {
    mica_tensor *square = mica_square(x);
    mica_tensor *u = scaled(mica_multiply(x, shifted(scaled(square, CUBIC), 1)), ROOT_2_PI);
    mica_tensor *du = scaled(shifted(scaled(square, 3 * CUBIC), 1), ROOT_2_PI);
    mica_tensor *t = mica_tanh(u);
    mica_tensor *bend = mica_multiply(mica_multiply(x, one_minus(mica_square(t))), du);
    return scaled(mica_add(shifted(t, 1), bend), 0.5);
}

static void gelu_gradient(gradient_frame *g) {
    const gelu_attrs *a = g->attrs;
    mica_tensor *x = g->in[0];
    g->din[0] = mica_multiply(g->dout[0], a->approximate ? approximate_slope(x) : exact_slope(x));
}

static double gelu_scalar(const double *x, const void *attrs) {
    const gelu_attrs *a = attrs;
    if (!a->approximate) return 0.5 * x[0] * erfc(-x[0] * M_SQRT1_2);
    return 0.5 * x[0] * (1 + tanh(ROOT_2_PI * (x[0] + CUBIC * x[0] * x[0] * x[0])));
}

static bool gelu_samples(int number, sample *s) {
    *(gelu_attrs *)s->attrs = (gelu_attrs){number % 2};
    return samples_unary(number / 2, s, -2, 2);
}

const op op_gelu = {.name = "gelu",
                    .inputs = 1,
                    .outputs = 1,
                    .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO,
                    .fields = gelu_fields,
                    .attrs_size = sizeof(gelu_attrs),
                    .shape = shape_of_float,
                    .gradient = gelu_gradient,
                    .scalar = gelu_scalar,
                    .samples = gelu_samples,
                    .tolerance = ROUNDED};

mica_tensor *mica_gelu(mica_tensor *x, bool approximate) {
    gelu_attrs attrs = {approximate};
    return EMIT(&op_gelu, &attrs, x);
}
