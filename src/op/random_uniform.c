/* random_uniform: low <= y < high, floats or integers, independent.
 * Source: Philox4x32-10, element i from word i mod 4 of block i / 4. */
#include "mica/nn.h"
#include "op/random.h"

static mica_status random_uniform_shape(shape_frame *f) {
    const random_attrs *a = f->attrs;
    TRY(shape_of_random(f));
    if (f->out[0].dtype == MICA_BOOL) return type_fail(f, "%s, expected numbers", "bool");
    if (!(a->a <= a->b) || !isfinite(a->b - a->a))
        return value_fail(f, "%g to %g, expected low <= high", a->a, a->b);
    return MICA_OK;
}

/* Low instead of a value that the dtype rounds up to high. */
static double below(mica_dtype dtype, double value, double low, double high) {
    char bytes[8];
    dtype_store(dtype, bytes, value);
    return dtype_load(dtype, bytes) < high || low == high ? value : low;
}

static void random_uniform_reference(const kernel_call *c) {
    const random_attrs *a = c->attrs;
    mica_dtype dtype = c->out_info[0].dtype;
    bool whole = !dtype_is_float(dtype);
    double low = whole ? ceil(a->a) : a->a, high = whole ? ceil(a->b) : a->b;
    uint64_t counter = random_counter(c, 0);
    philox4 r = {{0}};
    for (int64_t i = 0, n = shape_size(&c->out_info[0].shape); i < n; i++) {
        if (i % 4 == 0) r = philox((uint64_t)a->key, counter, (uint64_t)i / 4);
        double unit = whole ? (double)r.v[i % 4] * 0x1p-32 : (double)philox_unit(r.v[i % 4]);
        double y = low + (high - low) * unit;
        set_element(c, 0, i, whole ? floor(y) : below(dtype, y, low, high));
    }
}

const op op_random_uniform = {
    .name = "random_uniform",
    .inputs = VARIADIC,
    .outputs = 1,
    .traits = RANDOM,
    .shape_inputs = 1 << 1,
    .fields = random_fields,
    .attrs_size = sizeof(random_attrs),
    .shape = random_uniform_shape,
    .reference = random_uniform_reference,
    .samples = random_samples,
    .tolerance = 1e-6,
};

mica_tensor *mica_random_uniform(mica_context *ctx, mica_dtype dtype, mica_shape dims, double low,
                                 double high) {
    return emit_random(ctx, &op_random_uniform, dtype, dims, low, high);
}
