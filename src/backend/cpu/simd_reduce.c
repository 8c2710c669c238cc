/* Reductions of rows: see reduce.h. A row is summed in 4 vectors, rows that are narrower than a
 * vector as many at a time as fill whole ones, so that the result depends on the instruction set,
 * but on nothing else. NaN goes before all in max and min. */
#include "backend/cpu/reduce.h"

#include "backend/cpu/simd.h"

typedef double vector64 __attribute__((vector_size(VECTOR_BYTES)));
typedef int64_t vector64_int __attribute__((vector_size(VECTOR_BYTES)));

#define SUM(y, x) ((y) + (x))
#define MAX(y, x) ((x) > (y) || (x) != (x) ? (x) : (y))
#define MIN(y, x) ((x) < (y) || (x) != (x) ? (x) : (y))
#define PICK(type, bits, mask, x, y) ((type)(((bits)(x) & (mask)) | ((bits)(y) & ~(mask))))
#define VECTOR_SUM(type, bits, y, x) ((y) + (x))
#define VECTOR_MAX(type, bits, y, x) PICK(type, bits, ((x) > (y)) | ((x) != (x)), x, y)
#define VECTOR_MIN(type, bits, y, x) PICK(type, bits, ((x) < (y)) | ((x) != (x)), x, y)

#define NARROW(type, element) /* at least the widths that have loops of their own */               \
    ((int)(sizeof(type) / sizeof(element)) > 4 ? (int)(sizeof(type) / sizeof(element)) : 4)
#define LOAD(v, x, i) memcpy(&(v), (x) + (i), sizeof(v))
#define LOAD_HALF(v, x, i) ((v) = vector_load_any(x, i, true))

/* Rows of n <= NARROW elements (the colours of pixels): WIDE of them are n vectors, whose lanes
 * belong to the columns in turn. Gives how many rows it took in. The widths of colours are
 * constants, for which the sums stay in registers. */
#define NARROW_ROWS(name, element, result, type, bits, LOAD, FOLD, VECTOR_FOLD)                    \
    static inline __attribute__((always_inline))                                                   \
    int64_t narrow_of_##name(int64_t rows, int64_t n, const element *x, result *acc) {             \
        enum { WIDE = VECTOR_BYTES / sizeof(result) };                                             \
        type sum[NARROW(type, result)] = {0}, v;                                                   \
        int64_t r = WIDE;                                                                          \
        if (rows < 2 * WIDE) return 0;                                                             \
        for (int64_t k = 0; k < n; k++) LOAD(sum[k], x, k *WIDE);                                  \
        for (; r + WIDE <= rows; r += WIDE)                                                        \
            for (int64_t k = 0; k < n; k++) {                                                      \
                LOAD(v, x, r *n + k * WIDE);                                                       \
                sum[k] = VECTOR_FOLD(type, bits, sum[k], v);                                       \
            }                                                                                      \
        for (int64_t i = 0; i < n * WIDE; i++)                                                     \
            acc[i % n] = FOLD(acc[i % n], sum[i / WIDE][i % WIDE]);                                \
        return r;                                                                                  \
    }                                                                                              \
    static int64_t narrow_##name(int64_t rows, int64_t n, const element *x, result *acc) {         \
        switch (n) {                                                                               \
        case 1: return narrow_of_##name(rows, 1, x, acc);                                          \
        case 2: return narrow_of_##name(rows, 2, x, acc);                                          \
        case 3: return narrow_of_##name(rows, 3, x, acc);                                          \
        case 4: return narrow_of_##name(rows, 4, x, acc);                                          \
        default: return narrow_of_##name(rows, n, x, acc);                                         \
        }                                                                                          \
    }

#define ROWS(name, element, type, bits, FOLD, VECTOR_FOLD)                                         \
    NARROW_ROWS(name, element, element, type, bits, LOAD, FOLD, VECTOR_FOLD)                       \
    static void row_##name(int64_t n, const void *data, void *out) {                               \
        enum { WIDE = VECTOR_BYTES / sizeof(element) };                                            \
        const element *x = data;                                                                   \
        element result = x[0];                                                                     \
        int64_t i = 1;                                                                             \
        if (n >= 4 * WIDE) {                                                                       \
            type sum[4], v;                                                                        \
            memcpy(sum, x, sizeof sum);                                                            \
            for (i = 4 * WIDE; i + 4 * WIDE <= n; i += 4 * WIDE)                                   \
                for (int k = 0; k < 4; k++) {                                                      \
                    memcpy(&v, x + i + k * WIDE, sizeof v);                                        \
                    sum[k] = VECTOR_FOLD(type, bits, sum[k], v);                                   \
                }                                                                                  \
            sum[0] = VECTOR_FOLD(type, bits, sum[0], sum[1]);                                      \
            sum[2] = VECTOR_FOLD(type, bits, sum[2], sum[3]);                                      \
            sum[0] = VECTOR_FOLD(type, bits, sum[0], sum[2]);                                      \
            result = sum[0][0];                                                                    \
            for (int k = 1; k < WIDE; k++) result = FOLD(result, sum[0][k]);                       \
        }                                                                                          \
        for (; i < n; i++) result = FOLD(result, x[i]);                                            \
        memcpy(out, &result, sizeof result);                                                       \
    }                                                                                              \
    static void add_##name(int64_t rows, int64_t n, const void *data, void *out) {                 \
        const element *restrict x = data;                                                          \
        element *restrict acc = out;                                                               \
        const int64_t done = n <= NARROW(type, element) ? narrow_##name(rows, n, x, acc) : 0;      \
        x += done * n;                                                                             \
        for (int64_t r = done; r < rows; r++, x += n)                                              \
            for (int64_t i = 0; i < n; i++) acc[i] = FOLD(acc[i], x[i]);                           \
    }

ROWS(sum_f32, float, vector, vector_int, SUM, VECTOR_SUM)
ROWS(max_f32, float, vector, vector_int, MAX, VECTOR_MAX)
ROWS(min_f32, float, vector, vector_int, MIN, VECTOR_MIN)
ROWS(sum_f64, double, vector64, vector64_int, SUM, VECTOR_SUM)
ROWS(max_f64, double, vector64, vector64_int, MAX, VECTOR_MAX)
ROWS(min_f64, double, vector64, vector64_int, MIN, VECTOR_MIN)

/* Of bfloat16, in float32. */
#define HALF_ROWS(name, FOLD, VECTOR_FOLD)                                                         \
    NARROW_ROWS(name, uint16_t, float, vector, vector_int, LOAD_HALF, FOLD, VECTOR_FOLD)           \
    static void row_##name(int64_t n, const void *data, void *out) {                               \
        const uint16_t *x = data;                                                                  \
        float result = float_of((uint32_t)x[0] << 16);                                             \
        int64_t i = 1;                                                                             \
        if (n >= 4 * LANES) {                                                                      \
            vector sum[4];                                                                         \
            for (int k = 0; k < 4; k++) sum[k] = vector_load_any(x, k * LANES, true);              \
            for (i = 4 * LANES; i + 4 * LANES <= n; i += 4 * LANES)                                \
                for (int k = 0; k < 4; k++) {                                                      \
                    vector v = vector_load_any(x, i + k * LANES, true);                            \
                    sum[k] = VECTOR_FOLD(vector, vector_int, sum[k], v);                           \
                }                                                                                  \
            for (int k = 1; k < 4; k++) sum[0] = VECTOR_FOLD(vector, vector_int, sum[0], sum[k]);  \
            result = sum[0][0];                                                                    \
            for (int k = 1; k < LANES; k++) result = FOLD(result, sum[0][k]);                      \
        }                                                                                          \
        for (; i < n; i++) {                                                                       \
            float v = float_of((uint32_t)x[i] << 16);                                              \
            result = FOLD(result, v);                                                              \
        }                                                                                          \
        memcpy(out, &result, sizeof result);                                                       \
    }                                                                                              \
    static void add_##name(int64_t rows, int64_t n, const void *data, void *out) {                 \
        const uint16_t *x = data;                                                                  \
        float *acc = out;                                                                          \
        const int64_t done = n <= NARROW(vector, float) ? narrow_##name(rows, n, x, acc) : 0;      \
        int64_t i = 0;                                                                             \
        for (; i + LANES <= n; i += LANES) {                                                       \
            vector sum = vector_load(acc + i);                                                     \
            for (int64_t r = done; r < rows; r++) {                                                \
                vector v = vector_load_any(x, r * n + i, true);                                    \
                sum = VECTOR_FOLD(vector, vector_int, sum, v);                                     \
            }                                                                                      \
            vector_store(acc + i, sum);                                                            \
        }                                                                                          \
        for (; i < n; i++)                                                                         \
            for (int64_t r = done; r < rows; r++) {                                                \
                float v = float_of((uint32_t)x[r * n + i] << 16);                                  \
                acc[i] = FOLD(acc[i], v);                                                          \
            }                                                                                      \
    }

HALF_ROWS(sum_bf16, SUM, VECTOR_SUM)
HALF_ROWS(max_bf16, MAX, VECTOR_MAX)
HALF_ROWS(min_bf16, MIN, VECTOR_MIN)

extern const reduce_table SIMD_NAME(reductions);
const reduce_table SIMD_NAME(reductions) = {
    .row = {{row_sum_f32, row_sum_f64, row_sum_bf16},
            {row_max_f32, row_max_f64, row_max_bf16},
            {row_min_f32, row_min_f64, row_min_bf16}},
    .add = {{add_sum_f32, add_sum_f64, add_sum_bf16},
            {add_max_f32, add_max_f64, add_max_bf16},
            {add_min_f32, add_min_f64, add_min_bf16}},
};
