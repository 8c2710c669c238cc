/* Neighbours: see neighbors.h. Distances to a block of rows are summed feature by feature, so that
 * the sums of neighbouring rows are one vector. */
#include "transform/neighbors.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* vectors: at -O2 gcc 12 makes none of these loops */
#endif

#define BLOCK 512

typedef struct search {
    const float *columns;
    int64_t features, rows, k;
    const uint32_t *which;
    uint32_t *out;
    float *room; /* k distances for each that is asked */
} search;

static void distances(const search *s, uint32_t row, int64_t first, int64_t n, float *sum) {
    memset(sum, 0, sizeof *sum * (size_t)n);
    for (int64_t f = 0; f < s->features; f++) {
        const float *column = s->columns + f * s->rows, x = column[row];
        for (int64_t i = 0; i < n; i++) {
            float d = column[first + i] - x;
            sum[i] += d * d;
        }
    }
}

/* Puts a row where its distance belongs; the last one falls out. */
static void keep(float *best, uint32_t *rows, int64_t k, float distance, uint32_t row) {
    int64_t at = k - 1;
    for (; at > 0 && best[at - 1] > distance; at--)
        best[at] = best[at - 1], rows[at] = rows[at - 1];
    best[at] = distance;
    rows[at] = row;
}

static void search_some(void *arg, int64_t begin, int64_t end) {
    const search *s = arg;
    float sum[BLOCK];
    for (int64_t q = begin; q < end; q++) {
        uint32_t row = s->which[q], *rows = s->out + q * s->k;
        float *best = s->room + q * s->k;
        for (int64_t i = 0; i < s->k; i++) best[i] = INFINITY, rows[i] = row;
        for (int64_t first = 0, n; first < s->rows; first += n) {
            n = s->rows - first < BLOCK ? s->rows - first : BLOCK;
            distances(s, row, first, n, sum);
            for (int64_t i = 0; i < n; i++)
                if (sum[i] < best[s->k - 1] && first + i != row)
                    keep(best, rows, s->k, sum[i], (uint32_t)(first + i));
        }
    }
}

mica_status nearest_rows(const float *columns, int64_t features, int64_t rows,
                         const uint32_t *which, int64_t asked, int64_t k, uint32_t *out, team *t,
                         mica_error *err) {
    search s = {columns,
                features,
                rows,
                k,
                which,
                out,
                allocate((size_t)asked * (size_t)k + 1, sizeof(float))};
    if (!s.room) return fail_memory(err, (size_t)asked * (size_t)k * sizeof(float), "neighbours");
    parallel_for(t, asked, 8, search_some, &s);
    free(s.room);
    return MICA_OK;
}
