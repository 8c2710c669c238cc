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

static mica_tensor *counted(const counting *c, mica_tensor *which) {
    which = mica_cast(which, MICA_FLOAT32);
    if (c->weights) which = mica_multiply(which, c->weights);
    return mica_sum(which, MICA_AXES(1), false);
}

mica_tensor *count_true_positives(const counting *c) {
    return counted(c, mica_logical_and(c->is, c->said));
}

mica_tensor *count_false_positives(const counting *c) {
    return counted(c, mica_logical_and(mica_logical_not(c->is), c->said));
}

mica_tensor *count_false_negatives(const counting *c) {
    return counted(c, mica_logical_and(c->is, mica_logical_not(c->said)));
}

mica_tensor *count_true_negatives(const counting *c) {
    return counted(c, mica_logical_not(mica_logical_or(c->is, c->said)));
}

void count_all(metric_frame *f, const counting *c) {
    mica_tensor *right = count_true_positives(c), *wrong = count_false_positives(c);
    mica_tensor *positive = counted(c, c->is), *negative = counted(c, mica_logical_not(c->is));
    f->new_state[0] = mica_add(f->state[0], right);
    f->new_state[1] = mica_add(f->state[1], wrong);
    f->new_state[2] = mica_add(f->state[2], mica_subtract(positive, right));
    f->new_state[3] = mica_add(f->state[3], mica_subtract(negative, wrong));
}

counting counting_of(metric_frame *f, int64_t top_k, int64_t class_id, mica_tensor **out) {
    mica_tensor *p = mica_cast(f->y_pred, MICA_FLOAT32), *t = targets_like(f->y_true, p);
    same_rank(&p, &t);
    if (top_k != NO_INTEGER) p = only_top(p, top_k);
    if (class_id != NO_INTEGER) p = only_class(p, class_id), t = only_class(t, class_id);
    *out = row(p);
    return (counting){.is = mica_not_equal(row(t), scalar_like(t, 0)),
                      .weights = f->sample_weight ? row(weights_of(f->sample_weight, p)) : NULL};
}

/* (T, 1, …), of p's rank */
static shape column_beside(const mica_tensor *p, int64_t count) {
    shape s = {p->shape.rank, {count}};
    for (int i = 1; i < s.rank; i++) s.dims[i] = 1;
    return s;
}

mica_tensor *above_thresholds(mica_tensor *p, const mica_reals *thresholds) {
    mica_tensor *limits = mica_tensor_new(p->ctx, MICA_FLOAT64, column_beside(p, thresholds->count),
                                          thresholds->values);
    return mica_greater(p, mica_cast(limits, MICA_FLOAT32));
}

/* Threshold i is below p where i <= ceil(p (count - 1)) - 1. */
mica_tensor *above_even_thresholds(mica_tensor *p, int64_t count, bool margin) {
    mica_tensor *place = mica_multiply(mica_clip(p, 0, 1), scalar_like(p, (double)count - 1));
    place = mica_subtract(mica_ceil(place), scalar_like(p, 1));
    if (margin) place = mica_maximum(place, scalar_like(p, 0));
    mica_tensor *column = mica_full(p->ctx, MICA_FLOAT32, column_beside(p, count), 0);
    return mica_less_equal(mica_iota(column, 0, MICA_FLOAT32), place);
}

void positives_update(metric_frame *f, bool missed) {
    const positives_options *o = f->options;
    mica_tensor *p;
    counting c = counting_of(f, o->top_k, o->class_id, &p);
    mica_reals thresholds = thresholds_of(o);
    c.said = above_thresholds(p, &thresholds);
    f->new_state[0] = mica_add(f->state[0], count_true_positives(&c));
    f->new_state[1] = mica_add(f->state[1],
                               missed ? count_false_negatives(&c) : count_false_positives(&c));
}

int64_t positives_result(result_frame *f) {
    for (int64_t i = 0; i < f->counts[0]; i++)
        f->out[i] = ratio(f->state[0][i], f->state[0][i] + f->state[1][i]);
    return f->counts[0];
}
