/* CategoricalHinge: the mean of max(greatest (1 - y_true) y_pred - sum of y_true y_pred + 1, 0),
 * both over K.  Source: keras.metrics.CategoricalHinge. */
#include "metric/metric.h"

MEASURE_METRIC(categorical_hinge, categorical_hinge_metric, "CategoricalHinge", categorical_hinge)
