/* The nearest rows of a matrix by Euclidean distance, exactly: every pair is looked at. */
#ifndef TRANSFORM_NEIGHBORS_H
#define TRANSFORM_NEIGHBORS_H

#include "base/parallel.h"

/* columns (features, rows), row-major. For each of `asked` row numbers the k nearest other rows,
 * the nearest first, into out (asked, k). k < rows. */
mica_status nearest_rows(const float *columns, int64_t features, int64_t rows,
                         const uint32_t *which, int64_t asked, int64_t k, uint32_t *out, team *t,
                         mica_error *err);

#endif
