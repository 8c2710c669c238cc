/* Rows of layer normalisation: see layer_norm.h. */
#include "backend/cpu/layer_norm.h"

#include "backend/cpu/simd.h"

#include <math.h>
#include <stddef.h>

/* The mean (0 unless `centre`) and 1 / sqrt(mean((x - mean)^2) + epsilon) of a row. */
static float row_moments(int64_t k, bool centre, float epsilon, const float *x, float *mean) {
    float sum = 0, square;
    if (centre) STRANDS_SUM(k, sum, x[j]);
    float m = sum / (float)k;
    STRANDS_SUM(k, square, (x[j] - m) * (x[j] - m));
    *mean = m;
    return 1.0f / sqrtf(square / (float)k + epsilon);
}

static void row_forward(int64_t k, bool centre, float epsilon, const float *x, const float *gamma,
                        const float *beta, float *y) {
    float m, r = row_moments(k, centre, epsilon, x, &m);
    if (beta)
        for (int64_t i = 0; i < k; i++) y[i] = (x[i] - m) * r * gamma[i] + beta[i];
    else
        for (int64_t i = 0; i < k; i++) y[i] = (x[i] - m) * r * gamma[i];
}

static void row_backward(int64_t k, bool centre, float epsilon, const float *dy, const float *x,
                         const float *gamma, float *dx, float *restrict dgamma,
                         float *restrict dbeta) {
    float m, r = row_moments(k, centre, epsilon, x, &m), across = 0, along;
    if (centre) STRANDS_SUM(k, across, dy[j] * gamma[j]);
    STRANDS_SUM(k, along, dy[j] * gamma[j] * (x[j] - m));
    across /= (float)k, along *= r * r / (float)k;
    for (int64_t i = 0; i < k; i++) dgamma[i] += dy[i] * (x[i] - m) * r;
    if (dbeta)
        for (int64_t i = 0; i < k; i++) dbeta[i] += dy[i];
    for (int64_t i = 0; i < k; i++) dx[i] = r * (gamma[i] * dy[i] - across - (x[i] - m) * along);
}

extern const layer_norm_table SIMD_NAME(layer_norms);
const layer_norm_table SIMD_NAME(layer_norms) = {.forward = row_forward, .backward = row_backward};
