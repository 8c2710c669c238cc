/* threshold: y = x where x > threshold, else value.  x, y any shape, any float type. A composite.
 * Source: keras.activations.threshold; torch.nn.Threshold. */
#include "op/elementwise.h"

typedef struct threshold_attrs {
    double threshold, value;
} threshold_attrs;

static void threshold_compose(compose_frame *c) {
    const threshold_attrs *a = c->attrs;
    mica_tensor *x = c->in[0];
    c->out[0] = mica_where(mica_less_equal(x, scalar_like(x, a->threshold)),
                           scalar_like(x, a->value), x);
}

static bool threshold_samples(int number, sample *s) {
    *(threshold_attrs *)s->attrs = (threshold_attrs){0.1, -3};
    return samples_mirrored(number, s, 0.2, 2);
}

static const field threshold_fields[] = {
    REAL(threshold_attrs, threshold, .help = "x is kept above"),
    REAL(threshold_attrs, value, .help = "y elsewhere"), END_OF_FIELDS};

const op op_threshold = {.name = "threshold",
                         .inputs = 1,
                         .outputs = 1,
                         .traits = PURE,
                         .fields = threshold_fields,
                         .attrs_size = sizeof(threshold_attrs),
                         .shape = shape_of_float,
                         .compose = threshold_compose,
                         .samples = threshold_samples};

mica_tensor *mica_threshold(mica_tensor *x, double threshold, double value) {
    const threshold_attrs attrs = {threshold, value};
    return EMIT(&op_threshold, &attrs, x);
}
