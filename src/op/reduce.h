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

/* True for axes that are reduced; an error names the op where one is out of range or named twice. */
mica_status reduced_axes(shape_frame *f, bool reduced[MAX_RANK]);
mica_status shape_of_reduction(shape_frame *f);       /* out of in 0's dtype */
mica_status shape_of_float_reduction(shape_frame *f); /* the same, floats only */
mica_status shape_of_argument(shape_frame *f);        /* axis_attrs, out int64 */
mica_status shape_of_softmax(shape_frame *f);         /* axis_attrs, floats, out = in 0 */

/* Broadcasts g, a reduction of x with these attributes, back to x's shape: the gradient of sum. */
mica_tensor *expand_like(mica_tensor *g, mica_tensor *x, const reduce_attrs *attrs);
/* Ones of t's shape and dtype. */
mica_tensor *ones_like(mica_tensor *t);

/* The elements that make one output element of a reduction. */
typedef struct reduce_span {
    const char *base;
    mica_dtype dtype;
    size_t element; /* bytes */
    int rank;
    int64_t count, dims[MAX_RANK], strides[MAX_RANK];
} reduce_span;

double span_at(const reduce_span *s, int64_t i);
int64_t span_integer(const reduce_span *s, int64_t i); /* exact; uint64 wraps */
/* For every output element: `one` of the elements, or `exact` (may be NULL) where in 0 holds no
 * floats. `reduced` says which axes of in 0. */
void reduce_loop(const kernel_call *c, const bool reduced[MAX_RANK],
                 double (*one)(const reduce_span *s), int64_t (*exact)(const reduce_span *s));
/* The same with the axes of reduce_attrs. */
void reduce_reference(const kernel_call *c, double (*one)(const reduce_span *s),
                      int64_t (*exact)(const reduce_span *s));

/* Samples for the battery: axes, keepdims, several shapes. `distinct` and `low`, `high` as given. */
bool reduce_samples(int number, sample *s, double low, double high, bool distinct);
bool softmax_samples(int number, sample *s);

/* sum and its like: op_<name> and mica_<name>(x, axes, keepdims). */
#define REDUCTION(name_, shape_, ...)                                                              \
    const op op_##name_ = {.name = #name_, .inputs = 1, .outputs = 1, .traits = PURE,              \
                           .fields = reduce_fields, .attrs_size = sizeof(reduce_attrs),            \
                           .shape = shape_, .reference = name_##_reference, __VA_ARGS__};          \
    mica_tensor *mica_##name_(mica_tensor *x, mica_axes axes, bool keepdims) {                     \
        reduce_attrs attrs = reduce_attrs_of(x, axes, keepdims);                                   \
        return EMIT(&op_##name_, &attrs, x);                                                       \
    }

#endif
