/* What stands behind a product: bias and activation. */
#ifndef BACKEND_CPU_EPILOGUE_H
#define BACKEND_CPU_EPILOGUE_H

#include "backend/cpu/blocks.h"
#include "op/epilogue.h"

/* relu is done by the tiles; others by a loop over finished rows. */
typedef struct cpu_epilogue {
    bool relu;
    block_function *activation; /* NULL: none, or relu */
} cpu_epilogue;

/* False where the activation has no loop. */
static inline bool epilogue_plan(int64_t activation, isa set, cpu_epilogue *out) {
    const op *o = epilogue_op(activation);
    const mica_dtype dtype = MICA_FLOAT32;
    int cost;
    *out = (cpu_epilogue){.relu = o == &op_relu};
    if (!o || out->relu) return true;
    out->activation = block_for(set, o, NULL, 1, &dtype, dtype, &cost);
    return out->activation != NULL;
}

static inline void epilogue_run(const cpu_epilogue *e, int64_t n, float *y) {
    const void *in = y;
    if (e->activation) e->activation(n, &in, y, NULL);
}

#endif
