/* What array ops share: see array.h. */
#include "op/array.h"

const field along_fields[] = {
    INTEGER(along_attrs, axis, .help = "negative counts from the end"),
    END_OF_FIELDS,
};

const field dims_fields[] = {
    DIMS(dims_attrs, dims, .help = "one entry per axis"),
    END_OF_FIELDS,
};

mica_status require_axis(shape_frame *f, int64_t axis, int rank, int *out) {
    if (axis_resolve(axis, rank, out)) return MICA_OK;
    return shape_fail(f, "axis %lld, expected one of the %d axes (-%d to %d)", (long long)axis,
                      rank, rank, rank - 1);
}

mica_status require_shape(shape_frame *f, int input, const shape *expected) {
    if (shape_fits(expected, &f->in[input].shape)) return MICA_OK;
    char found[128], text[128];
    shape_format(&f->in[input].shape, found);
    shape_format(expected, text);
    return shape_fail(f, "input %d has shape %s, expected %s", input, found, text);
}

field_dims dims_of(const int64_t *values, int count) {
    field_dims dims = {.count = values ? count : 0};
    for (int64_t i = 0; i < dims.count && i < 8; i++) dims.dims[i] = values[i];
    return dims;
}

bool strides_contiguous(const shape *s, const int64_t *strides) {
    int64_t step = 1;
    for (int i = s->rank - 1; i >= 0; i--) {
        if (s->dims[i] != 1 && strides[i] != step) return false;
        step *= s->dims[i];
    }
    return true;
}

mica_status shape_of_second(shape_frame *f) {
    f->out[0].dtype = f->in[0].dtype;
    f->out[0].shape = f->in[1].shape;
    return MICA_OK;
}

void reference_copy(const kernel_call *c) {
    size_t n = (size_t)shape_size(&c->out_info[0].shape);
    if (n > 0) memcpy(c->out[0], c->in[0], n * mica_dtype_size(c->out_info[0].dtype));
}

bool view_contiguous(view_frame *v) {
    if (!strides_contiguous(v->in_shape, v->in_strides)) return false;
    strides_of(v->out_shape, v->out_strides);
    *v->offset = 0;
    return true;
}

void reference_broadcast(const kernel_call *c) {
    const shape *x = &c->in_info[0].shape, *y = &c->out_info[0].shape;
    int new_axes = y->rank - x->rank;
    int64_t at[MAX_RANK] = {0}, from[MAX_RANK];
    for (int64_t i = 0, n = shape_size(y); i < n; i++, next_index(y, at)) {
        for (int k = 0; k < x->rank; k++) from[k] = x->dims[k] == 1 ? 0 : at[k + new_axes];
        copy_element(c, 0, i, 0, ravel(x, from));
    }
}

bool view_broadcast(view_frame *v) {
    int new_axes = v->out_shape->rank - v->in_shape->rank;
    for (int i = 0; i < v->out_shape->rank; i++) {
        int from = i - new_axes;
        v->out_strides[i] = from < 0 || v->in_shape->dims[from] == 1 ? 0 : v->in_strides[from];
    }
    *v->offset = 0;
    return true;
}

void gradient_reshape_like(gradient_frame *g) {
    g->din[0] = EMIT(&op_reshape_like, NULL, g->dout[0], g->in[0]);
}

mica_tensor *zeros_like(mica_tensor *x) { return EMIT(&op_fill_like, &(fill_attrs){0}, x); }
