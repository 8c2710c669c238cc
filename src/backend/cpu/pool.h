/* Loops of max pooling over the channels of one window. */
#ifndef BACKEND_CPU_POOL_H
#define BACKEND_CPU_POOL_H

#include "backend/cpu/isa.h"

#include <stdint.h>

typedef struct pool_table {
    /* The greatest of `count` vectors of n channels, place[k] floats from x, NaN before all; where
     * each stands as number[k] (index may be NULL). */
    void (*max)(int64_t n, int count, const float *x, const int64_t *place, const uint8_t *number,
                float *y, uint8_t *index);
    /* dx = dy where index is `number`, else 0 (add: nothing is added). */
    void (*spread)(int64_t n, const float *dy, const uint8_t *index, uint8_t number, float *dx,
                   int add);
    /* y = factor * sum of the vectors; and dx += factor * dy. */
    void (*average)(int64_t n, int count, const float *x, const int64_t *place, float factor,
                    float *y);
    void (*add_scaled)(int64_t n, float factor, const float *dy, float *dx);
} pool_table;

ISA_DECLARE(pool_table, pools);

#endif
