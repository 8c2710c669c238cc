/* RootMeanSquaredError: the root of the mean of (y_true - y_pred)^2.
 * Source: keras.metrics.RootMeanSquaredError. */
#include "metric/metric.h"

#define OWNER mica_root_mean_squared_error_options

static const field root_mean_squared_error_fields[] = {
    METRIC_FIELDS(OWNER, "root_mean_squared_error"), END_OF_FIELDS};

static void update(metric_frame *f) {
    same_form(f);
    f->mask = NULL; /* Keras's loses it on the way to its mean */
    mean_update(f, mica_square(mica_subtract(f->y_pred, f->y_true)));
}

static int64_t result(result_frame *f) {
    mean_result(f);
    f->out[0] = sqrt(f->out[0]);
    return 1;
}

const metric_kind metric_root_mean_squared_error = {
    .name = "root_mean_squared_error",
    .class_name = "RootMeanSquaredError",
    .aliases = {"rmse", "RMSE"},
    .fields = root_mean_squared_error_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = result,
};

METRIC_CONSTRUCTOR(root_mean_squared_error)
