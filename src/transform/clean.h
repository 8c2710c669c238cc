/* Cleaning columns: what is missing filled in, outliers, rows that come again. A column is `rows`
 * numbers, `stride` elements apart; NaN (codes: -1) is missing. */
#ifndef TRANSFORM_CLEAN_H
#define TRANSFORM_CLEAN_H

#include "transform/columns.h"

/* How many were filled. */
int64_t fill_missing(double *x, int64_t rows, int64_t stride, double value);
int64_t fill_missing_codes(int32_t *x, int64_t rows, int64_t stride, int32_t value);

/* What lies in low … high is no outlier: farther than `factor` deviations (divided by n) from the
 * mean, or `factor` interquartile ranges outside the quartiles. */
void outliers_by_deviation(const column_moments *m, double factor, double *low, double *high);
void outliers_by_quartiles(double q25, double q75, double factor, double *low, double *high);
/* Numbers outside become the nearest limit; how many did. NaN stays. */
int64_t clip_to(double *x, int64_t rows, int64_t stride, double low, double high);
/* outside[i] becomes true where x is; how many are. NaN is not. */
int64_t mark_outside(const double *x, int64_t rows, int64_t stride, double low, double high,
                     bool *outside);

/* A column of any cells of 1, 2, 4 or 8 bytes; reals: NaN equals NaN, and -0 equals 0. */
typedef struct cells {
    const void *at;
    size_t size, stride; /* bytes */
    bool real;           /* doubles */
} cells;
typedef enum keep_which { KEEP_FIRST, KEEP_LAST, KEEP_NONE } keep_which;
#define KEEP_NAMES                                                                                 \
    { "first", "last", "none", NULL }
/* again[i] becomes true where row i equals another one and is not the one that is kept; *count how
 * many are. Source: pandas.DataFrame.duplicated. */
mica_status mark_duplicates(const cells *columns, int count_of_columns, int64_t rows,
                            keep_which keep, bool *again, int64_t *count, mica_error *err);

#endif
