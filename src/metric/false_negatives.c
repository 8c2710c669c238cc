/* FalseNegatives: the weight of the elements that are but are not said to be above the threshold.
 * Source: keras.metrics.FalseNegatives. */
#include "metric/condition.h"

CONDITION_METRIC(false_negatives, "FalseNegatives")
