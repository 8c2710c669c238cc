/* Hinge: the mean of max(1 - y_true y_pred, 0); targets that are all 0 and 1 become -1 and 1.
 * Source: keras.metrics.Hinge. */
#include "metric/metric.h"

MEASURE_METRIC(hinge, hinge_metric, "Hinge", hinge)
