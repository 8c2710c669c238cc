/* Rows of classes: see rows.h. */
#include "backend/cpu/rows.h"

#include "backend/cpu/vmath.h"

static float greatest(int64_t k, const float *x) {
    float most = x[0];
    if (k >= LANES) {
        vector v = vector_load(x);
        int64_t i = LANES;
        for (; i + LANES <= k; i += LANES)
            for (int lane = 0; lane < LANES; lane++) {
                float each = x[i + lane];
                v[lane] = each > v[lane] ? each : v[lane];
            }
        for (int lane = 0; lane < LANES; lane++) most = v[lane] > most ? v[lane] : most;
        for (; i < k; i++) most = x[i] > most ? x[i] : most;
        return most;
    }
    for (int64_t i = 1; i < k; i++) most = x[i] > most ? x[i] : most;
    return most;
}

static float row_softmax(int64_t k, const float *x, float *y) {
    float most = greatest(k, x), sum;
    for (int64_t i = 0; i < k; i++) y[i] = v_exp(x[i] - most);
    STRANDS_SUM(k, sum, y[j]);
    float inverse = 1.0f / sum;
    for (int64_t i = 0; i < k; i++) y[i] *= inverse;
    return most + v_log(sum);
}

static void row_log_softmax(int64_t k, const float *x, float *y) {
    float most = greatest(k, x), sum;
    STRANDS_SUM(k, sum, v_exp(x[j] - most));
    float log_sum = v_log(sum);
    for (int64_t i = 0; i < k; i++) y[i] = x[i] - most - log_sum;
}

static void row_softmax_grad(int64_t k, const float *dy, const float *y, float *dx) {
    float sum;
    STRANDS_SUM(k, sum, dy[j] * y[j]);
    for (int64_t i = 0; i < k; i++) dx[i] = y[i] * (dy[i] - sum);
}

static float row_cross_entropy(int64_t k, const float *z, const float *t, float log_sum) {
    float sum;
    STRANDS_SUM(k, sum, t[j] == 0 ? 0.0f : t[j] * (log_sum - z[j]));
    return sum;
}

static void row_cross_entropy_grad(int64_t k, float dy, const float *p, const float *t, float *dz) {
    float sum;
    STRANDS_SUM(k, sum, t[j]);
    for (int64_t i = 0; i < k; i++) dz[i] = dy * (p[i] * sum - t[i]);
}

static void row_scale(int64_t k, float factor, const float *x, float *y) {
    for (int64_t i = 0; i < k; i++) y[i] = factor * x[i];
}

/* The first greatest one; NaN before all. */
static int64_t row_argmax(int64_t k, const float *x) {
    int64_t best = 0;
    float most = x[0];
    for (int64_t i = 1; i < k && most == most; i++)
        if (x[i] > most || x[i] != x[i]) most = x[i], best = i;
    return best;
}

static int64_t row_argmin(int64_t k, const float *x) {
    int64_t best = 0;
    float least = x[0];
    for (int64_t i = 1; i < k && least == least; i++)
        if (x[i] < least || x[i] != x[i]) least = x[i], best = i;
    return best;
}

extern const row_table SIMD_NAME(rows);
const row_table SIMD_NAME(rows) = {.softmax = row_softmax,
                                   .log_softmax = row_log_softmax,
                                   .softmax_grad = row_softmax_grad,
                                   .cross_entropy = row_cross_entropy,
                                   .cross_entropy_grad = row_cross_entropy_grad,
                                   .scale = row_scale,
                                   .argmax = row_argmax,
                                   .argmin = row_argmin};
