/* Loops of reductions over contiguous rows. */
#ifndef BACKEND_CPU_REDUCE_H
#define BACKEND_CPU_REDUCE_H

#include "base/isa.h"
#include "op/op.h"

enum { REDUCE_SUM, REDUCE_MAX, REDUCE_MIN, REDUCE_KINDS };
enum { REDUCE_FLOAT32, REDUCE_FLOAT64, REDUCE_BFLOAT16, REDUCE_TYPES }; /* of the elements */

typedef struct reduce_table {
    /* What n elements give, in their type at *out; float32 of bfloat16. */
    void (*row[REDUCE_KINDS][REDUCE_TYPES])(int64_t n, const void *x, void *out);
    /* acc[i] takes in x[r * n + i], for `rows` rows of n elements. */
    void (*add[REDUCE_KINDS][REDUCE_TYPES])(int64_t rows, int64_t n, const void *x, void *acc);
} reduce_table;

ISA_DECLARE(reduce_table, reductions);

#endif
