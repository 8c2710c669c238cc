/* dropout: y = x mask / (1 - rate), mask 1 with probability 1 - rate: a composite of
 * random_bernoulli and multiply. In: x, counter (an int64 scalar). Gradient: the same of dy.
 * Source: keras.layers.Dropout; Srivastava et al. (2014). */
#include "mica/math.h"
#include "mica/nn.h"
#include "op/random.h"

static mica_status dropout_shape(shape_frame *f) {
    double rate = ((const dropout_attrs *)f->attrs)->rate;
    TRY(require_float(f, 0));
    TRY(require_counter(f, 1));
    if (!(rate >= 0 && rate < 1)) return value_fail(f, "rate %g, expected 0 <= rate < 1", rate);
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = f->in[0].shape};
    return MICA_OK;
}

static void dropout_compose(compose_frame *c) {
    const dropout_attrs *a = c->attrs;
    const random_attrs mask = {.key = a->key, .a = 1 - a->rate, .b = 1 / (1 - a->rate)};
    c->out[0] = mica_multiply(c->in[0], EMIT(&op_random_bernoulli, &mask, c->in[1], c->in[0]));
}

static void dropout_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_dropout, g->attrs, g->dout[0], g->in[1]);
}

static bool dropout_samples(int number, sample *s) {
    static const double rates[] = {0.5, 0.1, 0};
    if (number >= (int)LENGTH(rates)) return false;
    *(dropout_attrs *)s->attrs = (dropout_attrs){77, rates[number]};
    sample_real(s, MICA_SHAPE(4, 7));
    sample_whole(s, MICA_SCALAR, 0, 9, MICA_INT64);
    return true;
}

static const field dropout_fields[] = {
    INTEGER(dropout_attrs, key, .help = "of this op's stream"),
    REAL(dropout_attrs, rate, .help = "share that becomes 0"),
    END_OF_FIELDS,
};

const op op_dropout = {
    .name = "dropout",
    .inputs = 2,
    .outputs = 1,
    .traits = RANDOM,
    .fields = dropout_fields,
    .attrs_size = sizeof(dropout_attrs),
    .shape = dropout_shape,
    .gradient = dropout_gradient,
    .compose = dropout_compose,
    .samples = dropout_samples,
    .tolerance = 1e-6,
};

mica_tensor *mica_dropout(mica_tensor *x, mica_tensor *counter, double rate, uint64_t key) {
    const dropout_attrs a = {(int64_t)key, rate};
    return EMIT(&op_dropout, &a, x, counter);
}
