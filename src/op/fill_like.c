/* fill_like: one value everywhere, in the shape and dtype of x, whose values do not matter.
 * Its gradient is zero.  Source: numpy.full_like. */
#include "op/array.h"

static void fill_like_reference(const kernel_call *c) {
    double value = ((const fill_attrs *)c->attrs)->value;
    mica_dtype dtype = c->out_info[0].dtype;
    size_t size = mica_dtype_size(dtype);
    for (int64_t i = 0, n = shape_size(&c->out_info[0].shape); i < n; i++)
        dtype_store(dtype, (char *)c->out[0] + (size_t)i * size, value);
}

static bool fill_like_samples(int number, sample *s) {
    if (number > 0) return false;
    ((fill_attrs *)s->attrs)->value = 2.5;
    sample_like(s, MICA_SHAPE(2, 3));
    return true;
}

static const field fill_fields[] = {
    REAL(fill_attrs, value, .help = "of every element"),
    END_OF_FIELDS,
};

const op op_fill_like = {
    .name = "fill_like",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1,
    .fields = fill_fields,
    .attrs_size = sizeof(fill_attrs),
    .shape = shape_of_input,
    .reference = fill_like_reference,
    .samples = fill_like_samples,
};

mica_tensor *mica_fill_like(mica_tensor *x, double value) {
    return EMIT(&op_fill_like, &(fill_attrs){value}, x);
}

mica_tensor *mica_zeros_like(mica_tensor *x) { return mica_fill_like(x, 0); }
mica_tensor *mica_ones_like(mica_tensor *x) { return mica_fill_like(x, 1); }
