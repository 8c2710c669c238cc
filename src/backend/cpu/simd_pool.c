/* Pooling windows: see pool.h. */
#include "backend/cpu/pool.h"

#include "backend/cpu/simd.h"

#include <stddef.h>

static inline __attribute__((always_inline)) void
max_windows(const pool_row *r, int count, bool half, const void *x, void *y, uint8_t *index) {
    int64_t n = r->n, from = 0, to = 0;
    for (int64_t w = 0; w < r->windows; w++, from += r->step, to += n) {
        int64_t c = 0;
        for (; c + LANES <= n; c += LANES) {
            vector best = vector_load_any(x, from + r->place[0] + c, half);
            vector_int at = (vector_int){0} + r->number[0];
            for (int k = 1; k < count; k++) {
                vector v = vector_load_any(x, from + r->place[k] + c, half);
                vector_int stays = (v <= best) | (best != best),
                           number = (vector_int){0} + r->number[k];
                best = vector_pick(stays, best, v);
                at = (vector_int)vector_pick(stays, (vector)at, (vector)number);
            }
            vector_keep_any(y, to + c, best, half);
            if (index) bytes_store(index + to + c, at);
        }
        for (; c < n; c++) {
            float best = load_any(x, from + r->place[0] + c, half);
            uint8_t at = r->number[0];
            for (int k = 1; k < count; k++) {
                float v = load_any(x, from + r->place[k] + c, half);
                if (v > best || (v != v && best == best)) best = v, at = r->number[k];
            }
            keep_any(y, to + c, best, half);
            if (index) index[to + c] = at;
        }
    }
}

/* 2 x 2, the usual one, with its loop unrolled. */
static void pool_max(const pool_row *r, bool half, const void *x, void *y, uint8_t *index) {
    if (r->count == 4 && half) max_windows(r, 4, true, x, y, index);
    else if (r->count == 4) max_windows(r, 4, false, x, y, index);
    else if (half) max_windows(r, r->count, true, x, y, index);
    else max_windows(r, r->count, false, x, y, index);
}

static inline __attribute__((always_inline)) void spread_windows(const pool_row *r, int count,
                                                                 bool half, const void *dy,
                                                                 const uint8_t *index, void *dx,
                                                                 bool add) {
    int64_t n = r->n, from = 0, to = 0;
    for (int64_t w = 0; w < r->windows; w++, from += n, to += r->step)
        for (int k = 0; k < count; k++) {
            int64_t at = to + r->place[k], c = 0;
            for (; c + LANES <= n; c += LANES) {
                vector_int here = bytes_load(index + from + c) == r->number[k];
                vector each = (vector)((vector_int)vector_load_any(dy, from + c, half) & here);
                if (add) each += vector_load_any(dx, at + c, half);
                vector_keep_any(dx, at + c, each, half);
            }
            for (; c < n; c++) {
                float each = index[from + c] == r->number[k] ? load_any(dy, from + c, half) : 0;
                keep_any(dx, at + c, add ? load_any(dx, at + c, half) + each : each, half);
            }
        }
}

static void pool_spread(const pool_row *r, bool half, const void *dy, const uint8_t *index,
                        void *dx, bool add) {
    if (half && r->count == 4) spread_windows(r, 4, true, dy, index, dx, false);
    else if (half) spread_windows(r, r->count, true, dy, index, dx, false);
    else if (r->count == 4 && !add) spread_windows(r, 4, false, dy, index, dx, false);
    else spread_windows(r, r->count, false, dy, index, dx, add);
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
