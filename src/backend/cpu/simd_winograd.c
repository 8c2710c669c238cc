/* The loops of winograd.h, on vectors of channels. */
#include "backend/cpu/winograd.h"

#include "backend/cpu/simd.h"

#define TILE WINOGRAD_TILE
#define OUT WINOGRAD_OUT
#define POINT_A 0.70710678118654752f /* the points: 0, A, -A, B, -B, infinity */
#define POINT_B 1.41421356237309505f
#define POINT_A3 0.35355339059327376f
#define POINT_B3 2.82842712474619010f

static inline vector scaled_add(float factor, vector x, vector z) { return factor * x + z; }

/* B^T d: 6 to 6 */
static inline void input_line(const vector *d, vector *v) {
    vector even = scaled_add(-2, d[2], d[4]), odd = scaled_add(-POINT_B, d[1], POINT_A * d[3]);
    v[0] = scaled_add(-2.5f, d[2], d[0] + d[4]);
    v[1] = even + odd;
    v[2] = even - odd;
    even = scaled_add(-0.5f, d[2], d[4]), odd = scaled_add(-POINT_A, d[1], POINT_B * d[3]);
    v[3] = even + odd;
    v[4] = even - odd;
    v[5] = scaled_add(-2.5f, d[3], d[1] + d[5]);
}

/* B m: 6 to 6 */
static inline void input_line_back(const vector *m, vector *d) {
    vector s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4];
    d[0] = m[0];
    d[1] = scaled_add(-POINT_B, d1, scaled_add(-POINT_A, d2, m[5]));
    d[2] = scaled_add(-2.5f, m[0], scaled_add(-2, s1, -0.5f * s2));
    d[3] = scaled_add(-2.5f, m[5], scaled_add(POINT_A, d1, POINT_B * d2));
    d[4] = m[0] + s1 + s2;
    d[5] = m[5];
}

/* A^T m: 6 to 4 */
static inline void output_line(const vector *m, vector *y) {
    vector s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4];
    y[0] = m[0] + s1 + s2;
    y[1] = scaled_add(POINT_A, d1, POINT_B * d2);
    y[2] = scaled_add(0.5f, s1, 2 * s2);
    y[3] = scaled_add(POINT_A3, d1, scaled_add(POINT_B3, d2, m[5]));
}

/* A y: 4 to 6 */
static inline void output_line_back(const vector *y, vector *m) {
    vector even = scaled_add(0.5f, y[2], y[0]), odd = scaled_add(POINT_A3, y[3], POINT_A * y[1]);
    m[0] = y[0];
    m[1] = even + odd;
    m[2] = even - odd;
    even = scaled_add(2, y[2], y[0]), odd = scaled_add(POINT_B3, y[3], POINT_B * y[1]);
    m[3] = even + odd;
    m[4] = even - odd;
    m[5] = y[3];
}

/* G w: 3 to 6 */
static inline void weight_line(const vector *w, vector *u) {
    const float third = 2 / 3.0f, sixth = 1 / 6.0f;
    vector even = -third * scaled_add(0.5f, w[2], w[0]), odd = (-third * POINT_A) * w[1];
    u[0] = w[0];
    u[1] = even + odd;
    u[2] = even - odd;
    even = sixth * scaled_add(2, w[2], w[0]), odd = (sixth * POINT_B) * w[1];
    u[3] = even + odd;
    u[4] = even - odd;
    u[5] = w[2];
}

/* G^T u: 6 to 3 */
static inline void weight_line_back(const vector *u, vector *w) {
    const float third = 1 / 3.0f, sixth = 1 / 6.0f;
    vector s1 = u[1] + u[2], d1 = u[1] - u[2], s2 = u[3] + u[4], d2 = u[3] - u[4];
    w[0] = scaled_add(-2 * third, s1, scaled_add(sixth, s2, u[0]));
    w[1] = scaled_add(-2 * third * POINT_A, d1, (sixth * POINT_B) * d2);
    w[2] = scaled_add(third, s2 - s1, u[5]);
}

/* Applies `line` along both axes: to the columns of from (IN x IN), then to the rows. */
#define BOTH_AXES(line, IN_, OUT_, from, to)                                                       \
    do {                                                                                           \
        vector half_[OUT_][IN_];                                                                   \
        for (int j_ = 0; j_ < (IN_); j_++) {                                                       \
            vector column_[IN_], done_[OUT_];                                                      \
            for (int i_ = 0; i_ < (IN_); i_++) column_[i_] = from[i_][j_];                         \
            line(column_, done_);                                                                  \
            for (int i_ = 0; i_ < (OUT_); i_++) half_[i_][j_] = done_[i_];                         \
        }                                                                                          \
        for (int i_ = 0; i_ < (OUT_); i_++) line(half_[i_], to[i_]);                               \
    } while (0)

static inline __attribute__((always_inline)) void
input_any(const void *const *x, bool half, int64_t channels, float *v, int64_t stride) {
    for (int64_t c = 0; c < channels; c += LANES) {
        vector d[TILE][TILE], t[TILE][TILE];
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) d[i][j] = vector_load_any(x[i * TILE + j], c, half);
        BOTH_AXES(input_line, TILE, TILE, d, t);
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) vector_store(v + (i * TILE + j) * stride + c, t[i][j]);
    }
}

static void input(const void *const *x, bool half, int64_t channels, float *v, int64_t stride) {
    if (half) input_any(x, true, channels, v, stride);
    else input_any(x, false, channels, v, stride);
}

static void input_back(const float *v, int64_t stride, int64_t channels, float *const *dx) {
    for (int64_t c = 0; c < channels; c += LANES) {
        vector m[TILE][TILE], t[TILE][TILE];
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) m[i][j] = vector_load(v + (i * TILE + j) * stride + c);
        BOTH_AXES(input_line_back, TILE, TILE, m, t);
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) {
                float *at = dx[i * TILE + j] + c;
                vector_store(at, vector_load(at) + t[i][j]);
            }
    }
}

static inline vector activate(vector y, int activation) {
    if (activation == WINOGRAD_NONE) return y;
    y = (vector)((vector_int)y & ~(y < 0)); /* keeps NaN */
    if (activation == WINOGRAD_RELU) return y;
    vector_int above = y > 6;
    return (vector)((above & (vector_int)vector_of(6)) | (~above & (vector_int)y));
}

static inline __attribute__((always_inline)) void output_any(const float *m, int64_t stride,
                                                             int64_t channels, const float *bias,
                                                             int activation, void *const *y,
                                                             bool half) {
    for (int64_t c = 0; c < channels; c += LANES) {
        vector d[TILE][TILE], t[OUT][OUT], b = bias ? vector_load(bias + c) : (vector){0};
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) d[i][j] = vector_load(m + (i * TILE + j) * stride + c);
        BOTH_AXES(output_line, TILE, OUT, d, t);
        for (int i = 0; i < OUT; i++)
            for (int j = 0; j < OUT; j++)
                vector_store_any(y[i * OUT + j], c, activate(t[i][j] + b, activation), half);
    }
}

static void output(const float *m, int64_t stride, int64_t channels, const float *bias,
                   int activation, void *const *y, bool half) {
    if (half) output_any(m, stride, channels, bias, activation, y, true);
    else output_any(m, stride, channels, bias, activation, y, false);
}

static inline __attribute__((always_inline)) void
output_back_any(const void *const *dy, bool half, int64_t channels, float *m, int64_t stride) {
    for (int64_t c = 0; c < channels; c += LANES) {
        vector d[OUT][OUT], t[TILE][TILE];
        for (int i = 0; i < OUT; i++)
            for (int j = 0; j < OUT; j++) d[i][j] = vector_load_any(dy[i * OUT + j], c, half);
        BOTH_AXES(output_line_back, OUT, TILE, d, t);
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) vector_store(m + (i * TILE + j) * stride + c, t[i][j]);
    }
}

static void output_back(const void *const *dy, bool half, int64_t channels, float *m,
                        int64_t stride) {
    if (half) output_back_any(dy, true, channels, m, stride);
    else output_back_any(dy, false, channels, m, stride);
}

static void weights(const float *w, int64_t w_stride, int64_t n, float *u, int64_t u_stride) {
    for (int64_t c = 0; c < n; c += LANES) {
        vector d[3][3], t[TILE][TILE];
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) d[i][j] = vector_load(w + (i * 3 + j) * w_stride + c);
        BOTH_AXES(weight_line, 3, TILE, d, t);
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) vector_store(u + (i * TILE + j) * u_stride + c, t[i][j]);
    }
}

static void weights_back(float *u, int64_t slices, int64_t slice, int64_t u_stride, int64_t n,
                         float *w, int64_t w_stride) {
    for (int place = 0; place < TILE * TILE; place++) /* line by line: memory likes it */
        for (int64_t s = 1; s < slices; s++) {
            float *sum = u + place * u_stride;
            const float *more = sum + s * slice;
            for (int64_t c = 0; c < n; c += LANES)
                vector_store(sum + c, vector_load(sum + c) + vector_load(more + c));
        }
    for (int64_t c = 0; c < n; c += LANES) {
        vector d[TILE][TILE], t[3][3];
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) d[i][j] = vector_load(u + (i * TILE + j) * u_stride + c);
        BOTH_AXES(weight_line_back, TILE, 3, d, t);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) vector_store(w + (i * 3 + j) * w_stride + c, t[i][j]);
    }
}

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
    .input = input,
    .input_back = input_back,
    .output = output,
    .output_back = output_back,
    .weights = weights,
    .weights_back = weights_back,
    .product = product,
    .product_transposed = product_transposed,
};
