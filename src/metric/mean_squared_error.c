/* MeanSquaredError: the mean of (y_true - y_pred)^2.  Source: keras.metrics.MeanSquaredError. */
#include "metric/metric.h"

MEASURE_METRIC(mean_squared_error, mean_squared_error_metric, "MeanSquaredError",
               mean_squared_error, .aliases = {"mse", "MSE"})
