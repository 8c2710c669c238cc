/* A first convolution with what follows it: 3x3, stride 1, on images of few channels, bias, ReLU,
 * and 2x2 max pooling in one pass over the image. Its result is four times the pooled one and the
 * largest array of a small network; here it never leaves the registers, and its gradient is never
 * spread out: of every window one place alone has one. */
#ifndef BACKEND_CPU_CONV_POOL_H
#define BACKEND_CPU_CONV_POOL_H

#include "backend/cpu/blocks.h"
#include "backend/kernel.h"
#include "base/isa.h"
#include "op/conv_pool.h"

#define CONV_POOL_CHANNELS 4 /* at most */

enum { CONV_POOL_NONE, CONV_POOL_RELU };

/* A padded image is [channel][row][column], rows `width` apart, channels `plane` apart. */
typedef struct conv_pool_table {
    int lanes;
    /* One row of pooled results from its 4 rows of the padded image; w (3, 3, C, F); y, index (n,
     * F); index and bias may be NULL. y and dp are float32 or bfloat16 (half). */
    void (*forward)(const float *image, int64_t width, int64_t plane, int64_t channels, int64_t n,
                    int64_t filters, const float *w, const float *bias, int activation, void *y,
                    bool half, uint8_t *index);
    /* Adds one row's part to dw (9, F) of one channel. choices: n * 36 floats to work in. */
    void (*backward)(const float *image, int64_t width, int64_t n, int64_t filters, const void *dp,
                     bool half, const uint8_t *index, float *choices, float *dw);
} conv_pool_table;

ISA_DECLARE(conv_pool_table, conv_pools);

typedef struct conv_pool_state {
    const conv_pool_table *table;
    const block_table *blocks; /* bfloat16 to float32 and back */
    window conv, pool;
    bool half;             /* bfloat16 in memory */
    int64_t height, width; /* of a padded image */
    int activation;
    int64_t images, pieces; /* of a piece */
    int64_t parts;          /* forward: of few images, an image's rows are cut */
    size_t piece_floats;    /* of scratch */
} conv_pool_state;

/* Numbers of the weights. */
static inline int64_t conv_pool_weights(const conv_pool_state *s) {
    return 9 * s->conv.channels * s->conv.filters;
}
/* Whether this convolution and pooling are such. */
bool conv_pool_supports(const kernel_spec *s, const shape *x, const shape *w);
conv_pool_state *conv_pool_new(const kernel_spec *s, const shape *x, const shape *w,
                               int64_t pieces);
/* Image b, padded, as float32 at `to`. */
void conv_pool_pad(const conv_pool_state *s, const void *x, int64_t b, float *to);

#endif
