/* Windows that slide over images: attributes and geometry of convolution and pooling.
 * Images have one to three axes of space: x (B, W, C), (B, H, W, C) or (B, D, H, W, C), channels
 * last or first. Everything here counts three of them, depth, height, width: those that an image
 * does not have are of extent 1. Output extent along one axis, with kernel k, dilation d, stride s,
 * k' = (k - 1) d + 1:
 *   valid     floor((n - k') / s) + 1
 *   same      ceil(n / s); padded by max((out - 1) s + k' - n, 0), the odd one at the end
 *   explicit  floor((n + before + after - k') / s) + 1
 * Source: keras.layers.Conv1D to Conv3D on TensorFlow; ONNX Conv. */
#ifndef OP_WINDOW_H
#define OP_WINDOW_H

#include "mica/nn.h"
#include "op/array.h"

#define WINDOW_AXES 3

/* conv, conv_backward_data, conv_backward_weights. */
typedef struct conv_attrs {
    int64_t strides[3], dilations[3]; /* at least 1 */
    int64_t groups;                   /* at least 1 */
    int64_t padding;                  /* a mica_padding */
    int64_t pads[6];                  /* explicit: front, top, left, back, bottom, right; else 0 */
    int64_t layout;          /* of images: a mica_layout; weights are always (…, C/groups, F) */
    int64_t activation;      /* conv: an epilogue; else 0 */
    int64_t output_extra[3]; /* conv_backward_data without `like`: out = in * stride + extra */
    int64_t unread[3]; /* so many last places of y are left out along each axis: plan/crop.c */
} conv_attrs;

/* max_pool, avg_pool and their gradients. */
typedef struct pool_attrs {
    int64_t pool[3], strides[3]; /* at least 1 */
    int64_t padding;
    int64_t pads[6];
    int64_t layout;
    int64_t count_padding; /* avg_pool: 1 where padding counts as zeros (ONNX count_include_pad) */
} pool_attrs;

extern const field conv_fields[], pool_fields[];

/* Concrete numbers of one call; x is the wide side (B, D, H, W, C), y the narrow one (B, OD, OH,
 * OW, F); for pooling F = C and groups = 1. */
typedef struct window {
    int axes; /* of space, that the images have: the last ones of each array */
    int64_t batch, in[3], channels, out[3], filters, groups;
    int64_t kernel[3], strides[3], dilations[3];
    int64_t before[3], after[3]; /* padding */
    bool channels_first;
} window;

/* From concrete shapes that the shape rule has checked. w (…, C/groups, F). */
void conv_window(const conv_attrs *a, const shape *x, const shape *w, window *out);
void pool_window(const pool_attrs *a, const shape *x, window *out);
/* Whether windows share pixels. */
bool pool_overlaps(const pool_attrs *a);

/* The output extent along one axis (may be below 1: does not fit), -1 for an unknown n. */
int64_t window_extent(int64_t n, int64_t kernel, int64_t stride, int64_t dilation, int64_t padding,
                      int64_t before, int64_t after);
/* Where space begins in an image's shape, and where its channels stand. */
static inline int space_axis(int64_t layout) { return layout == MICA_CHANNELS_FIRST ? 2 : 1; }
static inline int channel_axis(int64_t layout, int rank) {
    return layout == MICA_CHANNELS_FIRST ? 1 : rank - 1;
}

/* What a caller gave (NULL: nothing) over the defaults; an error of its size is left in the
 * context.
 */
mica_window_options window_given(mica_context *ctx, const mica_window_options *given,
                                 const char *what);
/* From public options, for images with so many axes of space. */
conv_attrs conv_attrs_of(const mica_window_options *o, int axes);
pool_attrs pool_attrs_of(const mica_window_options *o, int axes);

/* Checks that conv_attrs, x and w belong together; fills y. */
mica_status conv_result(shape_frame *f, const shape *x, const shape *w, shape *y);
mica_status pool_result(shape_frame *f, const shape *x, shape *y);
/* That the rank is one of an image with one to three axes of space. */
mica_status require_image(shape_frame *f, const shape *x);
/* The dtype of the index, and the rule of the ops that use it (dy -1: out has the shape of y). */
mica_dtype max_pool_index_dtype(const pool_attrs *a);
mica_status max_pool_shapes(shape_frame *f, int x, int index, int dy);

/* How many elements the mean of the window at a place of y is taken over. */
int64_t avg_pool_count(const window *g, const int64_t at[3], bool count_padding);

/* All elements of an image of that extent: (B, D, H, W, channels); the places of the window. */
static inline shape window_image(const window *g, const int64_t extent[3], int64_t channels) {
    return (shape){5, {g->batch, extent[0], extent[1], extent[2], channels}};
}
static inline shape window_places(const window *g) {
    return (shape){3, {g->kernel[0], g->kernel[1], g->kernel[2]}};
}
static inline int64_t space_of(const int64_t extent[3]) {
    return extent[0] * extent[1] * extent[2];
}

/* The number of the element of channel c at a place of image b, of that extent. */
static inline int64_t image_at(const window *g, const int64_t extent[3], int64_t channels,
                               int64_t b, const int64_t at[3], int64_t c) {
    int64_t space = space_of(extent), place = (at[0] * extent[1] + at[1]) * extent[2] + at[2];
    return g->channels_first ? (b * channels + c) * space + place
                             : (b * space + place) * channels + c;
}

/* Where the window at `at` of y has its place p in x; false in the padding. */
static inline bool window_reads(const window *g, const int64_t at[3], const int64_t p[3],
                                int64_t from[3]) {
    bool inside = true;
    for (int i = 0; i < WINDOW_AXES; i++) {
        from[i] = at[i] * g->strides[i] - g->before[i] + p[i] * g->dilations[i];
        inside &= from[i] >= 0 && from[i] < g->in[i];
    }
    return inside;
}

/* Which window of y has `from` of x as its place p; false where none has. */
static inline bool window_reading(const window *g, const int64_t from[3], const int64_t p[3],
                                  int64_t at[3]) {
    bool is_one = true;
    for (int i = 0; i < WINDOW_AXES; i++) {
        int64_t first = from[i] + g->before[i] - p[i] * g->dilations[i];
        at[i] = first / g->strides[i];
        is_one &= first >= 0 && first % g->strides[i] == 0 && at[i] < g->out[i];
    }
    return is_one;
}

/* Cases for the battery: attributes, x (and w); false after the last. */
bool conv_case(int number, conv_attrs *a, shape *x, shape *w, shape *y);
bool pool_case(int number, pool_attrs *a, shape *x, shape *y);

#endif
