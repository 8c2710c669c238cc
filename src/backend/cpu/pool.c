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

bool pool_window_fits(const pool_attrs *a) {
    int64_t places = 1;
    for (int i = 0; i < WINDOW_AXES && places <= LARGEST_WINDOW; i++) places *= a->pool[i];
    return places <= LARGEST_WINDOW;
}
