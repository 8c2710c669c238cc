/* SpecificityAtSensitivity: the greatest specificity TN / (TN + FP) at the thresholds where the
 * sensitivity TP / (TP + FN) is at least sensitivity.  Source:
 * keras.metrics.SpecificityAtSensitivity. */
#include "metric/trade_off.h"

TRADE_OFF_METRIC(specificity_at_sensitivity, "SpecificityAtSensitivity", sensitivity, sensitivity,
                 specificity)
