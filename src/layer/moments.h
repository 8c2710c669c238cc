/* Mean and variance of a dataset's column: what Normalization adapts to. */
#ifndef LAYER_MOMENTS_H
#define LAYER_MOMENTS_H

#include "data/dataset.h"
#include "mica/array.h"

/* Mean and biased variance of column `at`, for each index of the kept axes (of the input with its
 * batch, rising, never 0), row-major. Two passes over the rows, in double precision. */
mica_status moments_of_rows(const mica_dataset *d, int at, const mica_axes *kept, double *mean,
                            double *variance, mica_error *err);

#endif
