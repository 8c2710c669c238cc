/* MeanSquaredError: mean over K of (y_true - y_pred)^2.  (B, …, K) -> (B, …). Source:
 * keras.losses.MeanSquaredError. */
#include "loss/loss.h"

PLAIN_LOSS(mean_squared_error, "MeanSquaredError", .aliases = {"mse", "MSE"})
