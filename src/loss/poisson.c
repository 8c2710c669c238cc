/* Poisson: mean over K of y_pred - y_true log(y_pred + 1e-7).  (B, …, K) -> (B, …). Source:
 * keras.losses.Poisson. */
#include "loss/loss.h"

PLAIN_LOSS(poisson, "Poisson")
