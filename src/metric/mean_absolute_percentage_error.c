/* MeanAbsolutePercentageError: the mean of 100 |y_true - y_pred| / max(|y_true|, 1e-7).  Source:
 * keras.metrics.MeanAbsolutePercentageError. */
#include "metric/metric.h"

MEASURE_METRIC(mean_absolute_percentage_error, mean_absolute_percentage_error_metric,
               "MeanAbsolutePercentageError", mean_absolute_percentage_error,
               .aliases = {"mape", "MAPE"})
