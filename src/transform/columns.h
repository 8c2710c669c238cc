/* Columns of numbers, NaN where one is missing: a matrix by its strides, and what is known of one
 * column. All quantiles are numpy's "linear". */
#ifndef TRANSFORM_COLUMNS_H
#define TRANSFORM_COLUMNS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Element (i, j) is at[i * row_stride + j * column_stride]. One column: columns 1. */
typedef struct strided {
    double *at;
    int64_t rows, columns, row_stride, column_stride;
} strided;

/* What is done with each column: x is a copy of its numbers, in their order, which may be changed.
 */
typedef mica_status column_body(void *arg, int64_t column, double *x, int64_t rows,
                                mica_error *err);
mica_status columns_each(const strided *m, column_body *body, void *arg, mica_error *err);

typedef struct column_moments {
    int64_t count;                                             /* of numbers that are not missing */
    double mean, variance /* divided by count */, least, most; /* NaN where count is 0 */
} column_moments;
column_moments moments_of(const double *x, int64_t n);
/* The same, to the last bit, of numbers that come in pieces: all of them by moment_sums_add, then
 * moment_sums_middle, all of them again by moment_sums_add_again. Zeroed is empty. */
enum { MOMENT_LANES = 8 };
typedef struct moment_lanes {
    double v[MOMENT_LANES];
} moment_lanes;
typedef struct moment_sums {
    moment_lanes sum, count, least, most, rest, squares;
    int64_t at; /* numbers that came */
    double mean;
} moment_sums;
void moment_sums_add(moment_sums *m, const double *x, int64_t n);
void moment_sums_middle(moment_sums *m);
void moment_sums_add_again(moment_sums *m, const double *x, int64_t n);
column_moments moment_sums_end(const moment_sums *m);
/* The least and the greatest number; false: all are missing. */
bool range_of(const double *x, int64_t n, double *least, double *most);
/* Rising order; x has no NaN. */
mica_status sort_reals(double *x, int64_t n, mica_error *err);
/* Moves the numbers that are not missing to the front; how many. */
int64_t drop_missing(double *x, int64_t n);
/* The q-quantile, 0 to 1, of n numbers without NaN; reorders them. NaN where n is 0. */
double quantile_of(double *x, int64_t n, double q);
/* The same where x is in rising order. */
double quantile_of_sorted(const double *x, int64_t n, double q);
/* Between two neighbours by linear interpolation, as NumPy rounds it. */
double quantile_between(double below, double above, double part);

/* The quartiles of `rows` numbers that come in rising order, not all at once. But for rows it
 * begins as zeroes. */
enum { QUARTILES = 3 };
typedef struct quartile_ranks {
    int64_t rows, passed, next; /* before the next number; the first rank behind it that is asked */
    double at[2 * QUARTILES];   /* the numbers below and above each */
} quartile_ranks;
void quartiles_find(quartile_ranks *r, double x, int64_t count);
/* The next number, which comes so many times. */
static inline void quartiles_pass(quartile_ranks *r, double x, int64_t count) {
    if (r->next < r->passed + count) quartiles_find(r, x, count);
    r->passed += count;
}
/* How far quartile i lies between its two numbers, 0 to 1. */
double quartile_part(const quartile_ranks *r, int i);

#endif
