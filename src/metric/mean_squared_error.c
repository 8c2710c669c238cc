/* MeanSquaredError: the mean of (y_true - y_pred)^2.  Source: keras.metrics.MeanSquaredError. */
#include "metric/metric.h"

static const field mean_squared_error_fields[] = {
    METRIC_FIELDS(mica_mean_squared_error_metric_options, "mean_squared_error"), END_OF_FIELDS};

static void update(metric_frame *f) {
    mica_tensor *y_true = mica_cast(f->y_true, f->y_pred->dtype);
    same_rank(&y_true, &f->y_pred);
    mica_tensor *squares = mica_square(mica_subtract(f->y_pred, y_true));
    mean_update(f, mica_mean(squares, MICA_AXES(-1), false));
}

const metric_kind metric_mean_squared_error = {
    .name = "mean_squared_error",
    .class_name = "MeanSquaredError",
    .aliases = {"mse", "MSE"},
    .fields = mean_squared_error_fields,
    .options_size = sizeof(mica_mean_squared_error_metric_options),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR_OF(mean_squared_error, mean_squared_error_metric)
