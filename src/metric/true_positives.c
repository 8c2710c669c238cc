/* TruePositives: the weight of the elements that are and are said to be above the threshold.
 * Source: keras.metrics.TruePositives. */
#include "metric/condition.h"

static mica_reals thresholds_of(const condition_options *o) {
    return o->thresholds.count ? o->thresholds : MICA_REALS(0.5);
}

void condition_shape(const void *options, const shape *y_pred, shape *out) {
    *out = MICA_SHAPE(thresholds_of(options).count);
}

void condition_update(metric_frame *f, mica_tensor *(*count)(const counting *)) {
    mica_tensor *p;
    counting c = counting_of(f, NO_INTEGER, NO_INTEGER, &p);
    mica_reals thresholds = thresholds_of(f->options);
    c.said = above_thresholds(p, &thresholds);
    f->new_state[0] = mica_add(f->state[0], count(&c));
}

int64_t condition_result(result_frame *f) {
    for (int64_t i = 0; i < f->counts[0]; i++) f->out[i] = f->state[0][i];
    return f->counts[0];
}

CONDITION_METRIC(true_positives, "TruePositives")
