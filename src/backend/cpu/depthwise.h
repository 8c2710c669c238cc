/* Loops of depthwise convolution over n channels side by side. */
#ifndef BACKEND_CPU_DEPTHWISE_H
#define BACKEND_CPU_DEPTHWISE_H

#include "base/isa.h"

#include <stdint.h>

typedef struct depthwise_table {
    /* y[c] = sum over k of x[place[k] + c] w[number[k] n + c]; none: 0 */
    void (*sum)(int64_t n, int count, const float *x, const int64_t *place, const float *w,
                const uint8_t *number, float *y);
    /* dw[number[k] n + c] += x[place[k] + c] dy[c] for each k */
    void (*add)(int64_t n, int count, const float *x, const int64_t *place, const float *dy,
                const uint8_t *number, float *dw);
} depthwise_table;

ISA_DECLARE(depthwise_table, depthwise);

#endif
