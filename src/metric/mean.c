/* Mean: total / count of the samples' values, by weights where there are some.
 * Source: keras.metrics.Mean; reduce_to_samplewise_values of keras.src.metrics.reduction_metrics.
 */
#include "metric/metric.h"

/* The mean over the dims from `first` on. */
static mica_tensor *mean_from(mica_tensor *x, int first) {
    mica_axes axes = {0};
    for (int i = first; i < x->shape.rank; i++) axes.axes[axes.count++] = i;
    return axes.count ? mica_mean(x, axes, false) : x;
}

void mean_update(metric_frame *f, mica_tensor *values) {
    mica_tensor *w = f->sample_weight, *count;
    values = mica_cast(values, MICA_FLOAT32);
    if (w) w = mica_cast(w, MICA_FLOAT32);
    if (f->mask) {
        mica_tensor *counts = mica_cast(f->mask, MICA_FLOAT32);
        w = w ? mica_multiply(counts, weights_like(w, counts)) : counts;
    }
    if (w) {
        same_rank(&values, &w);
        values = mean_from(values, w->shape.rank);
        w = mica_broadcast_like(w, values);
        values = mica_multiply(values, w);
        count = mica_sum(mean_from(w, 1), MICA_ALL_AXES, false);
    } else {
        count = values->shape.rank ? mica_size(values, MICA_AXES(0)) : scalar_like(values, 1);
    }
    mica_tensor *total = mica_sum(mean_from(values, 1), MICA_ALL_AXES, false);
    f->new_state[0] = mica_add(f->state[0], total);
    f->new_state[1] = mica_add(f->state[1], count);
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
