/* Scalers: y = (x - center) / scale + shift, for each column by itself; fitted on the training part
 * alone. NaN is left out of the fit and stays NaN. A constant column has scale 1.
 * Source: sklearn.preprocessing.StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler. */
#ifndef TRANSFORM_SCALE_H
#define TRANSFORM_SCALE_H

#include "transform/columns.h"

typedef enum scale_method {
    SCALE_STANDARD, /* center mean, scale deviation */
    SCALE_MIN_MAX,  /* the least becomes low, the greatest high */
    SCALE_MAX_ABS,  /* scale the greatest absolute value */
    SCALE_ROBUST,   /* center median, scale the distance of two quantiles */
} scale_method;
#define SCALE_METHODS                                                                              \
    { "standard", "min_max", "max_abs", "robust", NULL }

typedef struct scale_settings {
    scale_method method;
    bool no_center, no_scale; /* standard, robust */
    double low, high;         /* min_max */
    double from, to;          /* robust: the quantiles, in 0 … 1 */
} scale_settings;

typedef struct scaler {
    double center, scale, shift;
} scaler;

/* One scaler a column into out. Errors: VALUE for a column that has no number. */
mica_status scale_fit(const scale_settings *s, const strided *m, scaler *out, mica_error *err);

/* What scalers but the robust one need of a column, of rows that come in blocks. Zeroed is empty.
 */
typedef struct column_sums {
    int64_t count; /* of numbers that are not missing */
    double mean, squares /* of deviations from the mean */, least, most;
} column_sums;
/* Adds rows of `columns` numbers, one row after the other, as far as the method wants to know them;
 * room for 4 * columns. */
void sums_add(scale_method method, column_sums *sums, const double *x, int64_t rows,
              int64_t columns, double *room);
mica_status scale_of_sums(const scale_settings *s, const column_sums *sums, int64_t columns,
                          scaler *out, mica_error *err);

/* In place. */
void scale_apply(const scaler *of, strided *m);

#endif
