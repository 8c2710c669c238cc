/* leaky_relu: y = x where x > 0, else slope x.  x, y any shape, any float type.
 * Gradient: dx = dy where x > 0, else slope dy.  Source: keras.activations.leaky_relu. */
#include "op/elementwise.h"

static const field leaky_relu_fields[] = {REAL(leaky_relu_attrs, slope, .help = "below 0"),
                                          END_OF_FIELDS};

static void leaky_relu_gradient(gradient_frame *g) {
    const leaky_relu_attrs *a = g->attrs;
    mica_tensor *x = g->in[0], *dy = g->dout[0];
    g->din[0] = mica_where(mica_greater(x, zero_of(x)), dy, scaled(dy, a->slope));
}

static double leaky_relu_scalar(const double *x, const void *attrs) {
    const leaky_relu_attrs *a = attrs;
    return x[0] > 0 ? x[0] : a->slope * x[0];
}

static bool leaky_relu_samples(int number, sample *s) {
    *(leaky_relu_attrs *)s->attrs = (leaky_relu_attrs){0.3};
    return samples_mirrored(number, s, 0.2, 2);
}

const op op_leaky_relu = {.name = "leaky_relu",
                          .inputs = 1,
                          .outputs = 1,
                          .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO,
                          .fields = leaky_relu_fields,
                          .attrs_size = sizeof(leaky_relu_attrs),
                          .shape = shape_of_float,
                          .gradient = leaky_relu_gradient,
                          .scalar = leaky_relu_scalar,
                          .samples = leaky_relu_samples,
                          .tolerance = ROUNDED};

mica_tensor *mica_leaky_relu(mica_tensor *x, double slope) {
    leaky_relu_attrs attrs = {slope};
    return EMIT(&op_leaky_relu, &attrs, x);
}
