/* transpose: axis i of y is axis perm[i] of x.  Gradient: the inverse permutation of dy.
 * Source: numpy.transpose; ONNX Transpose. */
#include "op/array.h"

static mica_status transpose_shape(shape_frame *f) {
    const field_dims *perm = &((const dims_attrs *)f->attrs)->dims;
    const shape *x = &f->in[0].shape;
    if (perm->count != x->rank)
        return shape_fail(f, "%lld axes in the permutation, expected %d", (long long)perm->count,
                          x->rank);
    bool seen[MAX_RANK] = {false};
    shape y = {.rank = x->rank};
    for (int i = 0; i < x->rank; i++) {
        int axis = 0;
        TRY(require_axis(f, perm->dims[i], x->rank, &axis));
        if (seen[axis]) return shape_fail(f, "axis %d twice in the permutation", axis);
        seen[axis] = true;
        y.dims[i] = x->dims[axis];
    }
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = y};
    return MICA_OK;
}

static void transpose_gradient(gradient_frame *g) {
    const field_dims *perm = &((const dims_attrs *)g->attrs)->dims;
    dims_attrs inverse = {{.count = perm->count}};
    for (int i = 0; i < perm->count; i++) {
        int axis = 0;
        axis_resolve(perm->dims[i], (int)perm->count, &axis);
        inverse.dims.dims[axis] = i;
    }
    g->din[0] = EMIT(&op_transpose, &inverse, g->dout[0]);
}

static bool transpose_view(view_frame *v) {
    const field_dims *perm = &((const dims_attrs *)v->attrs)->dims;
    for (int i = 0; i < v->out_shape->rank; i++) {
        int axis = 0;
        axis_resolve(perm->dims[i], v->in_shape->rank, &axis);
        v->out_strides[i] = v->in_strides[axis];
    }
    *v->offset = 0;
    return true;
}

static void transpose_reference(const kernel_call *c) {
    const shape *x = &c->in_info[0].shape, *y = &c->out_info[0].shape;
    const field_dims *perm = &((const dims_attrs *)c->attrs)->dims;
    int64_t at[MAX_RANK] = {0}, from[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(y); i < n; i++, next_index(y, at)) {
        for (int k = 0; k < y->rank; k++) {
            int axis = 0;
            axis_resolve(perm->dims[k], x->rank, &axis);
            from[axis] = at[k];
        }
        copy_element(c, 0, i, 0, ravel(x, from));
    }
}

static bool transpose_samples(int number, sample *s) {
    static const field_dims perms[] = {{3, {2, 0, 1}}, {3, {0, -1, 1}}, {3, {2, 1, 0}}};
    if (number >= (int)LENGTH(perms)) return false;
    ((dims_attrs *)s->attrs)->dims = perms[number];
    sample_real(s, MICA_SHAPE(2, 3, 4));
    return true;
}

const op op_transpose = {
    .name = "transpose",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO,
    .fields = dims_fields,
    .attrs_size = sizeof(dims_attrs),
    .shape = transpose_shape,
    .gradient = transpose_gradient,
    .reference = transpose_reference,
    .view = transpose_view,
    .samples = transpose_samples,
};

mica_tensor *mica_transpose(mica_tensor *x, mica_axes perm) {
    dims_attrs a = {dims_of(perm.axes, perm.count)};
    if (perm.count == 0)
        for (int i = x->shape.rank - 1; i >= 0; i--) a.dims.dims[a.dims.count++] = i;
    return EMIT(&op_transpose, &a, x);
}
