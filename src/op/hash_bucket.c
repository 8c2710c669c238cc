/* hash_bucket: y = H(bytes of x, or decimal digits of an integer) mod buckets, H FarmHash's 64-bit
 * fingerprint, or SipHash with a key. x any shape, integers or strings; y like x, int64.  Gradient:
 * zero. Source: tf.strings.to_hash_bucket_fast, to_hash_bucket_strong of tf.as_string. */
#include "base/fingerprint.h"
#include "mica/categories.h"
#include "op/array.h"
#include "op/hashed.h"

typedef struct hash_bucket_attrs {
    int64_t buckets, keyed, key_0, key_1;
} hash_bucket_attrs;

mica_status hashed_check(shape_frame *f, int64_t buckets) {
    for (int i = 0; i < f->inputs; i++)
        if (!dtype_is_integer(f->in[i].dtype) && f->in[i].dtype != MICA_STRING)
            return type_fail(f, "x is %s, expected an integer type or strings",
                             mica_dtype_name(f->in[i].dtype));
    if (buckets < 1) return value_fail(f, "%lld buckets, expected at least 1", (long long)buckets);
    f->out[0] = (operand){.dtype = MICA_INT64, .shape = f->in[0].shape};
    return MICA_OK;
}

static mica_status hash_bucket_shape(shape_frame *f) {
    return hashed_check(f, ((const hash_bucket_attrs *)f->attrs)->buckets);
}

/* The decimal digits of an integer, with its sign; returns how many. */
static size_t digits_of(mica_dtype dtype, const void *at, char text[24]) {
    int64_t value = dtype_load_int(dtype, at);
    bool negative = value < 0 && dtype != MICA_UINT64;
    uint64_t rest = negative ? 0 - (uint64_t)value : (uint64_t)value;
    char reversed[24];
    size_t n = 0, length = 0;
    do reversed[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (negative) text[length++] = '-';
    while (n > 0) text[length++] = reversed[--n];
    return length;
}

static void hash_bucket_reference(const kernel_call *c) {
    const hash_bucket_attrs *a = c->attrs;
    const uint64_t key[2] = {(uint64_t)a->key_0, (uint64_t)a->key_1};
    mica_dtype dtype = c->in_info[0].dtype;
    int64_t *y = c->out[0];
    char text[24];
    for (int64_t i = 0; i < shape_size(&c->out_info[0].shape); i++) {
        const char *at = (const char *)c->in[0] + (size_t)i * mica_dtype_size(dtype);
        const mica_string *own = (const mica_string *)(const void *)at;
        bool is_text = dtype == MICA_STRING;
        size_t n = is_text ? own->size : digits_of(dtype, at, text);
        const char *bytes = is_text ? own->bytes : text;
        uint64_t hash = a->keyed ? siphash64(key, bytes, n) : fingerprint64(bytes, n);
        y[i] = (int64_t)(hash % (uint64_t)a->buckets);
    }
}

static bool hash_bucket_samples(int number, sample *s) {
    static const hash_bucket_attrs cases[] = {{7, 0, 0, 0}, {5, 1, 133, 1}};
    if (number >= (int)LENGTH(cases)) return false;
    *(hash_bucket_attrs *)s->attrs = cases[number];
    sample_whole(s, MICA_SHAPE(3, 4), -9, 99, number ? MICA_INT64 : MICA_INT32);
    return true;
}

static const field hash_bucket_fields[] = {
    INTEGER(hash_bucket_attrs, buckets, .help = "the result is below it"),
    INTEGER(hash_bucket_attrs, keyed, .help = "1: SipHash"),
    INTEGER(hash_bucket_attrs, key_0, .help = "first half of the key"),
    INTEGER(hash_bucket_attrs, key_1, .help = "second half of the key"),
    END_OF_FIELDS,
};

const op op_hash_bucket = {
    .name = "hash_bucket",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE | TEXTS,
    .fields = hash_bucket_fields,
    .attrs_size = sizeof(hash_bucket_attrs),
    .shape = hash_bucket_shape,
    .reference = hash_bucket_reference,
    .samples = hash_bucket_samples,
};

mica_tensor *mica_hash_bucket(mica_tensor *x, int64_t buckets, const int64_t *key) {
    hash_bucket_attrs a = {.buckets = buckets, .keyed = key != NULL};
    if (key) a.key_0 = key[0], a.key_1 = key[1];
    return EMIT(&op_hash_bucket, &a, x);
}
