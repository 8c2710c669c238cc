/* Windows that slide over images: attributes and geometry of convolution and pooling.
 * Output extent along one axis, with kernel k, dilation d, stride s, k' = (k - 1) d + 1:
 *   valid     floor((n - k') / s) + 1
 *   same      ceil(n / s); padded by max((out - 1) s + k' - n, 0), the odd one at bottom and right
 *   explicit  floor((n + before + after - k') / s) + 1
 * Source: keras.layers.Conv2D on TensorFlow; ONNX Conv. */
#ifndef OP_WINDOW_H
#define OP_WINDOW_H

#include "mica/nn.h"
#include "op/array.h"

/* conv2d, conv2d_backward_data, conv2d_backward_weights. Axes are height, width. */
typedef struct conv2d_attrs {
    int64_t strides[2], dilations[2]; /* at least 1 */
    int64_t groups;                   /* at least 1 */
    int64_t padding;                  /* a mica_padding */
    int64_t pads[4];                  /* explicit: top, left, bottom, right; else 0 */
    int64_t layout;     /* of images: a mica_layout; weights are always (KH, KW, C/groups, F) */
    int64_t activation; /* conv2d: an epilogue; else 0 */
    int64_t output_extra[2]; /* conv2d_backward_data without `like`: out = in * stride + extra */
} conv2d_attrs;

/* max_pool2d, avg_pool2d and their gradients. */
typedef struct pool2d_attrs {
    int64_t pool[2], strides[2]; /* at least 1 */
    int64_t padding;
    int64_t pads[4];
    int64_t layout;
    int64_t
        count_padding; /* avg_pool2d: 1 where padding counts as zeros (ONNX count_include_pad) */
} pool2d_attrs;

extern const field conv2d_fields[], pool2d_fields[];

/* Concrete numbers of one call; x is the wide side (B, H, W, C), y the narrow one (B, OH, OW, F);
 * for pooling F = C and groups = 1. */
typedef struct window {
    int64_t batch, in[2], channels, out[2], filters, groups;
    int64_t kernel[2], strides[2], dilations[2];
    int64_t before[2], after[2]; /* padding: top, left; bottom, right */
    bool channels_first;
} window;

/* From concrete shapes that the shape rule has checked. w (KH, KW, C/groups, F). */
void conv2d_window(const conv2d_attrs *a, const shape *x, const shape *w, window *out);
void pool2d_window(const pool2d_attrs *a, const shape *x, window *out);

/* The output extent along axis 0 or 1 (may be below 1: does not fit), -1 for an unknown n. */
int64_t window_extent(int64_t n, int64_t kernel, int64_t stride, int64_t dilation, int64_t padding,
                      int64_t before, int64_t after);
/* Where height, width and channels stand in an image shape. */
static inline int height_axis(int64_t layout) { return layout == MICA_CHANNELS_FIRST ? 2 : 1; }
static inline int channel_axis(int64_t layout) { return layout == MICA_CHANNELS_FIRST ? 1 : 3; }

/* From public options (NULL: all defaults). */
conv2d_attrs conv2d_attrs_of(const mica_window_options *o);
pool2d_attrs pool2d_attrs_of(const mica_window_options *o);

/* Checks that conv2d_attrs, x and w belong together; fills y. */
mica_status conv2d_result(shape_frame *f, const shape *x, const shape *w, shape *y);
mica_status pool2d_result(shape_frame *f, const shape *x, shape *y);
/* The dtype of the index, and the rule of the ops that use it (dy -1: out has the shape of y). */
mica_dtype max_pool2d_index_dtype(const pool2d_attrs *a);
mica_status max_pool2d_shapes(shape_frame *f, int x, int index, int dy);

/* How many elements the mean of window (i, j) is taken over. */
int64_t avg_pool2d_count(const window *g, int64_t i, int64_t j, bool count_padding);

/* The number of element (b, h, w, c) of an image with those extents. */
static inline int64_t image_at(const window *g, const int64_t extent[2], int64_t channels,
                               int64_t b, int64_t h, int64_t w, int64_t c) {
    return g->channels_first ? ((b * channels + c) * extent[0] + h) * extent[1] + w
                             : ((b * extent[0] + h) * extent[1] + w) * channels + c;
}

/* Cases for the battery: attributes, x (and w); false after the last. */
bool conv2d_case(int number, conv2d_attrs *a, shape *x, shape *w, shape *y);
bool pool2d_case(int number, pool2d_attrs *a, shape *x, shape *y);

#endif
