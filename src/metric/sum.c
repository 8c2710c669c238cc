/* Sum: the weighted sum of y_pred (y_true is not looked at).  Source: keras.metrics.Sum. */
#include "metric/metric.h"

#define OWNER mica_sum_options

static const field sum_fields[] = {METRIC_FIELDS(OWNER, "sum"), END_OF_FIELDS};

static void update(metric_frame *f) {
    mica_tensor *values = f->y_pred, *weights;
    per_sample(f, &values, &weights, mica_sum);
    f->new_state[0] = mica_add(f->state[0], mica_sum(values, MICA_ALL_AXES, false));
}

static int64_t result(result_frame *f) {
    f->out[0] = f->state[0][0];
    return 1;
}

const metric_kind metric_sum = {
    .name = "sum",
    .class_name = "Sum",
    .fields = sum_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 1,
    .update = update,
    .result = result,
};

METRIC_CONSTRUCTOR(sum)
