/* Tiles of matrix products: see gemm.h. All sums of a tile stay in registers: 6 rows of 2 vectors,
 * 8 of 2 with 32 registers. */
#include "backend/cpu/gemm.h"

#include "backend/cpu/simd.h"

#include <stddef.h>

#define COLUMNS (2 * LANES)
#if defined(SIMD_AVX512) || defined(__aarch64__)
#define ROWS 8
#else
#define ROWS 6
#endif

static inline vector at_least_zero(vector v) {
    vector_int mask = (v > 0.0f) | (v != v);
    return (vector)((vector_int)v & mask);
}

typedef struct finish { /* of every row of a tile */
    const float *bias;
    int columns;
    bool accumulate, relu;
} finish;

/* Stores one row; a narrow one through memory. */
static inline void store_row(const finish *f, float *c, vector v0, vector v1) {
    float narrow[COLUMNS];
    bool whole = f->columns == COLUMNS;
    if (f->accumulate) {
        if (!whole) {
            memset(narrow, 0, sizeof narrow);
            memcpy(narrow, c, (size_t)f->columns * sizeof *c);
        }
        v0 += vector_load(whole ? c : narrow);
        v1 += vector_load((whole ? c : narrow) + LANES);
    }
    if (f->bias) v0 += vector_load(f->bias), v1 += vector_load(f->bias + LANES);
    if (f->relu) v0 = at_least_zero(v0), v1 = at_least_zero(v1);
    vector_store(whole ? c : narrow, v0);
    vector_store((whole ? c : narrow) + LANES, v1);
    if (!whole) memcpy(c, narrow, (size_t)f->columns * sizeof *c);
}

/* One step of all sums: x[at] of each row times two vectors of B. */
#define STEP(at)                                                                                   \
    do {                                                                                           \
        vector b0 = vector_load(b), b1 = vector_load(b + LANES);                                   \
        _Pragma("GCC unroll 8") for (int r = 0; r < ROWS; r++) {                                   \
            vector x = vector_of(a[r][at]);                                                        \
            sum[r][0] += x * b0;                                                                   \
            sum[r][1] += x * b1;                                                                   \
        }                                                                                          \
        b += b_step;                                                                               \
    } while (0)

static void gemm_tile_run(const gemm_tile *t) {
    vector sum[ROWS][2];
    const float *a[ROWS], *b = t->b;
    const int32_t *offset = t->offset;
    const finish f = {t->bias, t->columns, t->accumulate, t->relu};
    int64_t n = t->k, a_step = t->a_step, b_step = t->b_step;
    for (int r = 0; r < ROWS; r++) {
        a[r] = t->a[r];
        sum[r][0] = sum[r][1] = (vector){0};
    }
    if (offset)
        for (int64_t k = 0; k < n; k++) {
            int64_t at = offset[k];
            STEP(at);
        }
    else
        for (int64_t k = 0, at = 0; k < n; k++, at += a_step) STEP(at);
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; r++)
        if (r < t->rows) store_row(&f, t->c[r], sum[r][0], sum[r][1]);
}

static void gemm_panel_run(const gemm_panel *t) {
    const finish f = {t->bias, t->columns, t->accumulate, t->relu};
    int64_t n = t->k, a_step = t->a_step, b_step = t->b_step;
    for (int64_t row = 0; row < t->rows; row += ROWS) {
        int64_t rows = t->rows - row < ROWS ? t->rows - row : ROWS;
        vector sum[ROWS][2];
        const float *a[ROWS], *b = t->b;
        for (int r = 0; r < ROWS; r++) {
            a[r] = t->a + (row + (r < rows ? r : 0)) * t->a_row;
            sum[r][0] = sum[r][1] = (vector){0};
        }
        for (int64_t k = 0, at = 0; k < n; k++, at += a_step) STEP(at);
#pragma GCC unroll 8
        for (int r = 0; r < ROWS; r++)
            if (r < rows) store_row(&f, t->c + (row + r) * t->c_row, sum[r][0], sum[r][1]);
    }
}

/* The tile without what only long sums repay: y is written at once, panel after panel. */
static void gemm_band_run(const gemm_band *t) {
    int64_t n = t->n, count = t->k, b_step = COLUMNS;
    for (int64_t row = 0; row < t->rows; row += ROWS) {
        int64_t rows = t->rows - row < ROWS ? t->rows - row : ROWS;
        const float *a[ROWS], *b = t->b;
        for (int r = 0; r < ROWS; r++) a[r] = t->x[row + (r < rows ? r : 0)];
        for (int64_t j = 0; j < n; j += COLUMNS) {
            vector sum[ROWS][2];
            vector first0 = t->bias ? vector_load(t->bias + j) : (vector){0};
            vector first1 = t->bias ? vector_load(t->bias + j + LANES) : (vector){0};
            for (int r = 0; r < ROWS; r++) sum[r][0] = first0, sum[r][1] = first1;
            for (int64_t k = 0; k < count; k++) {
                int64_t at = t->offset[k];
                STEP(at);
            }
            bool relu = t->relu, whole = n - j >= COLUMNS;
#pragma GCC unroll 8
            for (int r = 0; r < ROWS; r++) {
                vector v0 = relu ? at_least_zero(sum[r][0]) : sum[r][0];
                vector v1 = relu ? at_least_zero(sum[r][1]) : sum[r][1];
                if (r >= rows) continue;
                float *y = t->y[row + r] + j, narrow[COLUMNS];
                vector_store(whole ? y : narrow, v0);
                vector_store((whole ? y : narrow) + LANES, v1);
                if (!whole) memcpy(y, narrow, (size_t)(n - j) * sizeof *y);
            }
        }
    }
}

static void gemm_row(int64_t n, int64_t k, const float *a, int64_t a_step, const float *b,
                     int64_t b_step, float *y, bool accumulate) {
    int64_t j = 0;
    for (; j + 8 * LANES <= n; j += 8 * LANES) {
        vector sum[8];
        for (int v = 0; v < 8; v++)
            sum[v] = accumulate ? vector_load(y + j + v * LANES) : (vector){0};
        for (int64_t i = 0; i < k; i++) {
            vector x = vector_of(a[i * a_step]);
#pragma GCC unroll 8
            for (int v = 0; v < 8; v++) sum[v] += x * vector_load(b + i * b_step + j + v * LANES);
        }
        for (int v = 0; v < 8; v++) vector_store(y + j + v * LANES, sum[v]);
    }
    for (; j + LANES <= n; j += LANES) {
        vector sum = accumulate ? vector_load(y + j) : (vector){0};
        for (int64_t i = 0; i < k; i++)
            sum += vector_of(a[i * a_step]) * vector_load(b + i * b_step + j);
        vector_store(y + j, sum);
    }
    if (j == n) return;
    float sum[LANES] = {0};
    for (int64_t v = j; accumulate && v < n; v++) sum[v - j] = y[v];
    for (int64_t i = 0; i < k; i++)
        for (int64_t v = 0; v < n - j; v++) sum[v] += a[i * a_step] * b[i * b_step + j + v];
    for (int64_t v = j; v < n; v++) y[v] = sum[v - j];
}

static float gemm_dot(int64_t n, const float *a, const float *b) {
    vector sum[4] = {{0}};
    int64_t i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES)
        for (int v = 0; v < 4; v++)
            sum[v] += vector_load(a + i + v * LANES) * vector_load(b + i + v * LANES);
    sum[0] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    float total = 0;
    for (int lane = 0; lane < LANES; lane++) total += sum[0][lane];
    for (; i < n; i++) total += a[i] * b[i];
    return total;
}

static void gemm_finish(int64_t n, const float *bias, bool relu, float *y) {
    if (bias)
        for (int64_t j = 0; j < n; j++) y[j] += bias[j];
    if (relu)
        for (int64_t j = 0; j < n; j++) y[j] = y[j] <= 0 ? 0 : y[j];
}

typedef float four __attribute__((vector_size(16))); /* every instruction set has these shuffles */
typedef int32_t four_int __attribute__((vector_size(16)));

static inline four four_load(const float *at) {
    four v;
    memcpy(&v, at, sizeof v);
    return v;
}

#if defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (four_int){__VA_ARGS__})
#endif

static inline void turn_four(const float *from, int64_t from_step, float *to, int64_t to_step) {
    four r0 = four_load(from), r1 = four_load(from + from_step);
    four r2 = four_load(from + 2 * from_step), r3 = four_load(from + 3 * from_step);
    four low01 = SHUFFLE(r0, r1, 0, 4, 1, 5), high01 = SHUFFLE(r0, r1, 2, 6, 3, 7);
    four low23 = SHUFFLE(r2, r3, 0, 4, 1, 5), high23 = SHUFFLE(r2, r3, 2, 6, 3, 7);
    four out[4] = {SHUFFLE(low01, low23, 0, 1, 4, 5), SHUFFLE(low01, low23, 2, 3, 6, 7),
                   SHUFFLE(high01, high23, 0, 1, 4, 5), SHUFFLE(high01, high23, 2, 3, 6, 7)};
    for (int r = 0; r < 4; r++) memcpy(to + r * to_step, &out[r], sizeof out[r]);
}

/* Squares of four; 16 rows at a time, so that whole lines of `to` are written. */
static void gemm_turn(int64_t rows, int64_t columns, const float *from, int64_t from_step,
                      float *to, int64_t to_step) {
    int64_t fours = rows & ~(int64_t)3, wide = columns & ~(int64_t)3;
    for (int64_t high = 0; high < fours; high += 16)
        for (int64_t j = 0; j < wide; j += 4)
            for (int64_t i = high; i < high + 16 && i < fours; i += 4)
                turn_four(from + i * from_step + j, from_step, to + j * to_step + i, to_step);
    for (int64_t j = 0; j < columns; j++)
        for (int64_t i = j < wide ? fours : 0; i < rows; i++)
            to[j * to_step + i] = from[i * from_step + j];
}

/* Whole panels whose rows lie one after another, row by row over all of them. */
static void pack_rows(int64_t k, int64_t panels, const float *b, int64_t k_step, float *out) {
    for (int64_t i = 0; i < k; i++)
        for (int64_t j = 0; j < panels; j++)
            memcpy(out + (j * k + i) * COLUMNS, b + i * k_step + j * COLUMNS,
                   sizeof(float) * COLUMNS);
}

/* Panels of COLUMNS columns, each k by k, the last one filled up with zeros. */
static void gemm_pack(int64_t k, int64_t n, const float *b, int64_t k_step, int64_t n_step,
                      float *out) {
    int64_t j = 0;
    if (n_step == 1) {
        pack_rows(k, n / COLUMNS, b, k_step, out);
        j = n / COLUMNS * COLUMNS;
    }
    for (; j < n; j += COLUMNS) {
        int64_t width = n - j < COLUMNS ? n - j : COLUMNS;
        float *panel = out + j * k;
        if (width == COLUMNS && k_step == 1)
            gemm_turn(COLUMNS, k, b + j * n_step, n_step, panel, COLUMNS);
        else
            for (int64_t i = 0; i < k; i++)
                for (int64_t v = 0; v < COLUMNS; v++)
                    panel[i * COLUMNS + v] = v < width ? b[i * k_step + (j + v) * n_step] : 0;
    }
}

extern const gemm_table SIMD_NAME(gemm);
const gemm_table SIMD_NAME(gemm) = {.rows = ROWS,
                                    .columns = COLUMNS,
                                    .tile = gemm_tile_run,
                                    .panel = gemm_panel_run,
                                    .band = gemm_band_run,
                                    .row = gemm_row,
                                    .dot = gemm_dot,
                                    .finish = gemm_finish,
                                    .pack = gemm_pack,
                                    .turn = gemm_turn};
