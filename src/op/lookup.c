/* lookup: y[…] = values[i] where keys[i] = x[…], else missing.  x any shape, integers or strings,
 * keys (N) ascending (strings by their bytes) and each once, of x's dtype, values (N), missing a
 * scalar of values' dtype; y like x. By halving. Gradient: zero.  Source:
 * tf.lookup.StaticHashTable. */
#include "mica/categories.h"
#include "op/array.h"

enum { KEYS, VALUES, MISSING, X };

static mica_status lookup_shape(shape_frame *f) {
    mica_dtype keys = f->in[KEYS].dtype, values = f->in[VALUES].dtype;
    if (!dtype_is_integer(keys) && keys != MICA_STRING)
        return type_fail(f, "keys are %s, expected an integer type or strings",
                         mica_dtype_name(keys));
    if (keys != f->in[X].dtype)
        return type_fail(f, "keys are %s and x %s, expected the same", mica_dtype_name(keys),
                         mica_dtype_name(f->in[X].dtype));
    if (values != f->in[MISSING].dtype)
        return type_fail(f, "values are %s and what is missing %s, expected the same",
                         mica_dtype_name(values), mica_dtype_name(f->in[MISSING].dtype));
    TRY(require_rank_between(f, KEYS, 1, 1));
    TRY(require_rank_between(f, MISSING, 0, 0));
    TRY(require_shape(f, VALUES, &f->in[KEYS].shape));
    f->out[0] = (operand){.dtype = values, .shape = f->in[X].shape};
    return MICA_OK;
}

/* Below 0: element a of the keys comes before element b of x; 0: they are equal. */
static int compare(const kernel_call *c, int64_t a, int64_t b) {
    mica_dtype dtype = c->in_info[KEYS].dtype;
    size_t size = mica_dtype_size(dtype);
    if (dtype == MICA_STRING)
        return string_order((const mica_string *)c->in[KEYS] + a,
                            (const mica_string *)c->in[X] + b);
    int64_t v = dtype_load_int(dtype, (const char *)c->in[KEYS] + (size_t)a * size);
    int64_t w = dtype_load_int(dtype, (const char *)c->in[X] + (size_t)b * size);
    if (dtype == MICA_UINT64) v ^= INT64_MIN, w ^= INT64_MIN;
    return (v > w) - (v < w);
}

/* Where element i of x is among the n keys; -1: nowhere. */
static int64_t find(const kernel_call *c, int64_t n, int64_t i) {
    int64_t low = 0, high = n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        int order = compare(c, middle, i);
        if (order == 0) return middle;
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return -1;
}

static void lookup_reference(const kernel_call *c) {
    int64_t n = c->in_info[KEYS].shape.dims[0];
    for (int64_t i = 0; i < shape_size(&c->out_info[0].shape); i++) {
        int64_t at = find(c, n, i);
        if (at < 0) copy_element(c, 0, i, MISSING, 0);
        else copy_element(c, 0, i, VALUES, at);
    }
}

static bool lookup_samples(int number, sample *s) {
    if (number > 1) return false;
    sample_whole(s, MICA_SHAPE(1), 0, 3, number ? MICA_UINT64 : MICA_INT32);
    sample_whole(s, MICA_SHAPE(1), 0, 9, MICA_INT64);
    sample_whole(s, MICA_SCALAR, -1, -1, MICA_INT64);
    sample_whole(s, MICA_SHAPE(3, 4), 0, 3, number ? MICA_UINT64 : MICA_INT32);
    return true;
}

const op op_lookup = {.name = "lookup",
                      .inputs = 4,
                      .outputs = 1,
                      .traits = PURE | TEXTS,
                      .shape = lookup_shape,
                      .reference = lookup_reference,
                      .samples = lookup_samples};

mica_tensor *mica_lookup(mica_tensor *x, mica_tensor *keys, mica_tensor *values,
                         mica_tensor *missing) {
    NEEDS(x, keys, values, missing);
    return EMIT(&op_lookup, NULL, keys, values, missing, x);
}
