/* KLDivergence: sum over K of y_true log(y_true / y_pred), both limited to 1e-7 … 1.  (B, …, K) ->
 * (B, …). Source: keras.losses.KLDivergence. */
#include "loss/loss.h"

PLAIN_LOSS(kl_divergence, "KLDivergence", .aliases = {"kld", "KLD", "kullback_leibler_divergence"})
