/* The loops of winograd.h, on vectors of channels. */
#include "backend/cpu/winograd.h"

#include "backend/cpu/winograd_lines_large.h"

/* Applies `line` along both axes, from IN x IN vectors to OUT x OUT: to the columns, then to the
 * rows. LOAD(i, j) is a vector, STORE(i, j, v) puts one where it belongs; only the columns' results
 * need more than the registers. */
#define BOTH_AXES(line, IN_, OUT_, LOAD, STORE)                                                    \
    do {                                                                                           \
        vector half_[IN_][OUT_];                                                                   \
        for (int j_ = 0; j_ < (IN_); j_++) {                                                       \
            vector column_[IN_], done_[OUT_];                                                      \
            _Pragma("GCC unroll 8") for (int i_ = 0; i_ < (IN_); i_++) column_[i_] = LOAD(i_, j_); \
            line(column_, done_);                                                                  \
            _Pragma("GCC unroll 8") for (int i_ = 0; i_ < (OUT_); i_++) half_[j_][i_] = done_[i_]; \
        }                                                                                          \
        for (int i_ = 0; i_ < (OUT_); i_++) {                                                      \
            vector row_[IN_], done_[OUT_];                                                         \
            _Pragma("GCC unroll 8") for (int j_ = 0; j_ < (IN_); j_++) row_[j_] = half_[j_][i_];   \
            line(row_, done_);                                                                     \
            _Pragma("GCC unroll 8") for (int j_ = 0; j_ < (OUT_); j_++) STORE(i_, j_, done_[j_]);  \
        }                                                                                          \
    } while (0)

static inline vector activate(vector y, int activation) {
    if (activation == WINOGRAD_NONE) return y;
    y = (vector)((vector_int)y & ~(y < 0)); /* keeps NaN */
    if (activation == WINOGRAD_RELU) return y;
    vector_int above = y > 6;
    return (vector)((above & (vector_int)vector_of(6)) | (~above & (vector_int)y));
}

#define OUT 3
#include "backend/cpu/winograd_loops.h"
#define OUT 4
#include "backend/cpu/winograd_loops.h"
#define OUT 5
#include "backend/cpu/winograd_loops.h"
#define OUT 6
#include "backend/cpu/winograd_loops.h"

/* ---- matrix products ---- */

#if defined(SIMD_AVX512)
#define ROWS 12 /* of a register block: ROWS x 2 vectors of sums */
#else
#define ROWS 6
#endif

/* rows x (vectors * LANES) of c from rows of a (step between k: ak, between rows: ai) and b. */
#define BLOCK(rows, vectors)                                                                       \
    do {                                                                                           \
        vector sum_[rows][vectors];                                                                \
        _Pragma("GCC unroll 12") for (int i_ = 0; i_ < (rows); i_++)                               \
            _Pragma("GCC unroll 2") for (int j_ = 0; j_ < (vectors); j_++)                         \
                sum_[i_][j_] = add ? vector_load(c + i_ * ldc + j_ * LANES) : (vector){0};         \
        const float *a_ = a, *b_ = b;                                                              \
        for (int64_t k_ = 0; k_ < depth; k_++, a_ += ak, b_ += ldb) {                              \
            vector right_[vectors];                                                                \
            _Pragma("GCC unroll 2") for (int j_ = 0; j_ < (vectors); j_++)                         \
                right_[j_] = vector_load(b_ + j_ * LANES);                                         \
            _Pragma("GCC unroll 12") for (int i_ = 0; i_ < (rows); i_++) {                         \
                vector left_ = vector_of(a_[i_ * ai]);                                             \
                _Pragma("GCC unroll 2") for (int j_ = 0; j_ < (vectors); j_++)                     \
                    sum_[i_][j_] = sum_[i_][j_] + left_ * right_[j_];                              \
            }                                                                                      \
        }                                                                                          \
        _Pragma("GCC unroll 12") for (int i_ = 0; i_ < (rows); i_++)                               \
            _Pragma("GCC unroll 2") for (int j_ = 0; j_ < (vectors); j_++)                         \
                vector_store(c + i_ * ldc + j_ * LANES, sum_[i_][j_]);                             \
    } while (0)

/* One column of register blocks, 2 vectors wide or 1. 7 and 8 rows are better 4 + 3 and 4 + 4 than
 * 6 and a block too small to keep the multipliers busy. */
static inline __attribute__((always_inline)) void
product_column(int vectors, int64_t rows, int64_t depth, const float *a, int64_t ai, int64_t ak,
               const float *b, int64_t ldb, float *c, int64_t ldc, bool add) {
    while (rows > 0) {
        int64_t now = rows >= ROWS && rows != 7 && rows != 8 ? ROWS
                      : rows >= 4                            ? 4
                      : rows >= 2                            ? 2
                                                             : 1;
        if (now == ROWS && vectors == 2) BLOCK(ROWS, 2);
        else if (now == ROWS) BLOCK(ROWS, 1);
        else if (now == 4 && vectors == 2) BLOCK(4, 2);
        else if (now == 4) BLOCK(4, 1);
        else if (now == 3) {
            if (vectors == 2) BLOCK(3, 2);
            else BLOCK(3, 1);
        } else if (now == 2) {
            if (vectors == 2) BLOCK(2, 2);
            else BLOCK(2, 1);
        } else if (vectors == 2) BLOCK(1, 2);
        else BLOCK(1, 1);
        rows -= now, a += now * ai, c += now * ldc;
    }
}

static inline __attribute__((always_inline)) void
product_any(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t ai, int64_t ak,
            const float *b, int64_t ldb, float *c, int64_t ldc, bool add) {
    int64_t j = 0;
    for (; j + 2 * LANES <= columns; j += 2 * LANES)
        product_column(2, rows, depth, a, ai, ak, b + j, ldb, c + j, ldc, add);
    if (j < columns) product_column(1, rows, depth, a, ai, ak, b + j, ldb, c + j, ldc, add);
}

static void product(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t lda,
                    const float *b, int64_t ldb, float *c, int64_t ldc) {
    product_any(rows, columns, depth, a, lda, 1, b, ldb, c, ldc, false);
}

static void product_transposed(int64_t rows, int64_t columns, int64_t depth, const float *a,
                               int64_t lda, const float *b, int64_t ldb, float *c, int64_t ldc,
                               bool add) {
    product_any(rows, columns, depth, a, 1, lda, b, ldb, c, ldc, add);
}

const winograd_table SIMD_NAME(winograd) = {
    .lanes = LANES,
    .rows = ROWS,
    .tile = {&tile_3, &tile_4, &tile_5, &tile_6},
    .product = product,
    .product_transposed = product_transposed,
};
