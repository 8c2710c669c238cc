/* Columns of classes: see columns.h. */
#include "backend/cpu/columns.h"

#include "backend/cpu/vmath.h"

#include <stddef.h>

static void greatest(int64_t k, int64_t stride, int64_t n, const float *x, float *most) {
    for (int64_t i = 0; i < n; i++) most[i] = x[i];
    for (int64_t j = 1; j < k; j++)
        for (int64_t i = 0; i < n; i++) {
            float v = x[j * stride + i];
            most[i] = v > most[i] ? v : most[i];
        }
}

static void column_softmax(int64_t k, int64_t stride, int64_t n, const float *x, float *y) {
    float most[COLUMNS_AT_ONCE], sum[COLUMNS_AT_ONCE] = {0};
    greatest(k, stride, n, x, most);
    for (int64_t j = 0; j < k; j++)
        for (int64_t i = 0; i < n; i++) {
            float e = v_exp(x[j * stride + i] - most[i]);
            y[j * stride + i] = e;
            sum[i] += e;
        }
    for (int64_t i = 0; i < n; i++) sum[i] = 1.0f / sum[i];
    for (int64_t j = 0; j < k; j++)
        for (int64_t i = 0; i < n; i++) y[j * stride + i] *= sum[i];
}

static void column_log_softmax(int64_t k, int64_t stride, int64_t n, const float *x, float *y) {
    float most[COLUMNS_AT_ONCE], sum[COLUMNS_AT_ONCE] = {0};
    greatest(k, stride, n, x, most);
    for (int64_t j = 0; j < k; j++)
        for (int64_t i = 0; i < n; i++) sum[i] += v_exp(x[j * stride + i] - most[i]);
    for (int64_t i = 0; i < n; i++) sum[i] = v_log(sum[i]);
    for (int64_t j = 0; j < k; j++)
        for (int64_t i = 0; i < n; i++) y[j * stride + i] = x[j * stride + i] - most[i] - sum[i];
}

static void column_softmax_grad(int64_t k, int64_t stride, int64_t n, const float *dy,
                                const float *y, float *dx) {
    float sum[COLUMNS_AT_ONCE] = {0};
    for (int64_t j = 0; j < k; j++)
        for (int64_t i = 0; i < n; i++) sum[i] += dy[j * stride + i] * y[j * stride + i];
    for (int64_t j = 0; j < k; j++)
        for (int64_t i = 0; i < n; i++)
            dx[j * stride + i] = y[j * stride + i] * (dy[j * stride + i] - sum[i]);
}

extern const column_table SIMD_NAME(columns);
const column_table SIMD_NAME(columns) = {.softmax = column_softmax,
                                         .log_softmax = column_log_softmax,
                                         .softmax_grad = column_softmax_grad};
