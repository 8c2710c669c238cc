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

/* ---- picking ---- */
/* Slices of x along the axis in the order of indices (any integers, any shape, negative ones count
 * from the end). Out of range: an error where the values are known, zeros in a compiled plan.
 * Its gradient adds up equal indices. Source: numpy.take. */
mica_tensor *mica_gather(mica_tensor *x, mica_tensor *indices, int64_t axis);

MICA_API_END

#endif
