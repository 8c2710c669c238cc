/* found: y = numbers; where one is below 0 there is no result, and the error names the element of x
 * at its place.  numbers int64 of any shape, x integers or strings like it; y like numbers.
 * Gradient: zero.  Source: keras.layers.IndexLookup with num_oov_indices 0. */
#include "op/found.h"
#include "op/array.h"

enum { NUMBERS_IN, X };

static mica_status found_shape(shape_frame *f) {
    mica_dtype numbers = f->in[NUMBERS_IN].dtype, x = f->in[X].dtype;
    if (numbers != MICA_INT64)
        return type_fail(f, "numbers are %s, expected int64", mica_dtype_name(numbers));
    if (!dtype_is_integer(x) && x != MICA_STRING)
        return type_fail(f, "x is %s, expected an integer type or strings", mica_dtype_name(x));
    TRY(require_shape(f, X, &f->in[NUMBERS_IN].shape));
    f->out[0] = f->in[NUMBERS_IN];
    f->out[0].value = NULL;
    return MICA_OK;
}

static mica_status found_refuse(const kernel_call *c, mica_error *err) {
    enum { SHOWN = 60 };
    const int64_t *number = c->out[0];
    mica_dtype dtype = c->in_info[X].dtype;
    int64_t n = shape_size(&c->out_info[0].shape), i = 0;
    while (i < n && number[i] >= 0) i++;
    if (i == n) return MICA_OK;
    const void *at = (const char *)c->in[X] + (size_t)i * mica_dtype_size(dtype);
    const mica_string *text = at;
    if (dtype != MICA_STRING)
        return fail(err, MICA_VALUE,
                    "%lld at place %lld is not in the vocabulary: with num_oov_indices 0 all must "
                    "be",
                    (long long)dtype_load_int(dtype, at), (long long)i);
    return fail(err, MICA_VALUE,
                "'%.*s'%s at place %lld is not in the vocabulary: with num_oov_indices 0 all must "
                "be",
                (int)(text->size < SHOWN ? text->size : SHOWN), text->bytes,
                text->size > SHOWN ? "…" : "", (long long)i);
}

/* None is below 0: that would be refused. */
static bool found_samples(int number, sample *s) {
    if (number > 0) return false;
    sample_whole(s, MICA_SHAPE(3, 4), 0, 9, MICA_INT64);
    sample_whole(s, MICA_SHAPE(3, 4), 0, 9, MICA_INT32);
    return true;
}

const op op_found = {.name = "found",
                     .inputs = 2,
                     .outputs = 1,
                     .traits = PURE | TEXTS,
                     .shape = found_shape,
                     .reference = reference_copy,
                     .refuse = found_refuse,
                     .samples = found_samples};

mica_tensor *require_found(mica_tensor *numbers, mica_tensor *x) {
    return EMIT(&op_found, NULL, numbers, x);
}
