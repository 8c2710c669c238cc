/* MeanAbsoluteError: mean over K of |y_true - y_pred|.  (B, …, K) -> (B, …). Source:
 * keras.losses.MeanAbsoluteError. */
#include "loss/loss.h"

PLAIN_LOSS(mean_absolute_error, "MeanAbsoluteError", .aliases = {"mae", "MAE"})
