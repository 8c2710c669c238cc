/* TrueNegatives: the weight of the elements that are not and are not said to be above the
 * threshold.  Source: keras.metrics.TrueNegatives. */
#include "metric/condition.h"

CONDITION_METRIC(true_negatives, "TrueNegatives")
