/* FalsePositives: the weight of the elements that are not but are said to be above the threshold.
 * Source: keras.metrics.FalsePositives. */
#include "metric/condition.h"

CONDITION_METRIC(false_positives, "FalsePositives")
