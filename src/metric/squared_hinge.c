/* SquaredHinge: the mean of max(1 - y_true y_pred, 0)^2; targets that are all 0 and 1 become -1 and
 * 1.  Source: keras.metrics.SquaredHinge. */
#include "metric/metric.h"

MEASURE_METRIC(squared_hinge, squared_hinge_metric, "SquaredHinge", squared_hinge)
