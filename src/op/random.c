/* What random ops share: see random.h. */
#include "op/random.h"

const field random_fields[] = {
    INTEGER(random_attrs, key, .help = "of this op's stream"),
    INTEGER(random_attrs, dtype, .help = "of the result"),
    DIMS(random_attrs, shape, .help = "of the result, where no tensor gives it"),
    REAL(random_attrs, a, .help = "low, mean, or probability"),
    REAL(random_attrs, b, .help = "high, standard deviation, or value"),
    END_OF_FIELDS,
};

mica_status require_counter(shape_frame *f, int input) {
    if (f->in[input].dtype == MICA_INT64 && f->in[input].shape.rank == 0) return MICA_OK;
    char text[128];
    shape_format(&f->in[input].shape, text);
    return type_fail(f, "counter is %s %s, expected an int64 scalar",
                     mica_dtype_name(f->in[input].dtype), text);
}

mica_status shape_of_random(shape_frame *f) {
    const random_attrs *a = f->attrs;
    if (f->inputs < 1 || f->inputs > 2)
        return shape_fail(f, "%d inputs, expected 1 or 2", f->inputs);
    TRY(require_counter(f, 0));
    if (f->inputs == 2) {
        f->out[0] = (operand){.dtype = f->in[1].dtype, .shape = f->in[1].shape};
        return MICA_OK;
    }
    if (!dtype_is_number(a->dtype))
        return type_fail(f, "dtype %lld is not known", (long long)a->dtype);
    if (a->shape.count < 0 || a->shape.count > MAX_RANK)
        return shape_fail(f, "rank %lld, expected at most %d", (long long)a->shape.count, MAX_RANK);
    f->out[0] = (operand){.dtype = (mica_dtype)a->dtype, .shape.rank = (int)a->shape.count};
    for (int i = 0; i < f->out[0].shape.rank; i++) {
        f->out[0].shape.dims[i] = a->shape.dims[i];
        if (a->shape.dims[i] < 0)
            return shape_fail(f, "axis %d has extent %lld", i, (long long)a->shape.dims[i]);
    }
    return MICA_OK;
}

bool random_samples(int number, sample *s) {
    if (number >= 2) return false;
    *(random_attrs *)s->attrs = (random_attrs){
        .key = 0x123456789, .dtype = MICA_FLOAT32, .shape = {2, {3, 5}}, .a = 0.25, .b = 2};
    sample_whole(s, MICA_SCALAR, 0, 9, MICA_INT64);
    if (number == 1) sample_like(s, MICA_SHAPE(7));
    return true;
}

mica_tensor *emit_random(mica_context *ctx, const op *o, mica_dtype dtype, mica_shape shape,
                         double a, double b) {
    if (!ctx) return NULL;
    const random_attrs attrs = {.key = (int64_t)philox_key(ctx->options.seed, "eager"),
                                .dtype = dtype,
                                .shape = dims_of(shape.dims, shape.rank),
                                .a = a,
                                .b = b};
    mica_tensor *counter = emitter_counter(ctx);
    return EMIT(o, &attrs, counter);
}
