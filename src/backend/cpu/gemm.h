/* The inner tile of matrix products and convolutions: C (rows, columns) = sum over k of
 * A[r][k] B[k][column], where row r of A and of C may begin anywhere. Where `offset` is given, A's
 * element k lies offset[k] floats from the row's begin: that is how a convolution reads its images
 * without copying them. */
#ifndef BACKEND_CPU_GEMM_H
#define BACKEND_CPU_GEMM_H

#include "base/isa.h"

#include <stdbool.h>
#include <stdint.h>

#define GEMM_MOST_ROWS 8
#define GEMM_MOST_COLUMNS 32

typedef struct gemm_tile {
    const float *a[GEMM_MOST_ROWS]; /* rows past the last one: any readable ones */
    float *c[GEMM_MOST_ROWS];
    const float *b;            /* table->columns floats for each k */
    const float *bias;         /* table->columns floats, or NULL */
    const int32_t *offset;     /* of k, or NULL */
    int64_t k, a_step, b_step; /* how many; floats from one to the next (a_step without offsets) */
    int rows, columns;         /* how many of the tile are stored */
    bool accumulate, relu;     /* C is added to; max(C, 0) at the end */
} gemm_tile;

/* All rows of one panel of a matrix product, in one call: C[r][j] (+)= sum over k of A[r][k]
 * B[k][j], then bias and max(C, 0) as asked; j below columns. */
typedef struct gemm_panel {
    const float *a, *b, *bias; /* b: table->columns floats for each k; bias as long, or NULL */
    float *c;
    int64_t rows, k, a_row, a_step, b_step, c_row; /* floats from one row, or k, to the next */
    int columns;
    bool accumulate, relu;
} gemm_panel;

/* Many rows with few k, in one call: y[r][j] = max(bias[j] + sum over k of x[r][offset[k]] B[k][j],
 * 0 as asked), j below n; B in panels. */
typedef struct gemm_band {
    const float *const *x;
    float *const *y;
    const int32_t *offset;
    const float *b, *bias; /* bias in whole panels, or NULL */
    int64_t rows, k, n;
    bool relu;
} gemm_band;

typedef struct gemm_table {
    int rows, columns; /* of a tile */
    void (*tile)(const gemm_tile *t);
    void (*panel)(const gemm_panel *p);
    void (*band)(const gemm_band *b);
    /* y[j] (+)= sum over k of a[k a_step] b[k b_step + j], for j below n: products with one row. */
    void (*row)(int64_t n, int64_t k, const float *a, int64_t a_step, const float *b,
                int64_t b_step, float *y, bool accumulate);
    float (*dot)(int64_t n, const float *a, const float *b);
    /* y[j] = max(y[j] + bias[j], 0) as asked; bias may be NULL. */
    void (*finish)(int64_t n, const float *bias, bool relu, float *y);
    /* B (k, n), element (i, j) at i k_step + j n_step, in panels of `columns` columns: each k by k,
     * the last one filled up with zeros. */
    void (*pack)(int64_t k, int64_t n, const float *b, int64_t k_step, int64_t n_step, float *out);
    /* The transpose: to[j to_step + i] = from[i from_step + j], i below rows, j below columns. */
    void (*turn)(int64_t rows, int64_t columns, const float *from, int64_t from_step, float *to,
                 int64_t to_step);
} gemm_table;

ISA_DECLARE(gemm_table, gemm);

#endif
