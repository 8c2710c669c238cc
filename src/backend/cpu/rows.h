/* Loops over rows of K classes: softmax, cross-entropies and their gradients, argmax. float32. */
#ifndef BACKEND_CPU_ROWS_H
#define BACKEND_CPU_ROWS_H

#include "base/isa.h"

#include <stdint.h>

typedef struct row_table {
    /* y = softmax(x); returns log(sum of e^x). y may be x. */
    float (*softmax)(int64_t k, const float *x, float *y);
    void (*log_softmax)(int64_t k, const float *x, float *y);
    /* dx = y (dy - sum of dy y) */
    void (*softmax_grad)(int64_t k, const float *dy, const float *y, float *dx);
    /* sum of t (log_sum - z), nothing where t is 0 */
    float (*cross_entropy)(int64_t k, const float *z, const float *t, float log_sum);
    /* dz = dy (p sum of t - t) */
    void (*cross_entropy_grad)(int64_t k, float dy, const float *p, const float *t, float *dz);
    void (*scale)(int64_t k, float factor, const float *x, float *y);
    int64_t (*argmax)(int64_t k, const float *x);
    int64_t (*argmin)(int64_t k, const float *x);
} row_table;

ISA_DECLARE(row_table, rows);

#endif
