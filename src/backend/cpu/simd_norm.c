/* Batch normalisation: see norm.h. */
#include "backend/cpu/norm.h"

#include "backend/cpu/simd.h"

#include <stddef.h>

static void sums_last(int64_t rows, int64_t n, const float *restrict x, const float *restrict mean,
                      const float *dy, float *restrict sum, float *restrict square) {
    for (int64_t r = 0; r < rows; r++, x += n) {
        if (dy) {
            for (int64_t c = 0; c < n; c++) {
                sum[c] += dy[c];
                square[c] += dy[c] * (x[c] - mean[c]);
            }
            dy += n;
        } else if (mean) {
            for (int64_t c = 0; c < n; c++) square[c] += (x[c] - mean[c]) * (x[c] - mean[c]);
        } else {
            for (int64_t c = 0; c < n; c++) sum[c] += x[c];
        }
    }
}

static void norm_sums(int64_t rows, int64_t channels, int64_t s, const float *x, const float *mean,
                      const float *dy, float *sum, float *square) {
    if (s == 1) {
        sums_last(rows, channels, x, mean, dy, sum, square);
        return;
    }
    for (int64_t i = 0; i < rows * channels; i++, x += s) {
        int64_t c = i % channels;
        float m = mean ? mean[c] : 0, lanes[2][LANES] = {{0}};
        for (int64_t k = 0; k < s; k += LANES)
            for (int64_t lane = 0; lane < LANES && lane < s - k; lane++) {
                float d = dy ? dy[k + lane] : x[k + lane], centred = x[k + lane] - m;
                lanes[0][lane] += d;
                lanes[1][lane] += (dy ? d : centred) * centred;
            }
        if (dy) dy += s;
        for (int lane = 0; lane < LANES; lane++) {
            if (!mean || dy) sum[c] += lanes[0][lane];
            if (mean) square[c] += lanes[1][lane];
        }
    }
}

static void norm_apply(int64_t rows, int64_t channels, int64_t s, const float *x, const float *dy,
                       const float *mean, const float *scale, const float *shift,
                       const float *slope, float *y) {
    if (s == 1) {
        for (int64_t r = 0; r < rows; r++, x += channels, y += channels) {
            if (dy) {
                for (int64_t c = 0; c < channels; c++)
                    y[c] = scale[c] * (dy[c] - shift[c] - (x[c] - mean[c]) * slope[c]);
                dy += channels;
            } else {
                for (int64_t c = 0; c < channels; c++)
                    y[c] = (x[c] - mean[c]) * scale[c] + shift[c];
            }
        }
        return;
    }
    for (int64_t i = 0; i < rows * channels; i++, x += s, y += s) {
        int64_t c = i % channels;
        float m = mean[c], a = scale[c], b = shift[c];
        if (dy) {
            for (int64_t k = 0; k < s; k++) y[k] = a * (dy[k] - b - (x[k] - m) * slope[c]);
            dy += s;
        } else {
            for (int64_t k = 0; k < s; k++) y[k] = (x[k] - m) * a + b;
        }
    }
}

extern const norm_table SIMD_NAME(norms);
const norm_table SIMD_NAME(norms) = {.sums = norm_sums, .apply = norm_apply};
