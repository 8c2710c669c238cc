/* gather: slices of x along an axis, in the order of indices (any integers, any shape); negative
 * ones count from the end. y: x's shape with that axis replaced by the shape of indices. An index
 * out of range is an error where the values are known, and gives zeros in a compiled plan.
 * Gradient: scatter_rows.  Source: numpy.take; keras.ops.take. */
#include "op/array.h"

mica_status gather_check(shape_frame *f, const operand *indices, int64_t extent) {
    if (!dtype_is_integer(indices->dtype))
        return type_fail(f, "indices are %s, expected an integer type",
                         mica_dtype_name(indices->dtype));
    const mica_tensor *t = indices->value;
    int64_t n = shape_size(&indices->shape);
    if (!t || extent < 0 || n < 0 || !tensor_contiguous(t)) return MICA_OK;
    const char *bytes = tensor_bytes(t);
    for (int64_t i = 0; i < n; i++) {
        int64_t index = dtype_load_int(t->dtype, bytes + (size_t)i * mica_dtype_size(t->dtype));
        if (index < -extent || index >= extent)
            return value_fail(f, "index %lld at place %lld, expected -%lld to %lld",
                              (long long)index, (long long)i, (long long)extent,
                              (long long)extent - 1);
    }
    return MICA_OK;
}

static mica_status gather_shape(shape_frame *f) {
    const shape *x = &f->in[0].shape, *indices = &f->in[1].shape;
    int axis = 0;
    TRY(require_axis(f, ((const along_attrs *)f->attrs)->axis, x->rank, &axis));
    TRY(gather_check(f, &f->in[1], x->dims[axis]));
    if (x->rank - 1 + indices->rank > MAX_RANK)
        return shape_fail(f, "the result has rank %d, expected at most %d",
                          x->rank - 1 + indices->rank, MAX_RANK);
    shape y = {0};
    for (int i = 0; i < x->rank; i++) {
        if (i != axis) y.dims[y.rank++] = x->dims[i];
        else
            for (int k = 0; k < indices->rank; k++) y.dims[y.rank++] = indices->dims[k];
    }
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = y};
    return MICA_OK;
}

static void gather_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_scatter_rows, g->attrs, g->dout[0], g->in[1], g->in[0]);
}

int64_t gather_index(const operand *info, const void *indices, int64_t i, int64_t extent) {
    const char *at = (const char *)indices + (size_t)i * mica_dtype_size(info->dtype);
    int64_t index = dtype_load_int(info->dtype, at);
    if (index < 0) index += extent;
    return index >= 0 && index < extent ? index : -1;
}

static void gather_reference(const kernel_call *c) {
    const shape *x = &c->in_info[0].shape;
    int axis = 0;
    axis_resolve(((const along_attrs *)c->attrs)->axis, x->rank, &axis);
    int64_t outer = 1, inner = 1, extent = x->dims[axis], n = shape_size(&c->in_info[1].shape);
    for (int i = 0; i < axis; i++) outer *= x->dims[i];
    for (int i = axis + 1; i < x->rank; i++) inner *= x->dims[i];
    size_t row = (size_t)inner * mica_dtype_size(c->out_info[0].dtype);
    if (row == 0) return;
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < n; i++) {
            int64_t index = gather_index(&c->in_info[1], c->in[1], i, extent);
            char *to = (char *)c->out[0] + (size_t)(o * n + i) * row;
            if (index < 0) memset(to, 0, row);
            else memcpy(to, (const char *)c->in[0] + (size_t)(o * extent + index) * row, row);
        }
}

static bool gather_samples(int number, sample *s) {
    static const struct {
        int64_t axis;
        shape indices;
    } cases[] = {{0, {1, {5}}}, {1, {2, {2, 2}}}, {-1, {0, {0}}}};
    if (number >= (int)LENGTH(cases)) return false;
    ((along_attrs *)s->attrs)->axis = cases[number].axis;
    sample_real(s, MICA_SHAPE(3, 3, 3));
    sample_whole(s, cases[number].indices, -3, 2, MICA_INT32);
    return true;
}

const op op_gather = {
    .name = "gather",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE,
    .fields = along_fields,
    .attrs_size = sizeof(along_attrs),
    .shape = gather_shape,
    .gradient = gather_gradient,
    .reference = gather_reference,
    .samples = gather_samples,
};

mica_tensor *mica_gather(mica_tensor *x, mica_tensor *indices, int64_t axis) {
    return EMIT(&op_gather, &(along_attrs){axis}, x, indices);
}
