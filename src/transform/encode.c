/* Bins and codes: see encode.h. */
#include "transform/encode.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NARROWEST 1e-8

typedef struct bin_question {
    bin_method method;
    int64_t bins, count;
    double *edges;
} bin_question;

/* Rounded as numpy.linspace and numpy.percentile round: numbers that lie on an edge are many. */
static double edge_of(const bin_question *q, const column_moments *m, const double *x, int64_t n,
                      int64_t i) {
    if (q->method == BINS_QUANTILE) {
        double percent = i == q->bins ? 100 : (double)i * (100 / (double)q->bins);
        return quantile_of_sorted(x, n, percent / 100);
    }
    if (i == q->bins) return m->most;
    return (double)i * ((m->most - m->least) / (double)q->bins) + m->least;
}

static mica_status make_edges(void *arg, int64_t column, double *x, int64_t rows, mica_error *err) {
    bin_question *q = arg;
    int64_t n = drop_missing(x, rows);
    column_moments m = moments_of(x, n);
    if (!n) return fail(err, MICA_VALUE, "bins: the column has no number");
    if (q->method == BINS_QUANTILE) TRY(sort_reals(x, n, err));
    q->count = 0;
    double before = NAN;
    for (int64_t i = 0; i <= q->bins; i++) {
        double edge = edge_of(q, &m, x, n, i);
        if (i == 0) q->edges[0] = edge;
        else if (q->method == BINS_UNIFORM || edge - before > NARROWEST)
            q->edges[++q->count] = edge;
        before = edge;
    }
    if (m.least == m.most || !q->count) { /* all alike: one bin takes everything */
        q->edges[0] = -INFINITY, q->edges[1] = INFINITY;
        q->count = 1;
    }
    return MICA_OK;
}

mica_status bin_edges(bin_method method, int64_t bins, const double *x, int64_t rows,
                      int64_t stride, double *edges, int64_t *count, mica_error *err) {
    if (bins < 1) return fail(err, MICA_VALUE, "bins: %lld, expected at least 1", (long long)bins);
    strided m = {(double *)x, rows, 1, stride, 0};
    bin_question q = {method, bins, 0, edges};
    TRY(columns_each(&m, make_edges, &q, err));
    *count = q.count;
    return MICA_OK;
}

/* How many inner edges are at most x. */
static int32_t bin_of(const double *edges, int64_t count, double x) {
    int64_t low = 0, high = count - 1;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (edges[middle + 1] <= x) low = middle + 1;
        else high = middle;
    }
    return (int32_t)low;
}

void bin_codes(const double *edges, int64_t count, const double *x, int64_t rows, int64_t stride,
               int32_t *out) {
    for (int64_t i = 0; i < rows; i++)
        out[i] = isnan(x[i * stride]) ? -1 : bin_of(edges, count, x[i * stride]);
}

void one_hot(const int32_t *codes, int64_t rows, int64_t stride, int64_t count, float *out) {
    memset(out, 0, sizeof *out * (size_t)(rows * count));
    for (int64_t i = 0; i < rows; i++) {
        int32_t code = codes[i * stride];
        if (code >= 0 && code < count) out[i * count + code] = 1;
    }
}

void ordinal(const int32_t *codes, int64_t rows, int64_t stride, double *out, int64_t out_stride) {
    for (int64_t i = 0; i < rows; i++)
        out[i * out_stride] = codes[i * stride] < 0 ? NAN : codes[i * stride];
}
