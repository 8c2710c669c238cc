/* LogCosh: mean over K of log(cosh(y_pred - y_true)).  (B, …, K) -> (B, …). Source:
 * keras.losses.LogCosh. */
#include "loss/loss.h"

PLAIN_LOSS(log_cosh, "LogCosh", .aliases = {"logcosh"})
