/* Quantiles from summaries: see quantiles.h. A summary is ascending values, each with the count of
 * numbers that it stands for. One of n numbers takes every (n epsilon)-th of them; two are merged
 * by sorting; one is compressed to ceil(1 / e) values by interpolating it where the share of the
 * counts so far is e, 2 e, … 1. The boundaries are the summary compressed by 1 / bins, without its
 * last value. In float32 where Keras is. Source: keras.layers.Discretization. */
#include "layer/quantiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_AT_ONCE ((int64_t)1 << 22)

typedef struct summary {
    int64_t count;
    float *value, *weight; /* both freed by `value`: one block */
} summary;

static bool summary_new(summary *s, int64_t count) {
    *s = (summary){count, allocate(2 * (size_t)count + 1, sizeof(float)), NULL};
    s->weight = s->value ? s->value + count : NULL;
    return s->value != NULL;
}

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Of n numbers, which are sorted in place. */
static bool summarize(float *x, int64_t n, double epsilon, summary *out) {
    qsort(x, (size_t)n, sizeof *x, by_size);
    double step = fmax((double)n / (1.0 / epsilon), 1);
    int64_t first = (int64_t)(step - 1), stride = (int64_t)step;
    int64_t count = first < n ? (n - first + stride - 1) / stride : 0;
    if (!summary_new(out, count)) return false;
    for (int64_t i = 0; i < count; i++)
        out->value[i] = x[first + i * stride], out->weight[i] = (float)step;
    return true;
}

/* y at `at` of the polygon through (x, y): numpy.interp, x ascending. */
static double interpolate(double at, const float *x, const float *y, int64_t n) {
    int64_t low = 0, high = n; /* the last place whose x is at most `at` is low - 1 */
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if ((double)x[middle] <= at) low = middle + 1;
        else high = middle;
    }
    if (low == 0) return y[0];
    if (low == n || (double)x[low - 1] == at) return y[low - 1];
    double slope = ((double)y[low] - y[low - 1]) / ((double)x[low] - x[low - 1]);
    return slope * (at - x[low - 1]) + y[low - 1];
}

/* s in at most ceil(1 / epsilon) values; s is freed. */
static bool compress(summary *s, double epsilon) {
    if ((double)s->count * epsilon < 1) return true;
    summary out;
    int64_t count = (int64_t)ceil(1.0 / epsilon);
    float *share = allocate(2 * (size_t)s->count, sizeof *share);
    if (!share || !summary_new(&out, count)) {
        free(share);
        return false;
    }
    float *sum = share + s->count, total = 0;
    for (int64_t i = 0; i < s->count; i++) sum[i] = total = total + s->weight[i];
    for (int64_t i = 0; i < s->count; i++) share[i] = sum[i] / total;
    double before = 0;
    for (int64_t i = 0; i < count; i++) {
        double at = epsilon + (double)i * epsilon;
        double weight = interpolate(at, share, sum, s->count);
        out.value[i] = (float)interpolate(at, share, s->value, s->count);
        out.weight[i] = (float)(weight - before);
        before = weight;
    }
    free(share), free(s->value);
    *s = out;
    return true;
}

typedef struct pair {
    float value, weight;
} pair;

static int by_value(const void *a, const void *b) {
    return by_size(&((const pair *)a)->value, &((const pair *)b)->value);
}

/* *into becomes both; `more` is freed. */
static bool merge(summary *into, summary *more, double epsilon) {
    int64_t n = into->count + more->count;
    summary both;
    pair *pairs = allocate((size_t)n + 1, sizeof *pairs);
    bool made = pairs && summary_new(&both, n);
    for (int64_t i = 0; i < n && made; i++) {
        const summary *from = i < more->count ? more : into;
        int64_t k = i < more->count ? i : i - more->count;
        pairs[i] = (pair){from->value[k], from->weight[k]};
    }
    if (made) qsort(pairs, (size_t)n, sizeof *pairs, by_value);
    for (int64_t i = 0; i < n && made; i++)
        both.value[i] = pairs[i].value, both.weight[i] = pairs[i].weight;
    free(pairs), free(more->value);
    if (!made) return false;
    free(into->value);
    *into = both;
    return compress(into, epsilon);
}

static mica_status refuse_nan(const mica_dataset *d, int at, const float *x, int64_t n,
                              int64_t first, int64_t each, mica_error *err) {
    for (int64_t i = 0; i < n * each; i++)
        if (x[i] != x[i])
            return fail(err, MICA_VALUE, "%s: %s in row %lld is nan, expected a number to adapt to",
                        d->origin ? d->origin : "data", d->column[at].name,
                        (long long)dataset_whole_row(d, (uint32_t)(first + i / each)));
    return MICA_OK;
}

static mica_status summary_of(const mica_dataset *d, int at, double epsilon, summary *out,
                              mica_error *err) {
    int64_t each = shape_size(&d->column[at].shape);
    int64_t step = each < MOST_AT_ONCE ? MOST_AT_ONCE / each : 1;
    if (step > d->rows) step = d->rows;
    uint32_t *rows = allocate((size_t)step, sizeof *rows);
    float *x = allocate((size_t)(step * each), sizeof *x);
    mica_status status = rows && x ? MICA_OK
                                   : fail_memory(err, (size_t)(step * each) * 4, "quantiles");
    for (int64_t first = 0; first < d->rows && status == MICA_OK; first += step) {
        int64_t n = d->rows - first < step ? d->rows - first : step;
        summary some;
        for (int64_t i = 0; i < n; i++) rows[i] = (uint32_t)(first + i);
        status = d->gather(d, at, rows, n, MICA_FLOAT32, x, err);
        if (status == MICA_OK) status = refuse_nan(d, at, x, n, first, each, err);
        if (status == MICA_OK &&
            (!summarize(x, n * each, epsilon, &some) || !merge(out, &some, epsilon)))
            status = fail_memory(err, (size_t)n, "quantiles");
    }
    free(rows), free(x);
    return status;
}

mica_status quantile_boundaries(const mica_dataset *d, int at, int64_t bins, double epsilon,
                                double **out, int64_t *count, mica_error *err) {
    summary s = {0};
    mica_status status = summary_of(d, at, epsilon, &s, err);
    if (status == MICA_OK && !compress(&s, 1.0 / (double)bins))
        status = fail_memory(err, (size_t)bins, "quantiles");
    *count = s.count > 0 ? s.count - 1 : 0;
    *out = status == MICA_OK ? allocate((size_t)*count + 1, sizeof **out) : NULL;
    if (status == MICA_OK && !*out) status = fail_memory(err, (size_t)*count, "quantiles");
    for (int64_t i = 0; i < *count && *out; i++) (*out)[i] = s.value[i];
    free(s.value);
    return status;
}
