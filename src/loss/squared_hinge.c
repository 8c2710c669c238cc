/* SquaredHinge: mean over K of max(1 - y_true y_pred, 0)^2; targets that are all 0 and 1 become -1
 * and 1.  (B, …, K) -> (B, …). Source: keras.losses.SquaredHinge. */
#include "loss/loss.h"

PLAIN_LOSS(squared_hinge, "SquaredHinge")
