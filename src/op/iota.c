/* iota: positions along an axis, 0, 1, …, in the shape of `like`, whose values do not matter.
 * Gradient: zero.  Source: jax.lax.broadcasted_iota. */
#include "op/array.h"

static mica_status iota_shape(shape_frame *f) {
    const iota_attrs *a = f->attrs;
    int axis = 0;
    TRY(require_axis(f, a->axis, f->in[0].shape.rank, &axis));
    if (!dtype_is_number(a->dtype))
        return type_fail(f, "dtype %lld is not known", (long long)a->dtype);
    f->out[0] = (operand){.dtype = (mica_dtype)a->dtype, .shape = f->in[0].shape};
    return MICA_OK;
}

static void iota_reference(const kernel_call *c) {
    const shape *y = &c->out_info[0].shape;
    int axis = 0;
    axis_resolve(((const iota_attrs *)c->attrs)->axis, y->rank, &axis);
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(y); i < n; i++, next_index(y, at))
        set_element(c, 0, i, (double)at[axis]);
}

static bool iota_samples(int number, sample *s) {
    static const iota_attrs cases[] = {{0, MICA_INT64}, {-1, MICA_FLOAT32}};
    if (number >= (int)LENGTH(cases)) return false;
    *(iota_attrs *)s->attrs = cases[number];
    sample_like(s, MICA_SHAPE(3, 4));
    return true;
}

static const field iota_fields[] = {
    INTEGER(iota_attrs, axis, .help = "negative counts from the end"),
    INTEGER(iota_attrs, dtype, .help = "of the result"),
    END_OF_FIELDS,
};

const op op_iota = {
    .name = "iota",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1,
    .fields = iota_fields,
    .attrs_size = sizeof(iota_attrs),
    .shape = iota_shape,
    .reference = iota_reference,
    .samples = iota_samples,
};

mica_tensor *mica_iota(mica_tensor *like, int64_t axis, mica_dtype dtype) {
    const iota_attrs a = {axis, dtype};
    return EMIT(&op_iota, &a, like);
}
