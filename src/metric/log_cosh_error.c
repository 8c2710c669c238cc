/* LogCoshError: the mean of log(cosh(y_pred - y_true)).  Source: keras.metrics.LogCoshError. */
#include "metric/metric.h"

#define OWNER mica_log_cosh_error_options

static const field log_cosh_error_fields[] = {METRIC_FIELDS(OWNER, "logcosh"), END_OF_FIELDS};

static void update(metric_frame *f) { measure_update(f, measure_log_cosh); }

const metric_kind metric_log_cosh_error = {
    .name = "log_cosh_error",
    .class_name = "LogCoshError",
    .aliases = {"logcosh", "log_cosh"},
    .fields = log_cosh_error_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR(log_cosh_error)
