/* Mean: total / count of the samples' values, by weights where there are some.
 * Source: keras.metrics.Mean; reduce_to_samplewise_values of keras.src.metrics.reduction_metrics.
 */
#include "metric/metric.h"

typedef mica_tensor *reduction(mica_tensor *, mica_axes, bool);

/* Without the dims from `first` on. */
static mica_tensor *reduced_from(mica_tensor *x, int first, reduction *reduce) {
    mica_axes axes = {0};
    for (int i = first; i < x->shape.rank; i++) axes.axes[axes.count++] = i;
    return axes.count ? reduce(x, axes, false) : x;
}

/* Sample weights, 0 where the mask is false; NULL: all 1. */
static mica_tensor *weights_of(const metric_frame *f) {
    mica_tensor *w = f->sample_weight ? mica_cast(f->sample_weight, MICA_FLOAT32) : NULL;
    if (!f->mask) return w;
    mica_tensor *counts = mica_cast(f->mask, MICA_FLOAT32);
    return w ? mica_multiply(counts, weights_like(w, counts)) : counts;
}

void per_sample(const metric_frame *f, mica_tensor **values, mica_tensor **weights,
                reduction *reduce) {
    mica_tensor *x = mica_cast(*values, MICA_FLOAT32), *w = weights_of(f);
    if (w) {
        same_rank(&x, &w);
        x = reduced_from(x, w->shape.rank, reduce);
        w = mica_broadcast_like(w, x);
        x = mica_multiply(x, w);
        w = reduced_from(w, 1, reduce);
    }
    *values = reduced_from(x, 1, reduce);
    *weights = w;
}

void mean_update(metric_frame *f, mica_tensor *values) {
    mica_tensor *w, *count;
    per_sample(f, &values, &w, mica_mean);
    if (w) count = mica_sum(w, MICA_ALL_AXES, false);
    else count = values->shape.rank ? mica_size(values, MICA_AXES(0)) : scalar_like(values, 1);
    f->new_state[0] = mica_add(f->state[0], mica_sum(values, MICA_ALL_AXES, false));
    f->new_state[1] = mica_add(f->state[1], count);
}

void same_form(metric_frame *f) {
    f->y_true = mica_cast(f->y_true, f->y_pred->dtype);
    same_rank(&f->y_true, &f->y_pred);
}

void measure_update(metric_frame *f, mica_tensor *(*measure)(mica_tensor *, mica_tensor *)) {
    same_form(f);
    mean_update(f, measure(f->y_true, f->y_pred));
}

int64_t mean_result(result_frame *f) {
    f->out[0] = ratio(f->state[0][0], f->state[1][0]);
    return 1;
}

static const field mean_fields[] = {METRIC_FIELDS(mica_mean_options, "mean"), END_OF_FIELDS};

static void update(metric_frame *f) { mean_update(f, f->y_pred); }

const metric_kind metric_mean = {
    .name = "mean",
    .class_name = "Mean",
    .fields = mean_fields,
    .options_size = sizeof(mica_mean_options),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR(mean)
