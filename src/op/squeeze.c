/* squeeze: drops the named axes, each of extent 1.  Gradient: dy in the shape of x.
 * Source: numpy.squeeze. */
#include "op/array.h"

/* Which axes go; the rule has checked them. */
static void squeeze_axes(const dims_attrs *a, int rank, bool gone[MAX_RANK]) {
    int axis = 0;
    for (int64_t i = 0; i < a->dims.count; i++)
        if (axis_resolve(a->dims.dims[i], rank, &axis)) gone[axis] = true;
}

static mica_status squeeze_shape(shape_frame *f) {
    const dims_attrs *a = f->attrs;
    const shape *x = &f->in[0].shape;
    if (a->dims.count < 0 || a->dims.count > MAX_RANK)
        return shape_fail(f, "%lld axes, expected at most %d", (long long)a->dims.count, MAX_RANK);
    for (int64_t i = 0; i < a->dims.count; i++) {
        int axis = 0;
        TRY(require_axis(f, a->dims.dims[i], x->rank, &axis));
        if (x->dims[axis] >= 0 && x->dims[axis] != 1)
            return shape_fail(f, "axis %d has extent %lld, expected 1", axis,
                              (long long)x->dims[axis]);
    }
    bool gone[MAX_RANK] = {false};
    squeeze_axes(a, x->rank, gone);
    shape y = {0};
    for (int i = 0; i < x->rank; i++)
        if (!gone[i]) y.dims[y.rank++] = x->dims[i];
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = y};
    return MICA_OK;
}

static bool squeeze_view(view_frame *v) {
    bool gone[MAX_RANK] = {false};
    squeeze_axes(v->attrs, v->in_shape->rank, gone);
    for (int i = 0, kept = 0; i < v->in_shape->rank; i++)
        if (!gone[i]) v->out_strides[kept++] = v->in_strides[i];
    *v->offset = 0;
    return true;
}

static bool squeeze_samples(int number, sample *s) {
    static const field_dims axes[] = {{2, {0, -1}}, {1, {2}}, {0, {0}}};
    if (number >= (int)LENGTH(axes)) return false;
    ((dims_attrs *)s->attrs)->dims = axes[number];
    sample_real(s, MICA_SHAPE(1, 3, 1, 2, 1));
    return true;
}

const op op_squeeze = {
    .name = "squeeze",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO | TEXTS,
    .fields = dims_fields,
    .attrs_size = sizeof(dims_attrs),
    .shape = squeeze_shape,
    .gradient = gradient_reshape_like,
    .reference = reference_copy,
    .view = squeeze_view,
    .samples = squeeze_samples,
};

mica_tensor *mica_squeeze(mica_tensor *x, mica_axes axes) {
    dims_attrs a = {dims_of(axes.axes, axes.count)};
    if (axes.count == 0)
        for (int i = 0; i < x->shape.rank; i++)
            if (x->shape.dims[i] == 1) a.dims.dims[a.dims.count++] = i;
    return EMIT(&op_squeeze, &a, x);
}
