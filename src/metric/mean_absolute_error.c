/* MeanAbsoluteError: the mean of |y_true - y_pred|.  Source: keras.metrics.MeanAbsoluteError. */
#include "metric/metric.h"

MEASURE_METRIC(mean_absolute_error, mean_absolute_error_metric, "MeanAbsoluteError",
               mean_absolute_error, .aliases = {"mae", "MAE"})
