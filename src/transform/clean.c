/* Missing numbers and outliers: see clean.h. */
#include "transform/clean.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int64_t fill_missing(double *x, int64_t rows, int64_t stride, double value) {
    int64_t filled = 0;
    for (int64_t i = 0; i < rows; i++)
        if (isnan(x[i * stride])) x[i * stride] = value, filled++;
    return filled;
}

int64_t fill_missing_codes(int32_t *x, int64_t rows, int64_t stride, int32_t value) {
    int64_t filled = 0;
    for (int64_t i = 0; i < rows; i++)
        if (x[i * stride] < 0) x[i * stride] = value, filled++;
    return filled;
}

/* ---- outliers ---- */

void outliers_by_deviation(const column_moments *m, double factor, double *low, double *high) {
    *low = m->mean - factor * sqrt(m->variance);
    *high = m->mean + factor * sqrt(m->variance);
}

void outliers_by_quartiles(double q25, double q75, double factor, double *low, double *high) {
    *low = q25 - factor * (q75 - q25);
    *high = q75 + factor * (q75 - q25);
}

int64_t clip_to(double *x, int64_t rows, int64_t stride, double low, double high) {
    int64_t clipped = 0;
    for (int64_t i = 0; i < rows; i++) {
        double *at = x + i * stride, value = *at < low ? low : *at > high ? high : *at;
        clipped += *at < low || *at > high;
        *at = value;
    }
    return clipped;
}

int64_t mark_outside(const double *x, int64_t rows, int64_t stride, double low, double high,
                     bool *outside) {
    int64_t count = 0;
    for (int64_t i = 0; i < rows; i++)
        if (x[i * stride] < low || x[i * stride] > high) outside[i] = true, count++;
    return count;
}
