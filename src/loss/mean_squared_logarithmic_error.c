/* MeanSquaredLogarithmicError: mean over K of (log(1 + max(y_true, 1e-7)) - log(1 + max(y_pred,
 * 1e-7)))^2.  (B, …, K) -> (B, …). Source: keras.losses.MeanSquaredLogarithmicError. */
#include "loss/loss.h"

PLAIN_LOSS(mean_squared_logarithmic_error, "MeanSquaredLogarithmicError",
           .aliases = {"msle", "MSLE"})
