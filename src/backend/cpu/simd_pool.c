/* Pooling windows: see pool.h. */
#include "backend/cpu/pool.h"

#include "backend/cpu/simd.h"

#include <stddef.h>

static inline __attribute__((always_inline)) void
max_windows(const pool_row *r, int count, const float *x, float *y, uint8_t *index) {
    int64_t n = r->n;
    for (int64_t w = 0; w < r->windows; w++, x += r->step, y += n) {
        int64_t c = 0;
        for (; c + LANES <= n; c += LANES) {
            vector best = vector_load(x + r->place[0] + c);
            vector_int at = (vector_int){0} + r->number[0];
            for (int k = 1; k < count; k++) {
                vector v = vector_load(x + r->place[k] + c);
                vector_int stays = (v <= best) | (best != best),
                           number = (vector_int){0} + r->number[k];
                best = vector_pick(stays, best, v);
                at = (vector_int)vector_pick(stays, (vector)at, (vector)number);
            }
            vector_store(y + c, best);
            if (index) bytes_store(index + w * n + c, at);
        }
        for (; c < n; c++) {
            float best = x[r->place[0] + c];
            uint8_t at = r->number[0];
            for (int k = 1; k < count; k++) {
                float v = x[r->place[k] + c];
                if (v > best || (v != v && best == best)) best = v, at = r->number[k];
            }
            y[c] = best;
            if (index) index[w * n + c] = at;
        }
    }
}

static void pool_max(const pool_row *r, const float *x, float *y, uint8_t *index) {
    if (r->count == 4) max_windows(r, 4, x, y, index); /* 2 x 2, with its loop unrolled */
    else max_windows(r, r->count, x, y, index);
}

static inline __attribute__((always_inline)) void spread_windows(const pool_row *r, int count,
                                                                 const float *dy,
                                                                 const uint8_t *index, float *dx,
                                                                 bool add) {
    int64_t n = r->n;
    for (int64_t w = 0; w < r->windows; w++, dy += n, index += n, dx += r->step)
        for (int k = 0; k < count; k++) {
            float *to = dx + r->place[k];
            int64_t c = 0;
            for (; c + LANES <= n; c += LANES) {
                vector_int here = bytes_load(index + c) == r->number[k];
                vector each = (vector)((vector_int)vector_load(dy + c) & here);
                vector_store(to + c, add ? vector_load(to + c) + each : each);
            }
            for (; c < n; c++) {
                float each = index[c] == r->number[k] ? dy[c] : 0;
                to[c] = add ? to[c] + each : each;
            }
        }
}

static void pool_spread(const pool_row *r, const float *dy, const uint8_t *index, float *dx,
                        bool add) {
    if (r->count == 4 && !add) spread_windows(r, 4, dy, index, dx, false);
    else spread_windows(r, r->count, dy, index, dx, add);
}

static void pool_average(int64_t n, int count, const float *x, const int64_t *place, float factor,
                         float *y) {
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES) {
        vector sum = vector_load(x + place[0] + c);
        for (int k = 1; k < count; k++) sum += vector_load(x + place[k] + c);
        vector_store(y + c, sum * factor);
    }
    for (; c < n; c++) {
        float sum = x[place[0] + c];
        for (int k = 1; k < count; k++) sum += x[place[k] + c];
        y[c] = sum * factor;
    }
}

static void pool_add_scaled(int64_t n, float factor, const float *dy, float *dx) {
    for (int64_t c = 0; c < n; c++) dx[c] += factor * dy[c];
}

extern const pool_table SIMD_NAME(pools);
const pool_table SIMD_NAME(pools) = {
    .max = pool_max, .spread = pool_spread, .average = pool_average, .add_scaled = pool_add_scaled};
