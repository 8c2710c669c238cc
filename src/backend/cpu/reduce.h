/* Loops of reductions over contiguous rows. */
#ifndef BACKEND_CPU_REDUCE_H
#define BACKEND_CPU_REDUCE_H

#include "backend/cpu/isa.h"
#include "op/op.h"

enum { REDUCE_SUM, REDUCE_MAX, REDUCE_MIN, REDUCE_KINDS };

typedef struct reduce_table {
    /* What n elements give, in the element type at *out. */
    void (*row[REDUCE_KINDS][2])(int64_t n, const void *x, void *out); /* float32, float64 */
    /* acc[i] takes in x[r * n + i], for `rows` rows of n elements. */
    void (*add[REDUCE_KINDS][2])(int64_t rows, int64_t n, const void *x, void *acc);
} reduce_table;

ISA_DECLARE(reduce_table, reductions);

#endif
