/* KLDivergence: the mean of sum over K of y_true log(y_true / y_pred), both limited to 1e-7 … 1.
 * Source: keras.metrics.KLDivergence. */
#include "metric/metric.h"

MEASURE_METRIC(kl_divergence, kl_divergence_metric, "KLDivergence", kl_divergence,
               .aliases = {"kld", "KLD", "kullback_leibler_divergence"})
