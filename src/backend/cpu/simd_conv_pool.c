/* The loops of conv_pool.h, on vectors of filters. */
#include "backend/cpu/conv_pool.h"

#include "backend/cpu/simd.h"

#include <stddef.h>

static inline vector pick(vector_int mask, vector a, vector b) {
    return (vector)(((vector_int)a & mask) | ((vector_int)b & ~mask));
}

/* The greater one; where one is NaN, any of the two. */
static inline vector greater(vector a, vector b) {
#if defined(SIMD_AVX512)
    return (vector)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(SIMD_AVX2)
    return (vector)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return pick(a > b, a, b);
#endif
}

static inline int any_nan(vector v) {
#if defined(SIMD_AVX512)
    return _mm512_cmp_ps_mask((__m512)v, (__m512)v, _CMP_UNORD_Q) != 0;
#elif defined(SIMD_AVX2)
    return _mm256_movemask_ps(_mm256_cmp_ps((__m256)v, (__m256)v, _CMP_UNORD_Q)) != 0;
#else
    vector_int nan = v != v;
    int any = 0;
    for (int i = 0; i < LANES; i++) any |= nan[i];
    return any;
#endif
}

/* NaN before all, and of equals the first. */
static inline void pool_with_nan(const vector *v, vector *best, vector_int *at) {
    *best = v[0];
    *at = (vector_int){0};
#pragma GCC unroll 3
    for (int k = 1; k < 4; k++) {
        vector_int mask = (v[k] > *best) | ((v[k] != v[k]) & (*best == *best));
        *best = pick(mask, v[k], *best);
        *at = (((vector_int){0} + k) & mask) | (*at & ~mask);
    }
}

/* The greatest of the 2x2 sums, and which it is. */
static inline void pool(vector *v, int activation, void *y, int64_t to, bool half, uint8_t *index) {
    vector best, zero = {0};
    vector_int at;
    if (__builtin_expect(any_nan((v[0] + v[1]) + (v[2] + v[3])), 0)) {
        if (activation == CONV_POOL_RELU)
            for (int k = 0; k < 4; k++) v[k] = pick(v[k] < 0, zero, v[k]);
        pool_with_nan(v, &best, &at);
    } else {
        if (activation == CONV_POOL_RELU)
            for (int k = 0; k < 4; k++) v[k] = greater(v[k], zero);
        best = greater(greater(v[0], v[1]), greater(v[2], v[3]));
        at = ~(v[2] == best) & 1;
        at = ~(v[1] == best) & (at + 1);
        at = ~(v[0] == best) & (at + 1);
    }
    vector_store_any(y, to, best, half);
    if (index) bytes_store(index + to, at);
}

/* Adds one channel to the sums of `vectors` vectors of filters at the window whose patch is x; w
 * is 9 taps of so many filters. */
static inline __attribute__((always_inline)) void
add_taps(int vectors, const float *x, int64_t width, const float *w, vector *sum) {
    const float *rows[] = {x, x + width, x + 2 * width, x + 3 * width};
#pragma GCC unroll 3
    for (int p = 0; p < 3; p++)
#pragma GCC unroll 3
        for (int q = 0; q < 3; q++)
#pragma GCC unroll 2
            for (int v = 0; v < vectors; v++) {
                vector factor = vector_load(w + ((p * 3 + q) * vectors + v) * LANES);
                sum[4 * v] += factor * rows[p][q];
                sum[4 * v + 1] += factor * rows[p][q + 1];
                sum[4 * v + 2] += factor * rows[p + 1][q];
                sum[4 * v + 3] += factor * rows[p + 1][q + 1];
            }
}

static inline __attribute__((always_inline)) void
forward_column(int vectors, const float *image, int64_t width, int64_t plane, int64_t channels,
               int64_t n, int64_t filters, const float *w, const float *bias, int activation,
               void *y, int64_t to, bool half, uint8_t *index) {
    for (int64_t j = 0; j < n; j++) {
        vector sum[8];
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++) {
            vector start = bias ? vector_load(bias + v * LANES) : (vector){0};
            for (int k = 0; k < 4; k++) sum[4 * v + k] = start;
        }
        for (int64_t c = 0; c < channels; c++)
            add_taps(vectors, image + c * plane + 2 * j, width, w + c * 9 * vectors * LANES, sum);
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++)
            pool(sum + 4 * v, activation, y, to + j * filters + v * LANES, half, index);
    }
}

static inline __attribute__((always_inline)) void
forward_any(const float *image, int64_t width, int64_t plane, int64_t channels, int64_t n,
            int64_t filters, const float *w, const float *bias, int activation, void *y, bool half,
            uint8_t *index) {
    int64_t f = 0;
    for (; f + 2 * LANES <= filters; f += 2 * LANES)
        forward_column(2, image, width, plane, channels, n, filters, w + 9 * channels * f,
                       bias ? bias + f : NULL, activation, y, f, half, index);
    if (f < filters)
        forward_column(1, image, width, plane, channels, n, filters, w + 9 * channels * f,
                       bias ? bias + f : NULL, activation, y, f, half, index);
}

static void forward(const float *image, int64_t width, int64_t plane, int64_t channels, int64_t n,
                    int64_t filters, const float *w, const float *bias, int activation, void *y,
                    bool half, uint8_t *index) {
    if (half)
        forward_any(image, width, plane, channels, n, filters, w, bias, activation, y, true, index);
    else
        forward_any(image, width, plane, channels, n, filters, w, bias, activation, y, false,
                    index);
}

/* choice[k] of each lane, by its index 0 … 3. */
static inline vector choose(const float *choice, vector_int index) {
#if defined(SIMD_AVX512)
    __m512 four = _mm512_broadcast_f32x4(_mm_loadu_ps(choice));
    return (vector)_mm512_permutevar_ps(four, (__m512i)index);
#elif defined(SIMD_AVX2)
    __m256 four = _mm256_broadcast_ps((const __m128 *)(const void *)choice);
    return (vector)_mm256_permutevar_ps(four, (__m256i)index);
#else
    vector low = pick(index == 0, vector_of(choice[0]), vector_of(choice[1]));
    vector high = pick(index == 2, vector_of(choice[2]), vector_of(choice[3]));
    return pick(index < 2, low, high);
#endif
}

static inline __attribute__((always_inline)) void
backward_any(const float *image, int64_t width, int64_t n, int64_t filters, const void *dp,
             bool half, const uint8_t *index, float *choices, float *dw) {
    for (int64_t j = 0; j < n; j++) /* the four pixels that a tap may have met */
        for (int p = 0; p < 3; p++)
            for (int q = 0; q < 3; q++) {
                const float *at = image + p * width + 2 * j + q;
                float *choice = choices + (j * 9 + p * 3 + q) * 4;
                memcpy(choice, at, 2 * sizeof *at);
                memcpy(choice + 2, at + width, 2 * sizeof *at);
            }
    for (int64_t f = 0; f < filters; f += LANES) {
        vector sum[9];
        for (int t = 0; t < 9; t++) sum[t] = vector_load(dw + t * filters + f);
        for (int64_t j = 0; j < n; j++) {
            vector_int at = bytes_load(index + j * filters + f);
            vector d = vector_load_any(dp, j * filters + f, half);
#pragma GCC unroll 9
            for (int t = 0; t < 9; t++) sum[t] += d * choose(choices + (j * 9 + t) * 4, at);
        }
        for (int t = 0; t < 9; t++) vector_store(dw + t * filters + f, sum[t]);
    }
}

static void backward(const float *image, int64_t width, int64_t n, int64_t filters, const void *dp,
                     bool half, const uint8_t *index, float *choices, float *dw) {
    if (half) backward_any(image, width, n, filters, dp, true, index, choices, dw);
    else backward_any(image, width, n, filters, dp, false, index, choices, dw);
}

const conv_pool_table SIMD_NAME(conv_pools) = {LANES, forward, backward};
