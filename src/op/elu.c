/* elu: y = x where x > 0, else alpha (e^x - 1).  x, y any shape, any float type.
 * Gradient: dx = dy where x > 0, else dy (y + alpha).  Source: keras.activations.elu; ONNX Elu. */
#include "op/elementwise.h"

static const field elu_fields[] = {REAL(elu_attrs, alpha, .help = "minus the limit of y"),
                                   END_OF_FIELDS};

static void elu_gradient(gradient_frame *g) {
    const elu_attrs *a = g->attrs;
    mica_tensor *x = g->in[0], *dy = g->dout[0];
    mica_tensor *below = mica_multiply(dy, shifted(g->out[0], a->alpha));
    g->din[0] = mica_where(mica_greater(x, zero_of(x)), dy, below);
}

static double elu_scalar(const double *x, const void *attrs) {
    const elu_attrs *a = attrs;
    return x[0] > 0 ? x[0] : a->alpha * expm1(x[0]);
}

static bool elu_samples(int number, sample *s) {
    *(elu_attrs *)s->attrs = (elu_attrs){1.3};
    return samples_mirrored(number, s, 0.2, 2);
}

const op op_elu = {.name = "elu",
                   .inputs = 1,
                   .outputs = 1,
                   .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO,
                   .fields = elu_fields,
                   .attrs_size = sizeof(elu_attrs),
                   .shape = shape_of_float,
                   .gradient = elu_gradient,
                   .scalar = elu_scalar,
                   .samples = elu_samples,
                   .tolerance = ROUNDED};

mica_tensor *mica_elu(mica_tensor *x, double alpha) {
    elu_attrs attrs = {alpha};
    return EMIT(&op_elu, &attrs, x);
}
