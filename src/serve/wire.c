/* Elements as bytes: see wire.h. */
#include "serve/wire.h"

#include <string.h>

static const char *const tf_types[MICA_DTYPE_COUNT] = {
    [MICA_FLOAT32] = "DT_FLOAT",     [MICA_FLOAT64] = "DT_DOUBLE", [MICA_FLOAT16] = "DT_HALF",
    [MICA_BFLOAT16] = "DT_BFLOAT16", [MICA_INT8] = "DT_INT8",      [MICA_INT16] = "DT_INT16",
    [MICA_INT32] = "DT_INT32",       [MICA_INT64] = "DT_INT64",    [MICA_UINT8] = "DT_UINT8",
    [MICA_UINT16] = "DT_UINT16",     [MICA_UINT32] = "DT_UINT32",  [MICA_UINT64] = "DT_UINT64",
    [MICA_BOOL] = "DT_BOOL",         [MICA_STRING] = "DT_STRING",
};

const char *wire_tf_type(mica_dtype dtype) { return tf_types[dtype]; }

/* Whether any of n words is `most` or more after the bits outside `mask` are dropped; without a
 * branch in the loop, so that compilers make vectors of it. */
#define ANY_FROM(type, mask, most)                                                                 \
    {                                                                                              \
        const type *word = elements;                                                               \
        type any = 0;                                                                              \
        for (int64_t i = 0; i < count; i++) any |= (type)((word[i] & (mask)) >= (most));           \
        return any;                                                                                \
    }

static bool any_refused(mica_dtype dtype, const void *elements, int64_t count) {
    switch (dtype) {
    case MICA_FLOAT32: ANY_FROM(uint32_t, 0x7f800000U, 0x7f800000U)
    case MICA_FLOAT64: ANY_FROM(uint64_t, 0x7ff0000000000000U, 0x7ff0000000000000U)
    case MICA_FLOAT16: ANY_FROM(uint16_t, 0x7c00U, 0x7c00U)
    case MICA_BFLOAT16: ANY_FROM(uint16_t, 0x7f80U, 0x7f80U)
    case MICA_BOOL: ANY_FROM(uint8_t, 0xffU, 2U)
    default: return false;
    }
}

mica_status wire_check(const char *name, mica_dtype dtype, const void *elements, int64_t count,
                       mica_error *err) {
    size_t bytes = mica_dtype_size(dtype);
    const char *at = elements;
    int64_t i = 0;
    if (!any_refused(dtype, elements, count)) return MICA_OK;
    while (!any_refused(dtype, at, 1)) at += bytes, i++;
    if (dtype == MICA_BOOL)
        return fail(err, MICA_VALUE, "input \"%s\": element %lld is %d, expected 0 or 1", name,
                    (long long)i, *(const unsigned char *)at);
    double value = dtype_load(dtype, at);
    return fail(err, MICA_NUMERIC, "input \"%s\": element %lld is %s, expected a finite number",
                name, (long long)i,
                value != value ? "not a number"
                : value > 0    ? "infinite"
                               : "minus infinite");
}

mica_status wire_read_strings(const char *name, const char *bytes, size_t size, int64_t count,
                              mica_string *out, arena *memory, mica_error *err) {
    char what[160];
    snprintf(what, sizeof what, "input \"%.140s\"", name);
    return v2_read_texts(what, bytes, size, count, out, memory, err);
}

mica_status wire_read_input(inference *x, int input, const shape *s, const char *bytes, size_t size,
                            mica_error *err) {
    const served_value *v = &x->contract->in[input];
    size_t each = v->dtype == MICA_STRING ? 4 : mica_dtype_size(v->dtype), expected = each;
    for (int i = 0; i < s->rank; i++)
        if (s->dims[i] < 0 || __builtin_mul_overflow(expected, (size_t)s->dims[i], &expected))
            expected = SIZE_MAX;
    if (v->dtype == MICA_STRING ? size < expected : size != expected) {
        char text[128];
        shape_format(s, text);
        return fail(err, MICA_SHAPE, "input \"%s\": %zu bytes, expected %s%zu for shape %s of %s",
                    v->name, size, v->dtype == MICA_STRING ? "at least " : "", expected, text,
                    v2_type(v->dtype));
    }
    TRY(inference_place(x, input, s, err));
    int64_t count = (int64_t)(expected / each);
    if (v->dtype == MICA_STRING)
        return wire_read_strings(v->name, bytes, size, count, x->in[input], &x->memory, err);
    if (size) memcpy(x->in[input], bytes, size);
    return wire_check(v->name, v->dtype, x->in[input], count, err);
}

bool change_parameter_known(const char *name, size_t length) {
    static const char *const known[] = {"version", "unload_dependents"};
    for (size_t i = 0; i < LENGTH(known); i++)
        if (strlen(known[i]) == length && !memcmp(name, known[i], length)) return true;
    return false;
}

mica_status fail_change_parameter(mica_error *err, const char *name, size_t length) {
    return fail(err, MICA_UNSUPPORTED,
                "parameter \"%.*s\": expected version alone; a model's file and its settings are "
                "the server's",
                length < 64 ? (int)length : 64, length ? name : "");
}
