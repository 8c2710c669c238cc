/* expand_dims: a new axis of extent 1; afterwards it is axis `axis` of y.
 * Gradient: dy in the shape of x.  Source: numpy.expand_dims. */
#include "op/array.h"

static mica_status expand_dims_shape(shape_frame *f) {
    TRY(require_rank_between(f, 0, 0, MAX_RANK - 1));
    const shape *x = &f->in[0].shape;
    int axis = 0;
    TRY(require_axis(f, ((const along_attrs *)f->attrs)->axis, x->rank + 1, &axis));
    shape y = {.rank = x->rank + 1};
    for (int i = 0; i < y.rank; i++) y.dims[i] = i == axis ? 1 : x->dims[i - (i > axis)];
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = y};
    return MICA_OK;
}

static bool expand_dims_view(view_frame *v) {
    int axis = 0;
    axis_resolve(((const along_attrs *)v->attrs)->axis, v->out_shape->rank, &axis);
    for (int i = 0; i < v->out_shape->rank; i++)
        v->out_strides[i] = i == axis ? 0 : v->in_strides[i - (i > axis)];
    *v->offset = 0;
    return true;
}

static bool expand_dims_samples(int number, sample *s) {
    static const int64_t axes[] = {0, 1, -1};
    if (number >= (int)LENGTH(axes)) return false;
    ((along_attrs *)s->attrs)->axis = axes[number];
    sample_real(s, MICA_SHAPE(2, 3));
    return true;
}

const op op_expand_dims = {
    .name = "expand_dims",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO | TEXTS,
    .fields = along_fields,
    .attrs_size = sizeof(along_attrs),
    .shape = expand_dims_shape,
    .gradient = gradient_reshape_like,
    .reference = reference_copy,
    .view = expand_dims_view,
    .samples = expand_dims_samples,
};

mica_tensor *mica_expand_dims(mica_tensor *x, int64_t axis) {
    return EMIT(&op_expand_dims, &(along_attrs){axis}, x);
}
