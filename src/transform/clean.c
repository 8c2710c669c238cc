/* Missing numbers and outliers: see clean.h. */
#include "transform/clean.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static mica_status most_frequent(double *x, int64_t n, double *best, mica_error *err) {
    TRY(sort_reals(x, n, err));
    for (int64_t i = 0, most = 0, run; i < n; i += run) {
        for (run = 1; i + run < n && x[i + run] == x[i]; run++) {
        }
        if (run > most) most = run, *best = x[i];
    }
    return MICA_OK;
}

/* What a column is asked for; its numbers come without the missing ones. */
typedef struct question {
    mica_status (*answer)(struct question *q, double *x, int64_t n, mica_error *err);
    int method;
    double factor, out[2];
    const char *what;
} question;

static mica_status ask(void *arg, int64_t column, double *x, int64_t rows, mica_error *err) {
    question *q = arg;
    int64_t n = drop_missing(x, rows);
    if (!n) return fail(err, MICA_VALUE, "%s: the column has no number", q->what);
    return q->answer(q, x, n, err);
}

static mica_status ask_column(question *q, const double *x, int64_t rows, int64_t stride,
                              mica_error *err) {
    strided m = {(double *)x, rows, 1, stride, 0}; /* it is copied, not changed */
    return columns_each(&m, ask, q, err);
}

static mica_status answer_fill(question *q, double *x, int64_t n, mica_error *err) {
    if (q->method == FILL_MOST_FREQUENT) return most_frequent(x, n, &q->out[0], err);
    q->out[0] = q->method == FILL_MEAN ? moments_of(x, n).mean : quantile_of(x, n, 0.5);
    return MICA_OK;
}

mica_status fill_value(fill_method method, const double *x, int64_t rows, int64_t stride,
                       double *out, mica_error *err) {
    question q = {answer_fill, method, 0, {0}, "fill"};
    TRY(ask_column(&q, x, rows, stride, err));
    *out = q.out[0];
    return MICA_OK;
}

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

static mica_status answer_limits(question *q, double *x, int64_t n, mica_error *err) {
    if (q->method == OUTLIER_Z_SCORE) {
        column_moments m = moments_of(x, n);
        q->out[0] = m.mean - q->factor * sqrt(m.variance);
        q->out[1] = m.mean + q->factor * sqrt(m.variance);
        return MICA_OK;
    }
    double low = quantile_of(x, n, 0.25), high = quantile_of(x, n, 0.75);
    q->out[0] = low - q->factor * (high - low);
    q->out[1] = high + q->factor * (high - low);
    return MICA_OK;
}

mica_status outlier_limits(outlier_method method, double factor, const double *x, int64_t rows,
                           int64_t stride, double *low, double *high, mica_error *err) {
    question q = {answer_limits, method, factor, {0}, "outliers"};
    TRY(ask_column(&q, x, rows, stride, err));
    *low = q.out[0];
    *high = q.out[1];
    return MICA_OK;
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
        count += outside[i] = x[i * stride] < low || x[i * stride] > high;
    return count;
}
