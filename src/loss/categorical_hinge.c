/* CategoricalHinge: max(greatest (1 - y_true) y_pred - sum of y_true y_pred + 1, 0), both over K.
 * (B, …, K) -> (B, …). Source: keras.losses.CategoricalHinge. */
#include "loss/loss.h"

PLAIN_LOSS(categorical_hinge, "CategoricalHinge")
