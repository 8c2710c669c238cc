/* Cross-entropies of targets and probabilities, or of logits where they are known: see measures.h.
 */
#include "graph/logits.h"
#include "mica/array.h"
#include "mica/math.h"
#include "part/measures.h"
#include "part/ranks.h"

mica_tensor *widened(mica_tensor *t) {
    return dtype_is_half(t->dtype) ? mica_cast(t, MICA_FLOAT32) : t;
}

mica_tensor *measure_logits(mica_tensor **y_pred, bool from_logits, const op *activation,
                            bool *warned) {
    mica_tensor *logits = logits_of(*y_pred, activation);
    *warned |= logits && from_logits;
    *y_pred = widened(*y_pred);
    if (logits) return widened(logits);
    return from_logits ? *y_pred : NULL;
}

static mica_tensor *limited(mica_tensor *p) {
    return mica_clip(p, PROBABILITY_EPSILON, 1 - PROBABILITY_EPSILON);
}

/* t (1 - s) + share */
static mica_tensor *smoothed(mica_tensor *t, double smoothing, mica_tensor *share) {
    return mica_add(mica_multiply(t, scalar_like(t, 1 - smoothing)), share);
}

mica_tensor *smoothed_classes(mica_tensor *t, double smoothing, int64_t axis) {
    if (smoothing == 0) return t;
    mica_tensor *classes = mica_size(t, MICA_AXES(axis));
    return smoothed(t, smoothing, mica_divide(scalar_like(t, smoothing), classes));
}

mica_tensor *smoothed_binary(mica_tensor *t, double smoothing) {
    return smoothing == 0 ? t : smoothed(t, smoothing, scalar_like(t, smoothing / 2));
}

mica_tensor *measure_binary_crossentropy(mica_tensor *t, mica_tensor *p, mica_tensor *logits) {
    if (logits) return mica_sigmoid_cross_entropy(logits, t);
    p = limited(p);
    mica_tensor *one = scalar_like(p, 1);
    mica_tensor *yes = mica_multiply(t, mica_log(p));
    mica_tensor *no = mica_multiply(mica_subtract(one, t), mica_log(mica_subtract(one, p)));
    return mica_negative(mica_add(yes, no));
}

mica_tensor *measure_categorical_crossentropy(mica_tensor *t, mica_tensor *p, mica_tensor *logits,
                                              int64_t axis) {
    bool last = axis == -1 || axis == p->shape.rank - 1;
    if (logits && last) return mica_softmax_cross_entropy(logits, t);
    mica_tensor *log_p;
    if (logits) log_p = mica_log_softmax(logits, axis);
    else log_p = mica_log(limited(mica_divide(p, mica_sum(p, MICA_AXES(axis), true))));
    return mica_negative(mica_sum(mica_multiply(t, log_p), MICA_AXES(axis), false));
}

mica_tensor *measure_sparse_categorical_crossentropy(mica_tensor *labels, mica_tensor *p,
                                                     mica_tensor *logits) {
    if (!logits) logits = mica_log(limited(p)); /* the softmax of log(p) is p over its sum */
    return mica_sparse_softmax_cross_entropy(logits, labels);
}

mica_tensor *class_numbers(mica_tensor *y_true, mica_tensor *y_pred) {
    bool column = y_true->shape.rank == y_pred->shape.rank && last_is_one(y_true);
    return column ? mica_squeeze(y_true, MICA_AXES(-1)) : y_true;
}
