/* Geometry that the pooling kernels share: see pool.h. */
#include "backend/cpu/pool.h"

window pool_window_of(const pool2d_attrs *a, const shape *x) {
    window g;
    pool2d_window(a, x, &g);
    if (g.channels_first)
        g.batch *= g.channels, g.channels = g.filters = 1, g.channels_first = false;
    return g;
}

int pool_places(const window *g, int64_t i, int64_t j, int64_t *place, uint8_t *number) {
    int count = 0;
    for (int64_t p = 0; p < g->kernel[0]; p++)
        for (int64_t q = 0; q < g->kernel[1]; q++) {
            int64_t h = i * g->strides[0] - g->before[0] + p;
            int64_t w = j * g->strides[1] - g->before[1] + q;
            if (h < 0 || h >= g->in[0] || w < 0 || w >= g->in[1]) continue;
            place[count] = (h * g->in[1] + w) * g->channels;
            number[count++] = (uint8_t)(p * g->kernel[1] + q);
        }
    return count;
}
