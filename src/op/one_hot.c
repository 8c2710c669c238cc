/* one_hot: y (…, K) is 1 at [..., indices[...]], else 0; an index out of 0 … K-1 gives zeros.
 * Gradient: zero.  Source: keras.ops.one_hot; tf.one_hot. */
#include "op/array.h"

static mica_status one_hot_shape(shape_frame *f) {
    const one_hot_attrs *a = f->attrs;
    TRY(require_rank_between(f, 0, 0, MAX_RANK - 1));
    if (!dtype_is_integer(f->in[0].dtype))
        return type_fail(f, "indices are %s, expected an integer type",
                         mica_dtype_name(f->in[0].dtype));
    if (a->depth < 0) return shape_fail(f, "depth %lld, expected 0 or more", (long long)a->depth);
    if (!dtype_is_number(a->dtype))
        return type_fail(f, "dtype %lld is not known", (long long)a->dtype);
    f->out[0] = (operand){.dtype = (mica_dtype)a->dtype, .shape = f->in[0].shape};
    f->out[0].shape.dims[f->out[0].shape.rank++] = a->depth;
    return MICA_OK;
}

static void one_hot_reference(const kernel_call *c) {
    const one_hot_attrs *a = c->attrs;
    mica_dtype from = c->in_info[0].dtype, to = c->out_info[0].dtype;
    for (int64_t i = 0, n = shape_size(&c->in_info[0].shape); i < n; i++) {
        int64_t index = dtype_load_int(from,
                                       (const char *)c->in[0] + (size_t)i * mica_dtype_size(from));
        char *row = (char *)c->out[0] + (size_t)(i * a->depth) * mica_dtype_size(to);
        for (int64_t k = 0; k < a->depth; k++)
            dtype_store(to, row + (size_t)k * mica_dtype_size(to), k == index);
    }
}

static bool one_hot_samples(int number, sample *s) {
    if (number >= 2) return false;
    *(one_hot_attrs *)s->attrs = (one_hot_attrs){4, number == 0 ? MICA_FLOAT32 : MICA_INT64};
    sample_whole(s, number == 0 ? MICA_SHAPE(6) : MICA_SHAPE(2, 3), -1, 4, MICA_INT32);
    return true;
}

static const field one_hot_fields[] = {
    INTEGER(one_hot_attrs, depth, .help = "number of classes"),
    INTEGER(one_hot_attrs, dtype, .help = "of the result"),
    END_OF_FIELDS,
};

const op op_one_hot = {
    .name = "one_hot",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE,
    .fields = one_hot_fields,
    .attrs_size = sizeof(one_hot_attrs),
    .shape = one_hot_shape,
    .reference = one_hot_reference,
    .samples = one_hot_samples,
};

mica_tensor *mica_one_hot(mica_tensor *indices, int64_t depth, mica_dtype dtype) {
    const one_hot_attrs a = {depth, dtype};
    return EMIT(&op_one_hot, &a, indices);
}
