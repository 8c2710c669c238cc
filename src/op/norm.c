/* What the batch normalisation ops share: see norm.h. */
#include "op/norm.h"

#include "mica/math.h"

const field batch_norm_fields[] = {
    REAL(batch_norm_attrs, epsilon, .help = "added to the variance"),
    INTEGER(batch_norm_attrs, axis, .help = "of the channels; negative counts from the end"),
    END_OF_FIELDS,
};

mica_status batch_norm_check(shape_frame *f, const operand *x, int first, int last) {
    const batch_norm_attrs *a = f->attrs;
    int axis = 0;
    if (!dtype_is_float(x->dtype))
        return type_fail(f, "x is %s, expected a floating type", mica_dtype_name(x->dtype));
    if (x->shape.rank < 2) return shape_fail(f, "x of rank %d, expected 2 or more", x->shape.rank);
    TRY(require_axis(f, a->axis, x->shape.rank, &axis));
    if (!(a->epsilon >= 0)) return value_fail(f, "epsilon %g, expected 0 or more", a->epsilon);
    const shape channels = {1, {x->shape.dims[axis]}};
    for (int i = first; i <= last; i++) {
        if (!dtype_is_float(f->in[i].dtype) || f->in[i].dtype != f->in[first].dtype)
            return type_fail(f, "input %d is %s, expected %s", i, mica_dtype_name(f->in[i].dtype),
                             i == first ? "a floating type" : mica_dtype_name(f->in[first].dtype));
        TRY(require_shape(f, i, &channels));
    }
    return MICA_OK;
}

mica_tensor *per_channel(mica_tensor *p, mica_tensor *x, int64_t axis) {
    int at = 0;
    axis_resolve(axis, x->shape.rank, &at);
    if (at == x->shape.rank - 1) return p;
    mica_shape column = {x->shape.rank - at, {-1, 1, 1, 1, 1, 1, 1, 1}};
    return mica_reshape(p, column);
}

static mica_axes other_axes(const mica_tensor *x, int64_t axis) {
    int at = 0;
    axis_resolve(axis, x->shape.rank, &at);
    mica_axes axes = {0};
    for (int i = 0; i < x->shape.rank; i++)
        if (i != at) axes.axes[axes.count++] = i;
    return axes;
}

mica_tensor *channel_sum(mica_tensor *t, int64_t axis) {
    return mica_sum(t, other_axes(t, axis), false);
}

mica_tensor *channel_size(mica_tensor *x, int64_t axis) {
    return mica_size(x, other_axes(x, axis));
}

mica_tensor *inverse_deviation(mica_tensor *variance, double epsilon) {
    return mica_rsqrt(mica_add(variance, scalar_like(variance, epsilon)));
}

channel_walk channel_walk_of(const shape *x, int64_t axis) {
    int at = 0;
    axis_resolve(axis, x->rank, &at);
    channel_walk w = {x->dims[at], 1, 1};
    for (int i = 0; i < x->rank; i++) {
        if (i > at) w.inner *= x->dims[i];
        if (i != at) w.count *= x->dims[i];
    }
    return w;
}

bool batch_norm_case(int number, batch_norm_attrs *a, shape *x, shape *channels) {
    static const struct {
        batch_norm_attrs attrs;
        shape x, channels;
    } cases[] = {{{1e-3, -1}, {4, {3, 2, 2, 3}}, {1, {3}}},
                 {{1e-2, 1}, {4, {2, 3, 2, 2}}, {1, {3}}},
                 {{0.1, 1}, {2, {5, 2}}, {1, {2}}}};
    if (number >= (int)LENGTH(cases)) return false;
    *a = cases[number].attrs;
    *x = cases[number].x;
    *channels = cases[number].channels;
    return true;
}
