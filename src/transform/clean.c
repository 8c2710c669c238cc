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

int64_t fill_forward(double *x, int64_t rows, int64_t stride) {
    int64_t filled = 0;
    for (int64_t i = 1; i < rows; i++)
        if (isnan(x[i * stride]) && !isnan(x[(i - 1) * stride]))
            x[i * stride] = x[(i - 1) * stride], filled++;
    return filled;
}

/* ---- codes ---- */

mica_status most_frequent_code(const int32_t *x, int64_t rows, int64_t stride, int64_t count,
                               int32_t *out, mica_error *err) {
    int64_t *times = allocate((size_t)count + 1, sizeof *times);
    if (!times) return fail_memory(err, (size_t)count * sizeof *times, "codes");
    for (int64_t i = 0; i < rows; i++)
        if (x[i * stride] >= 0 && x[i * stride] < count) times[x[i * stride]]++;
    *out = -1;
    for (int64_t c = 0; c < count; c++)
        if (times[c] > (*out < 0 ? 0 : times[*out])) *out = (int32_t)c;
    free(times);
    return MICA_OK;
}

int64_t fill_missing_codes(int32_t *x, int64_t rows, int64_t stride, int32_t value) {
    int64_t filled = 0;
    for (int64_t i = 0; i < rows; i++)
        if (x[i * stride] < 0) x[i * stride] = value, filled++;
    return filled;
}

int64_t fill_codes_forward(int32_t *x, int64_t rows, int64_t stride) {
    int64_t filled = 0;
    for (int64_t i = 1; i < rows; i++)
        if (x[i * stride] < 0 && x[(i - 1) * stride] >= 0)
            x[i * stride] = x[(i - 1) * stride], filled++;
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
