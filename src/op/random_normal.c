/* random_normal: independent normal values with mean and standard deviation; floats.
 * Source: Box and Muller (1958) on Philox4x32-10, element i from value i mod 4 of block i / 4. */
#include "mica/nn.h"
#include "op/random.h"

static mica_status random_normal_shape(shape_frame *f) {
    const random_attrs *a = f->attrs;
    TRY(shape_of_random(f));
    if (!dtype_is_float(f->out[0].dtype))
        return type_fail(f, "%s, expected a floating type", mica_dtype_name(f->out[0].dtype));
    if (!(a->b >= 0) || !isfinite(a->a) || !isfinite(a->b))
        return value_fail(f, "mean %g, standard deviation %g, expected 0 or more", a->a, a->b);
    return MICA_OK;
}

static void random_normal_reference(const kernel_call *c) {
    const random_attrs *a = c->attrs;
    uint64_t counter = random_counter(c, 0);
    double values[4] = {0};
    for (int64_t i = 0, n = shape_size(&c->out_info[0].shape); i < n; i++) {
        if (i % 4 == 0) philox_normal((uint64_t)a->key, counter, (uint64_t)i / 4, values);
        set_element(c, 0, i, a->a + a->b * values[i % 4]);
    }
}

const op op_random_normal = {
    .name = "random_normal",
    .inputs = VARIADIC,
    .outputs = 1,
    .traits = RANDOM,
    .shape_inputs = 1 << 1,
    .fields = random_fields,
    .attrs_size = sizeof(random_attrs),
    .shape = random_normal_shape,
    .reference = random_normal_reference,
    .samples = random_samples,
    .tolerance = 1e-5,
};

mica_tensor *mica_random_normal(mica_context *ctx, mica_dtype dtype, mica_shape dims, double mean,
                                double stddev) {
    return emit_random(ctx, &op_random_normal, dtype, dims, mean, stddev);
}
