/* Loops over one block of elements, one function per op and dtype: what programs are made of.
 * blocks.def lists them with their cost (1: as an addition). */
#ifndef BACKEND_CPU_BLOCKS_H
#define BACKEND_CPU_BLOCKS_H

#include "base/isa.h"
#include "op/op.h"

/* out[i] = f(in[0][i], in[1][i] …) for n elements; all contiguous; out may be one of the inputs
 * where the elements have the same size. */
typedef void block_function(int64_t n, const void *const *in, void *out, const void *attrs);

enum {
#define BLOCK(name, cost) BLOCK_##name,
#define TEST(name, cost) BLOCK_##name,
#include "backend/cpu/blocks.def"
#undef BLOCK
#undef TEST
    BLOCK_COUNT
};

typedef struct block_table {
    block_function *real[BLOCK_COUNT][2]; /* float32, float64 */
    block_function *relu_grad_bfloat16;   /* chooses among what is rounded: as it lies in memory */
    block_function *where[4];             /* by log2 of the bytes of an element */
    block_function *logical_and, *logical_or, *logical_not;
    block_function *to_float32[MICA_DTYPE_COUNT], *from_float32[MICA_DTYPE_COUNT]; /* casts */
} block_table;

ISA_DECLARE(block_table, blocks);

/* The loop for an op on such operands, NULL: none. *cost as in the list. */
block_function *block_for(isa set, const op *o, const void *attrs, int inputs, const mica_dtype *in,
                          mica_dtype out, int *cost);

/* n bfloat16 numbers as float32, and back, rounded. */
void blocks_from_bfloat16(const block_table *t, int64_t n, const void *in, float *out);
void blocks_to_bfloat16(const block_table *t, int64_t n, const float *in, void *out);

#endif
