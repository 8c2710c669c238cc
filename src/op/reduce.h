/* Reductions over some axes: attributes, shape rule, and the loop of the references. */
#ifndef OP_REDUCE_H
#define OP_REDUCE_H

#include "mica/math.h"
#include "op/op.h"

/* Attributes of sum, mean, max, min, prod, any, all, log_sum_exp, size, expand_like. The public
 * functions make the axes positive and ascending. No axes (count 0): all of them. */
typedef struct reduce_attrs {
    int64_t count;
    int64_t axes[MAX_RANK];
    bool keepdims;
} reduce_attrs;
extern const field reduce_fields[];

/* Attributes of argmax, argmin (keepdims) and softmax, log_softmax (without). */
typedef struct axis_attrs {
    int64_t axis;
    bool keepdims;
} axis_attrs;
extern const field axis_fields[], argmax_fields[];

/* Attributes with the axes resolved against x's rank (what does not fit is left to the shape rule),
 * padding bytes zero. */
reduce_attrs reduce_attrs_of(const mica_tensor *x, mica_axes axes, bool keepdims);
axis_attrs axis_attrs_of(const mica_tensor *x, int64_t axis, bool keepdims);

/* Emits o, whose attributes are a reduce_attrs. */
mica_tensor *emit_reduction(const op *o, mica_tensor *x, mica_axes axes, bool keepdims);

/* True for the axes that are reduced. False: one is out of range or named twice. */
bool mark_axes(const reduce_attrs *attrs, int rank, bool reduced[MAX_RANK]);
/* s without the reduced axes, or with extent 1 there. */
shape reduced_shape(const shape *s, const reduce_attrs *attrs);
/* mark_axes of in 0, with an error that names op, axes and shape. */
mica_status reduced_axes(shape_frame *f, bool reduced[MAX_RANK]);
mica_status shape_of_reduction(shape_frame *f);       /* out of in 0's dtype */
mica_status shape_of_float_reduction(shape_frame *f); /* the same, floats only */
mica_status shape_of_expansion(shape_frame *f);       /* in 0 a reduction of in 1: in 1's shape */
mica_status shape_of_argument(shape_frame *f);        /* axis_attrs, out int64 */
mica_status shape_of_softmax(shape_frame *f);         /* axis_attrs, floats, out = in 0 */
/* The shape of an input is `expected`; `like` says in errors where that comes from. */
mica_status require_fits(shape_frame *f, int input, const shape *expected, const char *like);

/* Broadcasts g, a reduction of x with these attributes, back to x's shape: the gradient of sum. */
mica_tensor *expand_like(mica_tensor *g, mica_tensor *x, const reduce_attrs *attrs);
/* The gradient of max and min: dy in equal parts to the elements of x that equal y. */
mica_tensor *share_among_equals(mica_tensor *x, mica_tensor *y, mica_tensor *dy,
                                const reduce_attrs *attrs);

/* ---- loops of the references ---- */

/* The elements of x that make one element of a reduction. */
typedef struct reduce_span {
    const void *data; /* of x */
    mica_dtype dtype;
    int rank;
    int64_t start, count, dims[MAX_RANK], strides[MAX_RANK]; /* in elements */
} reduce_span;

/* All spans of x: number i is that of the reduction's element i. */
typedef struct reduce_walk {
    reduce_span span;
    int rank;
    int64_t count, dims[MAX_RANK], strides[MAX_RANK];
} reduce_walk;

reduce_walk walk_axes(const operand *x, const void *data, const bool reduced[MAX_RANK]);
reduce_walk walk_axis(const operand *x, const void *data, const axis_attrs *attrs);
reduce_span walk_at(const reduce_walk *w, int64_t i);
/* Element k of a span: its number in x, its value, its exact value (uint64 wraps). */
int64_t span_index(const reduce_span *s, int64_t k);
double span_at(const reduce_span *s, int64_t k);
int64_t span_integer(const reduce_span *s, int64_t k);

static inline void *element_of(const void *data, mica_dtype dtype, int64_t i) {
    return (char *)data + i * (int64_t)mica_dtype_size(dtype);
}

/* Every output element is `one` of its span, or `exact` (may be NULL) where x holds no floats. */
void reduce_reference(const kernel_call *c, double (*one)(const reduce_span *s),
                      int64_t (*exact)(const reduce_span *s)); /* reduce_attrs */
void argument_reference(const kernel_call *c, double (*one)(const reduce_span *s),
                        int64_t (*exact)(const reduce_span *s)); /* axis_attrs */
/* The least or greatest value of an integer dtype (as bits). */
int64_t integer_limit(mica_dtype dtype, bool greatest);

/* ---- samples for the battery ---- */
bool reduce_samples(int number, sample *s, double low, double high, bool distinct);
bool axis_samples(int number, sample *s);

#define SUMMED 1e-5 /* tolerance of long sums in float32 */

/* An op of the sum family; its public function calls emit_reduction. */
#define REDUCTION_OP(name_, ...)                                                                   \
    const op op_##name_ = {.name = #name_,                                                         \
                           .inputs = 1,                                                            \
                           .outputs = 1,                                                           \
                           .fields = reduce_fields,                                                \
                           .attrs_size = sizeof(reduce_attrs),                                     \
                           .reference = name_##_reference,                                         \
                           __VA_ARGS__};

#endif
