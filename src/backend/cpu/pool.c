/* Geometry that the pooling kernels share: see pool.h. */
#include "backend/cpu/pool.h"

window pool_window_of(const pool_attrs *a, const shape *x) {
    window g;
    pool_window(a, x, &g);
    if (g.channels_first)
        g.batch *= g.channels, g.channels = g.filters = 1, g.channels_first = false;
    return g;
}

int pool_places(const window *g, const int64_t at[3], int64_t *place, uint8_t *number) {
    int64_t p[MAX_RANK] = {0}, from[3];
    const shape places = window_places(g);
    int count = 0;
    for (int64_t k = 0, n = shape_size(&places); k < n; k++, next_index(&places, p)) {
        if (!window_reads(g, at, p, from)) continue;
        place[count] = image_at(g, g->in, g->channels, 0, from, 0);
        number[count++] = (uint8_t)k;
    }
    return count;
}

void pool_find_alike(const window *g, int64_t row, int64_t j, pool_alike *a) {
    const int64_t at[3] = {row / g->out[1] % g->out[0], row % g->out[1], j};
    int64_t reach = (g->kernel[2] - 1) * g->dilations[2] + 1;
    int64_t left = j * g->strides[2] - g->before[2], whole = 1;
    if (left >= 0 && left + reach <= g->in[2])
        whole = (g->in[2] - reach + g->before[2]) / g->strides[2] + 1 - j;
    if (whole > g->out[2] - j) whole = g->out[2] - j;
    a->row = (pool_row){.windows = whole,
                        .step = g->strides[2] * g->channels,
                        .n = g->channels,
                        .place = a->place,
                        .number = a->number};
    a->row.count = pool_places(g, at, a->place, a->number);
}

bool pool_window_fits(const pool_attrs *a) {
    int64_t places = 1;
    for (int i = 0; i < WINDOW_AXES && places <= LARGEST_WINDOW; i++) places *= a->pool[i];
    return places <= LARGEST_WINDOW;
}
