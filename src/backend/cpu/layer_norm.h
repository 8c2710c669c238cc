/* Loops of layer and root-mean-square normalisation over one row of K numbers, in float32. The
 * latter is the former with the mean taken as 0, and no beta. */
#ifndef BACKEND_CPU_LAYER_NORM_H
#define BACKEND_CPU_LAYER_NORM_H

#include "base/isa.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct layer_norm_table {
    /* y = gamma (x - mean) r + beta; beta may be NULL. */
    void (*forward)(int64_t k, bool centre, float epsilon, const float *x, const float *gamma,
                    const float *beta, float *y);
    /* dx of the row; its parts are added to dgamma, and to dbeta unless it is NULL. dx may be x or
     * dy. */
    void (*backward)(int64_t k, bool centre, float epsilon, const float *dy, const float *x,
                     const float *gamma, float *dx, float *dgamma, float *dbeta);
} layer_norm_table;

ISA_DECLARE(layer_norm_table, layer_norms);

#endif
