/* attention_weights: softmax over S of scale q k^T, where allowed; what is not allowed gets weight
 * 0, and a row of which nothing is allowed the same weight everywhere. q (…, T, D), k (…, S, D), y
 * (…, T, S); mask bool, broadcast to y: true is allowed; causal: row t sees columns 0 … t. A
 * composite.  Source: Vaswani et al. (2017); keras.ops.dot_product_attention. */
#include "op/attention.h"

#include "mica/nn.h"

#include <float.h>
#include <math.h>

const field attention_fields[] = {
    REAL(attention_attrs, scale, .help = "of the products"),
    INTEGER(attention_attrs, causal, .help = "1: no row sees columns after its own"),
    END_OF_FIELDS,
};

attention_attrs attention_attrs_of(const mica_tensor *q, bool causal, double scale) {
    int rank = q->shape.rank;
    double d = rank > 0 && q->shape.dims[rank - 1] > 0 ? (double)q->shape.dims[rank - 1] : 1;
    return (attention_attrs){scale != 0 ? scale : 1 / sqrt(d), causal};
}

mica_status attention_check(shape_frame *f, int operands, shape *weights) {
    const shape *q = &f->in[0].shape, *k = &f->in[1].shape;
    char a[128], b[128];
    if (f->inputs < operands || f->inputs > operands + 1)
        return shape_fail(f, "%d inputs, expected %d and a mask", f->inputs, operands);
    for (int i = 0; i < operands; i++) {
        TRY(require_float(f, i));
        TRY(require_rank_between(f, i, 2, MAX_RANK));
        if (f->in[i].dtype != f->in[0].dtype)
            return type_fail(f, "input %d is %s, expected %s", i, mica_dtype_name(f->in[i].dtype),
                             mica_dtype_name(f->in[0].dtype));
    }
    shape rows = *q, columns = *k;
    int64_t d = q->dims[q->rank - 1], e = k->dims[k->rank - 1];
    rows.dims[rows.rank - 1] = 1, columns.dims[columns.rank - 1] = k->dims[k->rank - 2];
    columns.dims[columns.rank - 2] = 1;
    shape_format(q, a), shape_format(k, b);
    if ((d >= 0 && e >= 0 && d != e) || !shape_broadcast(&rows, &columns, weights))
        return shape_fail(f, "queries %s and keys %s do not fit", a, b);
    if (f->inputs == operands) return MICA_OK;
    const operand *mask = &f->in[operands];
    shape both;
    if (mask->dtype != MICA_BOOL)
        return type_fail(f, "mask is %s, expected bool", mica_dtype_name(mask->dtype));
    shape_format(&mask->shape, a), shape_format(weights, b);
    if (!shape_broadcast(&mask->shape, weights, &both) || !shape_fits(weights, &both))
        return shape_fail(f, "mask %s does not broadcast to %s", a, b);
    return MICA_OK;
}

static mica_status attention_weights_shape(shape_frame *f) {
    f->out[0].dtype = f->in[0].dtype;
    return attention_check(f, 2, &f->out[0].shape);
}

/* true where column <= row, in the shape (1, …, T, S) of the scores. */
static mica_tensor *not_later(mica_tensor *scores) {
    for (int i = 0; i < scores->shape.rank - 2; i++) scores = slice_axis(scores, i, 0, 1);
    return mica_less_equal(mica_iota(scores, -1, MICA_INT32), mica_iota(scores, -2, MICA_INT32));
}

static double large_negative(mica_dtype dtype) {
    double most = dtype == MICA_FLOAT64 ? DBL_MAX : dtype == MICA_FLOAT16 ? 65504 : FLT_MAX;
    return -0.7 * most;
}

static void attention_weights_compose(compose_frame *c) {
    const attention_attrs *a = c->attrs;
    mica_tensor *scores = mica_matmul_t(c->in[0], c->in[1], false, true);
    scores = mica_multiply(scores, scalar_like(scores, a->scale));
    mica_tensor *allowed = c->inputs > 2 ? c->in[2] : NULL;
    if (a->causal) {
        mica_tensor *past = not_later(scores);
        allowed = allowed ? mica_logical_and(allowed, past) : past;
    }
    if (allowed)
        scores = mica_where(allowed, scores, scalar_like(scores, large_negative(scores->dtype)));
    c->out[0] = mica_softmax(scores, -1);
}

static bool attention_weights_samples(int number, sample *s) {
    if (number > 3) return false;
    *(attention_attrs *)s->attrs = (attention_attrs){0.7, number % 2};
    sample_real(s, MICA_SHAPE(2, 2, 3, 4));
    sample_real(s, number == 3 ? MICA_SHAPE(2, 1, 5, 4) : MICA_SHAPE(2, 2, 5, 4));
    if (number > 1) sample_whole(s, MICA_SHAPE(2, 1, 1, 5), 0, 1, MICA_BOOL);
    return true;
}

const op op_attention_weights = {
    .name = "attention_weights",
    .inputs = VARIADIC,
    .outputs = 1,
    .traits = PURE,
    .fields = attention_fields,
    .attrs_size = sizeof(attention_attrs),
    .shape = attention_weights_shape,
    .compose = attention_weights_compose,
    .samples = attention_weights_samples,
    .tolerance = 1e-4,
};

mica_tensor *mica_attention_weights(mica_tensor *q, mica_tensor *k, mica_tensor *mask, bool causal,
                                    double scale) {
    NEEDS(q, k);
    const attention_attrs a = attention_attrs_of(q, causal, scale);
    mica_tensor *in[] = {q, k, mask};
    return emit(&op_attention_weights, &a, mask ? 3 : 2, in);
}
