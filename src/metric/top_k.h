/* What the accuracies of the k greatest share. */
#ifndef METRIC_TOP_K_H
#define METRIC_TOP_K_H

#include "metric/metric.h"

/* bool (B, …): fewer than k classes are greater than that of the label.  labels (B, …), y_pred (B,
 * …, K). Labels that are no class, and rows with NaN or an infinity there, are false. */
mica_tensor *in_top_k(mica_tensor *labels, mica_tensor *y_pred, int64_t k);

#endif
