/* Pooling windows: see pool.h. */
#include "backend/cpu/pool.h"

#include "backend/cpu/simd.h"

#include <stddef.h>

static vector pick(vector_int mask, vector a, vector b) {
    return (vector)(((vector_int)a & mask) | ((vector_int)b & ~mask));
}

static void pool_max(int64_t n, int count, const float *x, const int64_t *place,
                     const uint8_t *number, float *y, uint8_t *index) {
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES) {
        vector best = vector_load(x + place[0] + c);
        vector_int at = (vector_int){0} + number[0];
        for (int k = 1; k < count; k++) {
            vector v = vector_load(x + place[k] + c);
            vector_int mask = (v > best) | ((v != v) & (best == best));
            best = pick(mask, v, best);
            at = (((vector_int){0} + number[k]) & mask) | (at & ~mask);
        }
        vector_store(y + c, best);
        if (index) bytes_store(index + c, at);
    }
    for (; c < n; c++) {
        float best = x[place[0] + c];
        uint8_t at = number[0];
        for (int k = 1; k < count; k++) {
            float v = x[place[k] + c];
            if (v > best || (v != v && best == best)) best = v, at = number[k];
        }
        y[c] = best;
        if (index) index[c] = at;
    }
}

static void pool_spread(int64_t n, const float *dy, const uint8_t *index, uint8_t number, float *dx,
                        int add) {
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES) {
        vector taken = (vector)((vector_int)vector_load(dy + c) & (bytes_load(index + c) == number));
        vector_store(dx + c, add ? vector_load(dx + c) + taken : taken);
    }
    for (; c < n; c++) dx[c] = (add ? dx[c] : 0) + (index[c] == number ? dy[c] : 0);
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
const pool_table SIMD_NAME(pools) = {.max = pool_max, .spread = pool_spread,
                                     .average = pool_average, .add_scaled = pool_add_scaled};
