/* Cleaning columns: what is missing filled in, outliers, rows that come again. A column is `rows`
 * numbers, `stride` elements apart; NaN (codes: -1) is missing. */
#ifndef TRANSFORM_CLEAN_H
#define TRANSFORM_CLEAN_H

#include "transform/columns.h"

/* What is put for missing numbers. Source: sklearn.impute.SimpleImputer. */
typedef enum fill_method {
    FILL_MEAN,
    FILL_MEDIAN,
    FILL_MOST_FREQUENT, /* of equally frequent ones the least */
} fill_method;
#define FILL_METHODS                                                                               \
    { "mean", "median", "most_frequent", NULL }
/* Errors: VALUE where there is no number. */
mica_status fill_value(fill_method method, const double *x, int64_t rows, int64_t stride,
                       double *out, mica_error *err);
/* How many were filled. */
int64_t fill_missing(double *x, int64_t rows, int64_t stride, double value);
/* The last number before takes the place; at the beginning they stay missing. How many were filled.
 * Source: pandas.Series.ffill. */
int64_t fill_forward(double *x, int64_t rows, int64_t stride);

/* The same of codes 0 … count - 1; the most frequent one, -1: there is none. */
mica_status most_frequent_code(const int32_t *x, int64_t rows, int64_t stride, int64_t count,
                               int32_t *out, mica_error *err);
int64_t fill_missing_codes(int32_t *x, int64_t rows, int64_t stride, int32_t value);
int64_t fill_codes_forward(int32_t *x, int64_t rows, int64_t stride);

typedef enum outlier_method {
    OUTLIER_Z_SCORE, /* farther than `factor` deviations (divided by n) from the mean */
    OUTLIER_IQR,     /* farther than `factor` interquartile ranges outside the quartiles */
} outlier_method;
#define OUTLIER_METHODS                                                                            \
    { "z_score", "iqr", NULL }
/* What lies in low … high is no outlier. Errors: VALUE where there is no number. */
mica_status outlier_limits(outlier_method method, double factor, const double *x, int64_t rows,
                           int64_t stride, double *low, double *high, mica_error *err);
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
