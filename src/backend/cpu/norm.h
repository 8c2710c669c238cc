/* Loops of batch normalisation over `rows` times C channels times S neighbours (channels last: S is
 * 1). Statistics and factors have one entry per channel. */
#ifndef BACKEND_CPU_NORM_H
#define BACKEND_CPU_NORM_H

#include "base/isa.h"

#include <stdint.h>

typedef struct norm_table {
    /* sum[c] += x; with mean: square[c] += (x - mean)^2; with dy: sum += dy, square += dy (x -
     * mean). */
    void (*sums)(int64_t rows, int64_t channels, int64_t s, const float *x, const float *mean,
                 const float *dy, float *sum, float *square);
    /* y = (x - mean) scale + shift; with dy: dx = scale (dy - shift - (x - mean) slope). */
    void (*apply)(int64_t rows, int64_t channels, int64_t s, const float *x, const float *dy,
                  const float *mean, const float *scale, const float *shift, const float *slope,
                  float *y);
} norm_table;

ISA_DECLARE(norm_table, norms);

#endif
