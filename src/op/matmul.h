/* Attributes of matmul: in a (…, M, K), b (…, K, N) and, from the planner alone, bias (N). */
#ifndef OP_MATMUL_H
#define OP_MATMUL_H

#include "op/epilogue.h"

typedef struct matmul_attrs {
    int64_t activation; /* an epilogue, EPILOGUE_NONE before planning */
    bool transpose_a, transpose_b;
} matmul_attrs;

#endif
