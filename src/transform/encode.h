/* Columns as other numbers: bins, ones among zeros, parts of dates. */
#ifndef TRANSFORM_ENCODE_H
#define TRANSFORM_ENCODE_H

#include "transform/columns.h"

typedef enum bin_method {
    BINS_UNIFORM,  /* of equal width */
    BINS_QUANTILE, /* of equal counts; bins narrower than 1e-8 are left out */
} bin_method;
#define BIN_METHODS                                                                                \
    { "uniform", "quantile", NULL }
/* edges (bins + 1) that rise; *count becomes the number of bins. NaN is left out. Errors: VALUE for
 * fewer than 1 bin (constant columns have 1), or no number. Source:
 * sklearn.preprocessing.KBinsDiscretizer. */
mica_status bin_edges(bin_method method, int64_t bins, const double *x, int64_t rows,
                      int64_t stride, double *edges, int64_t *count, mica_error *err);
/* The bin of each number, those outside in the first and last; NaN gives -1. */
void bin_codes(const double *edges, int64_t count, const double *x, int64_t rows, int64_t stride,
               int32_t *out);

/* out (rows, count), row-major: 1 at the code, else 0; a missing or unknown code has zeros alone.
 */
void one_hot(const int32_t *codes, int64_t rows, int64_t stride, int64_t count, float *out);
/* The codes as numbers, missing ones NaN. */
void ordinal(const int32_t *codes, int64_t rows, int64_t stride, double *out, int64_t out_stride);

typedef enum date_part {
    DATE_YEAR,
    DATE_QUARTER,
    DATE_MONTH,
    DATE_WEEK, /* ISO 8601 */
    DATE_DAY,
    DATE_DAY_OF_YEAR,
    DATE_WEEKDAY, /* Monday 0 */
    DATE_HOUR,
    DATE_MINUTE,
    DATE_SECOND,
} date_part;
#define DATE_PARTS                                                                                 \
    {                                                                                              \
        "year", "quarter", "month", "week", "day", "day_of_year", "weekday", "hour", "minute",     \
            "second", NULL                                                                         \
    }
/* Of microseconds since 1970, INT64_MIN missing (NaN). Source: pandas.Series.dt. */
void date_parts(date_part part, const int64_t *x, int64_t rows, int64_t stride, double *out,
                int64_t out_stride);

#endif
