/* PrecisionAtRecall: the greatest precision TP / (TP + FP) at the thresholds where the recall TP /
 * (TP + FN) is at least recall.  Source: keras.metrics.PrecisionAtRecall. */
#include "metric/trade_off.h"

TRADE_OFF_METRIC(precision_at_recall, "PrecisionAtRecall", recall, sensitivity, precision)
