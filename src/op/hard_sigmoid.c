/* hard_sigmoid: y = min(max(slope x + offset, 0), 1).  x, y any shape, any float type.
 * Gradient: dx = slope dy where 0 < y < 1, else 0.
 * Source: keras.activations.hard_sigmoid; ONNX HardSigmoid. */
#include "op/elementwise.h"

static const field hard_sigmoid_fields[] = {
    REAL(hard_sigmoid_attrs, slope, .help = "of the middle part"),
    REAL(hard_sigmoid_attrs, offset, .help = "y at 0"), END_OF_FIELDS};

static void hard_sigmoid_gradient(gradient_frame *g) {
    const hard_sigmoid_attrs *a = g->attrs;
    mica_tensor *y = g->out[0], *dy = g->dout[0];
    mica_tensor *inside = mica_logical_and(mica_greater(y, zero_of(y)),
                                           mica_less(y, scalar_like(y, 1)));
    g->din[0] = mica_where(inside, scaled(dy, a->slope), zero_of(dy));
}

static double hard_sigmoid_scalar(const double *x, const void *attrs) {
    const hard_sigmoid_attrs *a = attrs;
    double y = a->slope * x[0] + a->offset;
    return y < 0 ? 0 : y > 1 ? 1 : y;
}

static bool hard_sigmoid_samples(int number, sample *s) {
    *(hard_sigmoid_attrs *)s->attrs = (hard_sigmoid_attrs){0.2, 0.5};
    return samples_unary(number / 3, s, number % 3 * 4 - 6, number % 3 * 4 - 3);
}

const op op_hard_sigmoid = {.name = "hard_sigmoid",
                            .inputs = 1,
                            .outputs = 1,
                            .traits = PURE | ELEMENTWISE,
                            .fields = hard_sigmoid_fields,
                            .attrs_size = sizeof(hard_sigmoid_attrs),
                            .shape = shape_of_float,
                            .gradient = hard_sigmoid_gradient,
                            .scalar = hard_sigmoid_scalar,
                            .samples = hard_sigmoid_samples,
                            .tolerance = ROUNDED};

mica_tensor *mica_hard_sigmoid(mica_tensor *x, double slope, double offset) {
    hard_sigmoid_attrs attrs = {slope, offset};
    return EMIT(&op_hard_sigmoid, &attrs, x);
}
