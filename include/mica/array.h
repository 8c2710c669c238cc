/* Operations on arrays: shapes, parts, joining, picking. They take and return handles (tensor.h): a
 * failed call returns poison, and mica_check tells the first error. Any dtype where nothing else is
 * said; axes count from 0, negative ones from the end. */
#ifndef MICA_ARRAY_H
#define MICA_ARRAY_H

#include "mica/math.h"

MICA_API_BEGIN

/* ---- shapes: no element changes ---- */
/* The elements of x, row-major, in another shape of that size. One dim may be -1: what is left. */
mica_tensor *mica_reshape(mica_tensor *x, mica_shape dims);
mica_tensor *mica_reshape_like(mica_tensor *x, mica_tensor *like);
/* x (B, …) as (B, rest), as keras.layers.Flatten. */
mica_tensor *mica_flatten(mica_tensor *x);
/* A new axis of extent 1, which is `axis` of the result. */
mica_tensor *mica_expand_dims(mica_tensor *x, int64_t axis);
/* Drops axes of extent 1; MICA_ALL_AXES: all that are known to be 1. */
mica_tensor *mica_squeeze(mica_tensor *x, mica_axes axes);
/* Axis i of the result is axis perm[i] of x: mica_transpose(x, MICA_AXES(0, 2, 1)). MICA_ALL_AXES
 * reverses the axes. Source: numpy.transpose. */
mica_tensor *mica_transpose(mica_tensor *x, mica_axes perm);
/* x repeated along new leading axes and axes of extent 1, as NumPy; -1 keeps an extent. */
mica_tensor *mica_broadcast_to(mica_tensor *x, mica_shape dims);
mica_tensor *mica_broadcast_like(mica_tensor *x, mica_tensor *like);

/* ---- filling: in the shape and dtype of x ---- */
mica_tensor *mica_fill_like(mica_tensor *x, double value);
mica_tensor *mica_zeros_like(mica_tensor *x);
mica_tensor *mica_ones_like(mica_tensor *x);
/* Positions along the axis: 0, 1, … in the shape of x. */
mica_tensor *mica_iota(mica_tensor *like, int64_t axis, mica_dtype dtype);
/* (…) integers to (…, K): 1 at [..., indices[...]], else 0. Outside 0 … K-1: zeros. */
mica_tensor *mica_one_hot(mica_tensor *indices, int64_t depth, mica_dtype dtype);

/* start, start + step, … below stop (above it where the step is negative). Traced, it is a
 * constant, as linspace and eye. */
mica_tensor *mica_arange(mica_context *ctx, mica_dtype dtype, double start, double stop,
                         double step);
/* n numbers from start to stop, both among them. */
mica_tensor *mica_linspace(mica_context *ctx, mica_dtype dtype, double start, double stop,
                           int64_t n);
/* (rows, columns): 1 on the k-th diagonal (k > 0: above the main one), else 0. */
mica_tensor *mica_eye(mica_context *ctx, mica_dtype dtype, int64_t rows, int64_t columns,
                      int64_t k);
/* x[0] (N), x[1] (M), … each repeated over the grid of all: out[i] is (N, M, …); not ij: (M, N, …).
 * Source: numpy.meshgrid. */
void mica_meshgrid(mica_tensor *const *x, int count, bool ij, mica_tensor **out);

/* ---- joining and dividing ---- */
/* x[0] … x[count - 1] (at least one) one after the other along the axis. All other extents, and the
 * dtypes, must agree. Source: numpy.concatenate. */
mica_tensor *mica_concatenate(mica_tensor *const *x, int count, int64_t axis);
/* The same along a new axis; the shapes must agree. Source: numpy.stack. */
mica_tensor *mica_stack(mica_tensor *const *x, int count, int64_t axis);
/* x in `count` parts (at most 8) of these extents along the axis into out; one size may be -1: what
 * is left. NULL sizes: equal parts. */
void mica_split(mica_tensor *x, int64_t axis, const int64_t *sizes, int count, mica_tensor **out);
/* x repeated repeats[i] times along axis i, one per axis. Source: numpy.tile. */
mica_tensor *mica_tile(mica_tensor *x, const int64_t *repeats, int count);

/* ---- parts ---- */
#define MICA_END INT64_MAX /* to the end, in the direction of the step */
/* Along the first `count` axes x[begin:end:step], as NumPy: negative positions count from the end,
 * what is past an end is cut; the other axes stay whole. NULL begin: 0; end: MICA_END; step: 1. */
mica_tensor *mica_slice(mica_tensor *x, int count, const int64_t *begin, const int64_t *end,
                        const int64_t *step);
typedef enum mica_pad_mode {
    MICA_PAD_CONSTANT,
    MICA_PAD_REFLECT,   /* c b | a b c | b a: less than the extent */
    MICA_PAD_SYMMETRIC, /* b a | a b c | c b: at most the extent */
    MICA_PAD_EDGE,      /* a a | a b c | c c */
} mica_pad_mode;
/* low[i] elements before and high[i] after axis i, for the first `count` axes; `value` is for
 * MICA_PAD_CONSTANT. Source: numpy.pad. */
mica_tensor *mica_pad(mica_tensor *x, int count, const int64_t *low, const int64_t *high,
                      mica_pad_mode mode, double value);

/* ---- moving ---- */
/* In the other direction along the axes. */
mica_tensor *mica_flip(mica_tensor *x, mica_axes axes);
/* Elements moved by `shift` along the axis; what leaves at the end comes in at the start. */
mica_tensor *mica_roll(mica_tensor *x, int64_t shift, int64_t axis);
/* Each element so many times along the axis. Source: numpy.repeat. */
mica_tensor *mica_repeat(mica_tensor *x, int64_t repeats, int64_t axis);
/* Axis `from` becomes axis `to`, the others keep their order; two axes change places. */
mica_tensor *mica_moveaxis(mica_tensor *x, int64_t from, int64_t to);
mica_tensor *mica_swapaxes(mica_tensor *x, int64_t first, int64_t second);
/* The `count` slices of x along the axis, without it. */
void mica_unstack(mica_tensor *x, int64_t axis, int count, mica_tensor **out);

/* ---- picking and placing; indices as of mica_gather ---- */
/* Slices of x along the axis in the order of indices (any integers, any shape, negative ones count
 * from the end). Out of range: an error where the values are known, zeros in a compiled plan.
 * Its gradient adds up equal indices. Source: numpy.take. */
mica_tensor *mica_gather(mica_tensor *x, mica_tensor *indices, int64_t axis);
/* y[…, i, …] = x[…, indices[…, i, …], …] along the axis; indices have x's extents but for the axis.
 * Source: numpy.take_along_axis; ONNX GatherElements. */
mica_tensor *mica_gather_elements(mica_tensor *x, mica_tensor *indices, int64_t axis);
/* y[…] = x[indices[…, 0], …, indices[…, K-1]]: indices (…, K), y (…, rest of x). Source:
 * tf.gather_nd. */
mica_tensor *mica_gather_nd(mica_tensor *x, mica_tensor *indices);

typedef enum mica_scatter_action {
    MICA_SCATTER_SET, /* of equal indices the last one stays */
    MICA_SCATTER_ADD,
} mica_scatter_action;
/* x with updates (like indices) put at, or added to, what mica_gather_elements would pick; what is
 * out of range is left out. Source: numpy.put_along_axis; ONNX ScatterElements. */
mica_tensor *mica_scatter_elements(mica_tensor *x, mica_tensor *indices, mica_tensor *updates,
                                   int64_t axis, mica_scatter_action action);
/* The same for the slices that mica_gather_nd would pick: keras.ops.scatter_update (SET), and of
 * zeros keras.ops.scatter (ADD). */
mica_tensor *mica_scatter_nd(mica_tensor *x, mica_tensor *indices, mica_tensor *updates,
                             mica_scatter_action action);
/* y[s] (count, …) = the sum, the greatest of the rows x[i] (N, …) with ids[i] = s; ids (N)
 * integers, those outside 0 … count - 1 are left out. Of no rows: 0, the dtype's least value.
 * Source: keras.ops.segment_sum. */
mica_tensor *mica_segment_sum(mica_tensor *x, mica_tensor *ids, int64_t count);
mica_tensor *mica_segment_max(mica_tensor *x, mica_tensor *ids, int64_t count);

MICA_API_END

#endif
