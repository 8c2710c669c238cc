/* MeanSquaredLogarithmicError: the mean of (log(1 + max(y_true, 1e-7)) - log(1 + max(y_pred,
 * 1e-7)))^2.  Source: keras.metrics.MeanSquaredLogarithmicError. */
#include "metric/metric.h"

MEASURE_METRIC(mean_squared_logarithmic_error, mean_squared_logarithmic_error_metric,
               "MeanSquaredLogarithmicError", mean_squared_logarithmic_error,
               .aliases = {"msle", "MSLE"})
