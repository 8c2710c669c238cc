/* What layer_norm and rms_norm share: see layer_norm.h. */
#include "op/layer_norm.h"

const field layer_norm_fields[] = {
    REAL(layer_norm_attrs, epsilon, .help = "added to the mean square"),
    INTEGER(layer_norm_attrs, axes, .help = "how many of the last axes"),
    END_OF_FIELDS,
};

mica_status layer_norm_check(shape_frame *f, int at, int last) {
    const layer_norm_attrs *a = f->attrs;
    const shape *x = &f->in[at].shape;
    TRY(require_float(f, at));
    if (a->axes < 1 || a->axes > x->rank)
        return shape_fail(f, "%lld axes of x, expected 1 to %d", (long long)a->axes, x->rank);
    if (!(a->epsilon >= 0)) return value_fail(f, "epsilon %g, expected 0 or more", a->epsilon);
    shape parameters = {.rank = (int)a->axes};
    for (int i = 0; i < parameters.rank; i++)
        parameters.dims[i] = x->dims[x->rank - parameters.rank + i];
    for (int i = at + 1; i <= last; i++) {
        TRY(require_float(f, i));
        TRY(require_shape(f, i, &parameters));
        if (f->in[i].dtype != f->in[at + 1].dtype)
            return type_fail(f, "input %d is %s, expected %s as input %d", i,
                             mica_dtype_name(f->in[i].dtype), mica_dtype_name(f->in[at + 1].dtype),
                             at + 1);
    }
    return MICA_OK;
}

mica_status layer_norm_backward_check(shape_frame *f) {
    TRY(layer_norm_check(f, 1, 2));
    TRY(require_shape(f, 0, &f->in[1].shape));
    if (f->in[0].dtype != f->in[1].dtype)
        return type_fail(f, "gradient is %s, expected %s", mica_dtype_name(f->in[0].dtype),
                         mica_dtype_name(f->in[1].dtype));
    f->out[0] = (operand){.dtype = f->in[1].dtype, .shape = f->in[1].shape};
    for (int i = 1; i < f->outputs; i++)
        f->out[i] = (operand){.dtype = f->in[2].dtype, .shape = f->in[2].shape};
    return MICA_OK;
}

mica_tensor *layer_norm_widened(mica_tensor *x, const mica_tensor *gamma) {
    return mica_cast(x, dtype_promote(x->dtype, gamma->dtype));
}

mica_tensor *layer_norm_mean(mica_tensor *t, const layer_norm_attrs *a) {
    mica_axes axes = {.count = (int)a->axes};
    for (int i = 0; i < axes.count; i++) axes.axes[i] = i - axes.count;
    return mica_mean(t, axes, true);
}

mica_tensor *layer_norm_factor(mica_tensor *t, const layer_norm_attrs *a) {
    mica_tensor *mean = layer_norm_mean(mica_square(t), a);
    return mica_rsqrt(mica_add(mean, scalar_like(mean, a->epsilon)));
}

int64_t layer_norm_extent(const shape *x, const layer_norm_attrs *a) {
    int64_t n = 1;
    for (int i = x->rank - (int)a->axes; i < x->rank; i++) n *= x->dims[i];
    return n;
}

mica_tensor *layer_norm_turned(mica_tensor *x, mica_axes axes, layer_norm_attrs *a,
                               mica_axes *back) {
    int rank = x->shape.rank, at = 0;
    bool named[MAX_RANK] = {false}, known = axes.count >= 0 && axes.count <= rank;
    mica_axes order = {.count = rank};
    if (axes.count == 0)
        for (int i = 0; i < rank; i++) axes.axes[axes.count++] = i;
    for (int i = 0; i < axes.count && known; i++) {
        known = axis_resolve(axes.axes[i], rank, &at) && !named[at];
        if (known) named[at] = true, order.axes[rank - axes.count + i] = at;
    }
    a->axes = known ? axes.count : 0;
    back->count = 0;
    if (x->kind == TENSOR_POISON) return x;
    if (!known) {
        context_fail(x->ctx, MICA_SHAPE,
                     "normalize: axes of x of rank %d, expected different ones "
                     "from %d to %d",
                     rank, -rank, rank - 1);
        return tensor_poison(x->ctx);
    }
    for (int i = 0, k = 0; i < rank; i++)
        if (!named[i]) order.axes[k++] = i;
    bool moved = false;
    for (int i = 0; i < rank; i++) moved |= order.axes[i] != i, back->axes[order.axes[i]] = i;
    if (!moved) return x;
    back->count = rank;
    return mica_transpose(x, order);
}

mica_tensor *layer_norm_parameter(mica_tensor *given, mica_tensor *turned,
                                  const layer_norm_attrs *a, double value) {
    if (given || turned->kind == TENSOR_POISON) return given ? given : turned;
    const shape *x = &turned->shape;
    shape s = {.rank = (int)a->axes};
    for (int i = 0; i < s.rank; i++) s.dims[i] = x->dims[x->rank - s.rank + i];
    return mica_full(turned->ctx, turned->dtype, s, value);
}

bool layer_norm_case(int number, layer_norm_attrs *a, shape *x, shape *parameters) {
    static const struct {
        layer_norm_attrs attrs;
        shape x, parameters;
    } cases[] = {{{1e-3, 1}, {2, {4, 5}}, {1, {5}}},
                 {{1e-2, 2}, {4, {2, 2, 3, 2}}, {2, {3, 2}}},
                 {{0.1, 1}, {1, {6}}, {1, {6}}},
                 {{1e-3, 1}, {3, {2, 3, 19}}, {1, {19}}}};
    if (number >= (int)LENGTH(cases)) return false;
    *a = cases[number].attrs, *x = cases[number].x, *parameters = cases[number].parameters;
    return true;
}
