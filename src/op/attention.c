/* attention: y = attention_weights(q, k, mask) v, scaled dot-product attention. q (…, T, D),
 * k (…, S, D), v (…, S, E), y (…, T, E); the dims in front (batch, heads) broadcast. A composite.
 * Source: Vaswani et al., Attention Is All You Need (2017);
 * torch.nn.functional.scaled_dot_product_attention. */
#include "op/attention.h"

#include "mica/nn.h"

static mica_status attention_shape(shape_frame *f) {
    shape weights, columns = {0}, y;
    TRY(attention_check(f, 3, &weights));
    const shape *v = &f->in[2].shape;
    int64_t s = weights.dims[weights.rank - 1], rows = v->dims[v->rank - 2];
    columns = *v, y = weights;
    columns.dims[v->rank - 2] = y.dims[y.rank - 1] = 1;
    if ((s >= 0 && rows >= 0 && s != rows) || !shape_broadcast(&y, &columns, &y)) {
        char a[128], b[128];
        shape_format(&weights, a), shape_format(v, b);
        return shape_fail(f, "weights %s and values %s do not fit", a, b);
    }
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = y};
    return MICA_OK;
}

static void attention_compose(compose_frame *c) {
    mica_tensor *in[] = {c->in[0], c->in[1], c->inputs > 3 ? c->in[3] : NULL};
    mica_tensor *weights = emit(&op_attention_weights, c->attrs, c->inputs - 1, in);
    c->out[0] = mica_matmul(weights, c->in[2]);
}

static bool attention_samples(int number, sample *s) {
    if (number > 2) return false;
    *(attention_attrs *)s->attrs = (attention_attrs){0.5, number == 1};
    sample_real(s, MICA_SHAPE(2, 2, 3, 4));
    sample_real(s, MICA_SHAPE(2, 2, 5, 4));
    sample_real(s, MICA_SHAPE(2, 2, 5, 2));
    if (number == 2) sample_whole(s, MICA_SHAPE(2, 1, 3, 5), 0, 1, MICA_BOOL);
    return true;
}

const op op_attention = {
    .name = "attention",
    .inputs = VARIADIC,
    .outputs = 1,
    .traits = PURE,
    .fields = attention_fields,
    .attrs_size = sizeof(attention_attrs),
    .shape = attention_shape,
    .compose = attention_compose,
    .samples = attention_samples,
    .tolerance = 1e-4,
};

mica_tensor *mica_attention(mica_tensor *q, mica_tensor *k, mica_tensor *v, mica_tensor *mask,
                            bool causal, double scale) {
    NEEDS(q, k, v);
    const attention_attrs a = attention_attrs_of(q, causal, scale);
    mica_tensor *in[] = {q, k, v, mask};
    return emit(&op_attention, &a, mask ? 4 : 3, in);
}
