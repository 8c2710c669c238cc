/* Poisson: the mean of y_pred - y_true log(y_pred + 1e-7).  Source: keras.metrics.Poisson. */
#include "metric/metric.h"

MEASURE_METRIC(poisson, poisson_metric, "Poisson", poisson)
