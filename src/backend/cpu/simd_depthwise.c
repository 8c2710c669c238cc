/* Depthwise convolution: see depthwise.h. */
#include "backend/cpu/depthwise.h"

#include "backend/cpu/simd.h"

static void depthwise_sum(int64_t n, int count, const float *x, const int64_t *place,
                          const float *w, const uint8_t *number, float *y) {
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES) {
        vector sum = {0};
        for (int k = 0; k < count; k++)
            sum += vector_load(x + place[k] + c) * vector_load(w + number[k] * n + c);
        vector_store(y + c, sum);
    }
    for (; c < n; c++) {
        float sum = 0;
        for (int k = 0; k < count; k++) sum += x[place[k] + c] * w[number[k] * n + c];
        y[c] = sum;
    }
}

static void depthwise_add(int64_t n, int count, const float *x, const int64_t *place,
                          const float *dy, const uint8_t *number, float *dw) {
    for (int k = 0; k < count; k++) {
        const float *restrict from = x + place[k], *restrict d = dy;
        float *restrict to = dw + number[k] * n;
        for (int64_t c = 0; c < n; c++) to[c] += from[c] * d[c];
    }
}

extern const depthwise_table SIMD_NAME(depthwise);
const depthwise_table SIMD_NAME(depthwise) = {.sum = depthwise_sum, .add = depthwise_add};
