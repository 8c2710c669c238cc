/* RecallAtPrecision: the greatest recall TP / (TP + FN) at the thresholds where the precision TP /
 * (TP + FP) is at least precision.  Source: keras.metrics.RecallAtPrecision. */
#include "metric/trade_off.h"

TRADE_OFF_METRIC(recall_at_precision, "RecallAtPrecision", precision, precision, sensitivity)
