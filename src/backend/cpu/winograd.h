/* Winograd's convolution F(m x m, 3x3): 3x3 weights, stride 1, channels last, forward and backward.
 *
 * A tile of m x m results needs (m+2) x (m+2) pixels d, its places, and as many multiplications a
 * channel instead of 9 m m: with m = 4, 36 instead of 144:
 *     y = A^T [ (G w G^T) * (B^T d B) ] A
 * where * is, for each place, a matrix product over the channels. The gradients are the same steps
 * backwards: dd = B [ (G w G^T) * (A dy A^T) ] B^T, added where tiles overlap, and
 * dw = G^T [ sum over tiles of (B^T d B) * (A dy A^T) ] G. The matrices: winograd_lines.h.
 *
 * m is 3, 4 or, of bfloat16, 5 or 6, whichever costs least: large tiles multiply less for each
 * result, small ones fit better. Relative to the largest result the error is about 5e-7, 8e-7, 3e-6
 * and 5e-6 (the sum of 32 channels; m = 4 with the usual points 0, ±1, ±2 would have 3e-6).
 *
 * Sums and products are float32, though a processor may multiply bfloat16 twice as fast: places
 * rounded to bfloat16 would cost 0.4, 0.6, 1.2 and 4.7 % of a typical result with m = 2, 3, 4, 6
 * (the sum of 32 channels; rounding the result itself costs 0.16 %), and those sizes whose error
 * could be borne save nothing beside m = 6 in float32.
 *
 * Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015. */
#ifndef BACKEND_CPU_WINOGRAD_H
#define BACKEND_CPU_WINOGRAD_H

#include "backend/cpu/blocks.h"
#include "backend/kernel.h"
#include "base/isa.h"
#include "op/window.h"

#include <stdatomic.h>

#define WINOGRAD_TILES 4        /* sizes */
#define WINOGRAD_LARGE 2        /* the last ones: of bfloat16 alone */
#define WINOGRAD_MOST_PLACES 64 /* of the largest */

enum { WINOGRAD_NONE, WINOGRAD_RELU, WINOGRAD_RELU6 };

/* The transforms of one size of tile: its pixels (row by row) begin at the given places in memory,
 * float32 or bfloat16 (half); place i is at v[i stride + c], float32 always; channels are a
 * multiple of `lanes`. */
typedef struct winograd_tile {
    int out, side, places; /* results along an axis; pixels; side x side */
    /* pixels to places, and back: added to dx */
    void (*input)(const void *const *x, bool half, int64_t channels, float *v, int64_t stride);
    void (*input_back)(const float *v, int64_t stride, int64_t channels, float *const *dx);
    /* places to results, and back */
    void (*output)(const float *m, int64_t stride, int64_t channels, const float *bias,
                   int activation, void *const *y, bool half);
    void (*output_back)(const void *const *dy, bool half, int64_t channels, float *m,
                        int64_t stride);
    /* n weights (any, side by side) of each of the 9 taps to places; and back, from the sum of
     * `slices`, each `slice` floats after the other, which the first one takes */
    void (*weights)(const float *w, int64_t w_stride, int64_t n, float *u, int64_t u_stride);
    void (*weights_back)(float *u, int64_t slices, int64_t slice, int64_t u_stride, int64_t n,
                         float *w, int64_t w_stride);
} winograd_tile;

typedef struct winograd_table {
    int lanes, rows; /* floats of a vector; rows of a register block of product */
    const winograd_tile *tile[WINOGRAD_TILES]; /* by size */
    /* c (rows x columns) = a (rows x depth) b (depth x columns) */
    void (*product)(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t lda,
                    const float *b, int64_t ldb, float *c, int64_t ldc);
    /* c = or += a^T b, a (depth x rows) */
    void (*product_transposed)(int64_t rows, int64_t columns, int64_t depth, const float *a,
                               int64_t lda, const float *b, int64_t ldb, float *c, int64_t ldc,
                               bool add);
} winograd_table;

ISA_DECLARE(winograd_table, winograd);

/* What the three kernels' states have in common. */
typedef struct winograd_state {
    const winograd_table *table;
    const winograd_tile *tile;
    const block_table *blocks; /* bfloat16 to float32 and back */
    window g;
    int64_t tiles_high, tiles_wide, tiles; /* of an image: high x wide; of the batch */
    int64_t block;                         /* tiles that go through the steps together */
    int64_t widest;                        /* the larger number of channels */
    int64_t v_stride, m_stride;            /* between places, for x's and for y's channels */
    int slots;                             /* scratch for so many threads */
    size_t image_floats;                   /* of a slot: sums of images, where memory is bfloat16 */
    size_t slot_floats, weights_floats;
    int activation;
    bool half;              /* bfloat16 in memory */
    bool packed;            /* the weights come as places */
    int64_t parts;          /* forward: filters are split into so many pieces */
    int64_t images, slices; /* gradients: of a piece; weight gradient: how many */
} winograd_state;

/* Places in the scratch of one thread at a time. */
typedef struct winograd_slots {
    int count;   /* as many as the team has threads */
    float *more; /* those beyond the scratch, which the plan has for the context's threads */
    atomic_flag taken[];
} winograd_slots;

typedef struct winograd_buffers {
    float *v, *m;  /* places */
    float *zeros;  /* what is read outside of an image */
    float *waste;  /* where is written what falls outside */
    float *images; /* image_floats */
} winograd_buffers;

/* Whether this convolution is one, and it pays; packed: the weights come as places. */
bool winograd_supports(const kernel_spec *s, const window *g, bool packed);
winograd_state *winograd_new(const kernel_spec *s, const window *g, bool packed);
void *winograd_bind(const kernel_plan *p, int threads);
void winograd_unbind(void *run_state);
/* Bytes of scratch: the slots, weights as places and, of bfloat16, as float32. */
size_t winograd_scratch(const winograd_state *w, size_t weights_floats);
/* Weights as places, which the planner keeps where they do not change; and the reorder of this
 * room's backends: from row-major weights to that. */
void winograd_layout(const winograd_state *w, layout *out);
mica_status winograd_reorder(const operand *what, const layout *from, const void *in,
                             const layout *to, void *out, team *team, mica_error *err);
/* Takes a slot of the scratch (and its buffers), gives it back. */
int winograd_take(const kernel_call *c, winograd_buffers *b);
void winograd_give(const kernel_call *c, int slot);

/* The scratch behind the slots, and bringing weights to places: n contiguous weights of each of 9
 * taps, n = channels * filters. */
float *winograd_behind_slots(const kernel_call *c);
void winograd_transform_weights(const kernel_call *c, const float *w, float *u);
/* n weights in memory as float32: themselves, or written to `to`. */
const float *winograd_floats(const winograd_state *s, const void *w, int64_t n, float *to);

/* Where the pixels of tile t of the batch are: side x side of x, out x out of y, whose elements
 * have `size` bytes. Those outside of the image are at `outside`. */
void winograd_pixels(const winograd_state *s, const void *x, size_t size, int64_t t,
                     const void *outside, const void **at);
void winograd_results(const winograd_state *s, const void *y, size_t size, int64_t t,
                      const void *outside, const void **at);
static inline size_t winograd_size(const winograd_state *s) { return s->half ? 2 : 4; }

#endif
