/* Summaries of many numbers, from which bins of about equal size are cut: what Discretization
 * adapts to. */
#ifndef LAYER_QUANTILES_H
#define LAYER_QUANTILES_H

#include "data/dataset.h"

/* The bins - 1 boundaries between `bins` bins of column `at` of d, all elements of all rows
 * together, ascending; as Keras on one array in float32, and on batches of 2^22 numbers where there
 * are more. epsilon: a summary keeps about 1 / epsilon numbers. *out (free()) has *count. Errors:
 * VALUE for NaN. */
mica_status quantile_boundaries(const mica_dataset *d, int at, int64_t bins, double epsilon,
                                double **out, int64_t *count, mica_error *err);

#endif
