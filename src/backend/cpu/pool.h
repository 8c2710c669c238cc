/* Loops of pooling over the channels of windows. */
#ifndef BACKEND_CPU_POOL_H
#define BACKEND_CPU_POOL_H

#include "base/isa.h"
#include "op/window.h"

#include <stdbool.h>
#include <stdint.h>

/* Windows side by side: window w begins at x + w * step, and place[k] elements from there stands
 * its k-th vector of n channels, which has number[k] in the whole window. */
typedef struct pool_row {
    int64_t windows, step, n;
    int count;
    const int64_t *place;
    const uint8_t *number;
} pool_row;

typedef struct pool_table {
    /* The greatest of each window, NaN before all, and where it stands (index may be NULL), of
     * float32 or bfloat16 (half). */
    void (*max)(const pool_row *r, bool half, const void *x, void *y, uint8_t *index);
    /* dx = dy where index says so, else 0; add: dx += that, of float32 alone. */
    void (*spread)(const pool_row *r, bool half, const void *dy, const uint8_t *index, void *dx,
                   bool add);
    /* y = factor * sum of the vectors; and dx += factor * dy. */
    void (*average)(int64_t n, int count, const float *x, const int64_t *place, float factor,
                    float *y);
    void (*add_scaled)(int64_t n, float factor, const float *dy, float *dx);
} pool_table;

ISA_DECLARE(pool_table, pools);

#define LARGEST_WINDOW 256

/* The window's numbers with channels-first images as images of one channel. */
window pool_window_of(const pool_attrs *a, const shape *x);
/* The places of the window at `at` of y that lie in the image: offsets in it, and their numbers. */
int pool_places(const window *g, const int64_t at[3], int64_t *place, uint8_t *number);
/* The windows of row `row` of all output rows (B * OD * OH) that begin at its column j, as many as
 * lie alike: all that lie whole within the width, or one. */
typedef struct pool_alike {
    pool_row row;
    int64_t place[LARGEST_WINDOW];
    uint8_t number[LARGEST_WINDOW];
} pool_alike;

void pool_find_alike(const window *g, int64_t row, int64_t j, pool_alike *a);
/* Whether a window has at most LARGEST_WINDOW places. */
bool pool_window_fits(const pool_attrs *a);

#endif
