/* True and false positives: see positives.h.
 * Source: update_confusion_matrix_variables of keras.src.metrics.metrics_utils. */
#include "metric/positives.h"

#define NOT_IN_TOP (-1e10) /* Keras's NEG_INF */

static mica_reals thresholds_of(const positives_options *o) {
    if (o->thresholds.count) return o->thresholds;
    return MICA_REALS(o->top_k == NO_INTEGER ? 0.5 : NOT_IN_TOP);
}

void positives_shape(const void *options, const shape *y_pred, shape *out) {
    *out = MICA_SHAPE(thresholds_of(options).count);
}

mica_tensor *targets_like(mica_tensor *y_true, mica_tensor *y_pred) {
    int rank = y_pred->shape.rank;
    int64_t classes = rank ? y_pred->shape.dims[rank - 1] : 1;
    bool column = y_true->shape.rank == rank && last_is_one(y_true);
    if (classes > 1 && (column || y_true->shape.rank == rank - 1)) {
        if (column) y_true = mica_squeeze(y_true, MICA_AXES(-1));
        return mica_one_hot(mica_cast(y_true, MICA_INT64), classes, MICA_FLOAT32);
    }
    mica_tensor *same = y_pred;
    same_rank(&y_true, &same);
    return mica_cast(y_true, MICA_FLOAT32);
}

/* x where fewer than k others are greater (of equals the first counts), else NOT_IN_TOP. */
static mica_tensor *only_top(mica_tensor *x, int64_t k) {
    mica_tensor *own = mica_expand_dims(x, -1), *other = mica_expand_dims(x, -2);
    mica_tensor *place = mica_iota(x, -1, MICA_INT32);
    mica_tensor *before = mica_less(mica_expand_dims(place, -2), mica_expand_dims(place, -1));
    mica_tensor *tie = mica_logical_and(mica_equal(other, own), before);
    mica_tensor *above = mica_logical_or(mica_greater(other, own), tie);
    mica_tensor *rank = mica_sum(mica_cast(above, MICA_FLOAT32), MICA_AXES(-1), false);
    return mica_where(mica_less(rank, scalar_like(rank, (double)k)), x, scalar_like(x, NOT_IN_TOP));
}

/* The column of one class, as (…, 1). */
static mica_tensor *only_class(mica_tensor *x, int64_t class_id) {
    int64_t begin[MAX_RANK] = {0}, end[MAX_RANK];
    int last = x->shape.rank - 1;
    for (int i = 0; i < last; i++) end[i] = MICA_END;
    begin[last] = class_id;
    end[last] = class_id + 1;
    return mica_slice(x, last + 1, begin, end, NULL);
}

static mica_tensor *row(mica_tensor *x) { return mica_reshape(x, MICA_SHAPE(1, -1)); }

/* Weights of samples, of y_true's shape, or of its shape without the last dim; like y_pred. */
static mica_tensor *weights_of(mica_tensor *w, mica_tensor *y_pred) {
    return mica_broadcast_like(weights_like(w, y_pred), y_pred);
}

static mica_tensor *counted(mica_tensor *a, mica_tensor *b, mica_tensor *weights) {
    mica_tensor *both = mica_cast(mica_logical_and(a, b), MICA_FLOAT32);
    if (weights) both = mica_multiply(both, weights);
    return mica_sum(both, MICA_AXES(1), false);
}

void positives_update(metric_frame *f, bool missed) {
    const positives_options *o = f->options;
    mica_tensor *p = mica_cast(f->y_pred, MICA_FLOAT32), *t = targets_like(f->y_true, p);
    same_rank(&p, &t);
    if (o->top_k != NO_INTEGER) p = only_top(p, o->top_k);
    if (o->class_id != NO_INTEGER) p = only_class(p, o->class_id), t = only_class(t, o->class_id);
    mica_tensor *w = f->sample_weight ? row(weights_of(f->sample_weight, p)) : NULL;
    mica_reals thresholds = thresholds_of(o);
    mica_tensor *limit = mica_tensor_new(p->ctx, MICA_FLOAT64, MICA_SHAPE(thresholds.count, 1),
                                         thresholds.values);
    mica_tensor *said = mica_greater(row(p), mica_cast(limit, MICA_FLOAT32));
    mica_tensor *is = mica_not_equal(row(t), scalar_like(t, 0));
    mica_tensor *others = missed ? counted(is, mica_logical_not(said), w)
                                 : counted(mica_logical_not(is), said, w);
    f->new_state[0] = mica_add(f->state[0], counted(is, said, w));
    f->new_state[1] = mica_add(f->state[1], others);
}

int64_t positives_result(result_frame *f) {
    for (int64_t i = 0; i < f->counts[0]; i++)
        f->out[i] = ratio(f->state[0][i], f->state[0][i] + f->state[1][i]);
    return f->counts[0];
}
