/* Loops over K rows of neighbouring columns: softmax and its kin along an axis that is not the
 * last. float32. */
#ifndef BACKEND_CPU_COLUMNS_H
#define BACKEND_CPU_COLUMNS_H

#include "base/isa.h"

#include <stdint.h>

#define COLUMNS_AT_ONCE 64

/* n at most COLUMNS_AT_ONCE; the next row is `stride` numbers further. y, dx may be an input. */
typedef struct column_table {
    void (*softmax)(int64_t k, int64_t stride, int64_t n, const float *x, float *y);
    void (*log_softmax)(int64_t k, int64_t stride, int64_t n, const float *x, float *y);
    void (*softmax_grad)(int64_t k, int64_t stride, int64_t n, const float *dy, const float *y,
                         float *dx);
} column_table;

ISA_DECLARE(column_table, columns);

#endif
