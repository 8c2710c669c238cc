/* MeanAbsolutePercentageError: 100 mean over K of |y_true - y_pred| / max(|y_true|, 1e-7).  (B, …,
 * K) -> (B, …). Source: keras.losses.MeanAbsolutePercentageError. */
#include "loss/loss.h"

PLAIN_LOSS(mean_absolute_percentage_error, "MeanAbsolutePercentageError",
           .aliases = {"mape", "MAPE"})
