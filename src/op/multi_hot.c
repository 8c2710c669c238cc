/* multi_hot: y[…, k] = 1 where k is among the indices x along an axis, or how often it is there.
 * x (…, N, …) integers, y x's other axes and then depth; indices outside 0 … depth - 1 are left
 * out.  Gradient: zero.  Source: keras.ops.multi_hot; tf.math.bincount. */
#include "mica/categories.h"
#include "op/array.h"

typedef struct multi_hot_attrs {
    int64_t depth, axis, counts, dtype;
} multi_hot_attrs;

static mica_status multi_hot_shape(shape_frame *f) {
    const multi_hot_attrs *a = f->attrs;
    int axis = 0;
    TRY(require_rank_between(f, 0, 1, MAX_RANK));
    TRY(require_axis(f, a->axis, f->in[0].shape.rank, &axis));
    if (!dtype_is_integer(f->in[0].dtype))
        return type_fail(f, "indices are %s, expected an integer type",
                         mica_dtype_name(f->in[0].dtype));
    if (a->depth < 0) return shape_fail(f, "depth %lld, expected 0 or more", (long long)a->depth);
    if (!dtype_is_number(a->dtype))
        return type_fail(f, "dtype %lld is not known", (long long)a->dtype);
    operand *y = &f->out[0];
    *y = (operand){.dtype = (mica_dtype)a->dtype};
    for (int i = 0; i < f->in[0].shape.rank; i++)
        if (i != axis) y->shape.dims[y->shape.rank++] = f->in[0].shape.dims[i];
    y->shape.dims[y->shape.rank++] = a->depth;
    return MICA_OK;
}

static void add_index(const kernel_call *c, char *row, int64_t index) {
    const multi_hot_attrs *a = c->attrs;
    mica_dtype dtype = c->out_info[0].dtype;
    if (index < 0 || index >= a->depth) return;
    char *at = row + (size_t)index * mica_dtype_size(dtype);
    dtype_store(dtype, at, a->counts ? dtype_load(dtype, at) + 1 : 1);
}

static void multi_hot_reference(const kernel_call *c) {
    const multi_hot_attrs *a = c->attrs;
    const shape *x = &c->in_info[0].shape;
    mica_dtype from = c->in_info[0].dtype;
    size_t row = (size_t)a->depth * mica_dtype_size(c->out_info[0].dtype);
    int axis = 0;
    axis_resolve(a->axis, x->rank, &axis);
    int64_t outer = 1, inner = 1, n = x->dims[axis];
    for (int i = 0; i < axis; i++) outer *= x->dims[i];
    for (int i = axis + 1; i < x->rank; i++) inner *= x->dims[i];
    if (row == 0 || outer * inner == 0) return;
    memset(c->out[0], 0, (size_t)(outer * inner) * row);
    for (int64_t i = 0; i < outer * n * inner; i++) {
        int64_t cell = i / (n * inner) * inner + i % inner;
        const char *at = (const char *)c->in[0] + (size_t)i * mica_dtype_size(from);
        add_index(c, (char *)c->out[0] + (size_t)cell * row, dtype_load_int(from, at));
    }
}

static bool multi_hot_samples(int number, sample *s) {
    static const multi_hot_attrs cases[] = {
        {4, 1, 0, MICA_FLOAT32}, {4, -1, 1, MICA_INT64}, {3, 0, 1, MICA_FLOAT32}};
    if (number >= (int)LENGTH(cases)) return false;
    *(multi_hot_attrs *)s->attrs = cases[number];
    sample_whole(s, number == 1 ? MICA_SHAPE(6) : MICA_SHAPE(2, 3, 2), -1, 4, MICA_INT32);
    return true;
}

static const field multi_hot_fields[] = {
    INTEGER(multi_hot_attrs, depth, .help = "number of classes"),
    INTEGER(multi_hot_attrs, axis, .help = "along which they are collected"),
    INTEGER(multi_hot_attrs, counts, .help = "1: how often, not whether"),
    INTEGER(multi_hot_attrs, dtype, .help = "of the result"),
    END_OF_FIELDS,
};

const op op_multi_hot = {
    .name = "multi_hot",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE,
    .fields = multi_hot_fields,
    .attrs_size = sizeof(multi_hot_attrs),
    .shape = multi_hot_shape,
    .reference = multi_hot_reference,
    .samples = multi_hot_samples,
};

mica_tensor *mica_multi_hot(mica_tensor *indices, int64_t depth, int64_t axis, bool counts,
                            mica_dtype dtype) {
    const multi_hot_attrs a = {depth, axis, counts, dtype};
    return EMIT(&op_multi_hot, &a, indices);
}
