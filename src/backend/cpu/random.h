/* Loops of the random ops. */
#ifndef BACKEND_CPU_RANDOM_H
#define BACKEND_CPU_RANDOM_H

#include "base/isa.h"

#include <stdint.h>

typedef struct random_table {
    /* y[4 b + i] = value where word i of Philox's block first + b, without its last 8 bits, is
     * below limit, else 0; b from 0 to blocks - 1. */
    void (*bernoulli)(uint64_t key, uint64_t counter, uint64_t first, int64_t blocks,
                      uint32_t limit, float value, float *y);
    /* y[4 b + i] = mean + deviation times value i of philox_normal's block first + b, of as many of
     * the blocks as fill vectors; returns how many. In double, so that floats seldom differ. */
    int64_t (*normal)(uint64_t key, uint64_t counter, uint64_t first, int64_t blocks, double mean,
                      double deviation, float *y);
} random_table;

ISA_DECLARE(random_table, randoms);

#endif
