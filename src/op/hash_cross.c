/* hash_cross: y = one number for the elements of x_0, x_1, … at the same place: h = 0xDECAFCAFFE,
 * then h = join(h, x_i) for each, of a string its fingerprint, modulo buckets. x_i integers or
 * strings of one shape; y int64.
 * Gradient: zero.  Source: tf.sparse.cross_hashed; keras.layers.HashedCrossing. */
#include "base/fingerprint.h"
#include "mica/categories.h"
#include "op/array.h"
#include "op/hashed.h"

#define FIRST_HASH 0xDECAFCAFFEu

typedef struct hash_cross_attrs {
    int64_t buckets;
} hash_cross_attrs;

static mica_status hash_cross_shape(shape_frame *f) {
    if (f->inputs < 1) return value_fail(f, "%d inputs, expected at least 1", f->inputs);
    for (int i = 1; i < f->inputs; i++) TRY(require_shape(f, i, &f->in[0].shape));
    return hashed_check(f, ((const hash_cross_attrs *)f->attrs)->buckets);
}

static void hash_cross_reference(const kernel_call *c) {
    const hash_cross_attrs *a = c->attrs;
    int64_t *y = c->out[0];
    for (int64_t i = 0; i < shape_size(&c->out_info[0].shape); i++) {
        uint64_t hash = FIRST_HASH;
        for (int k = 0; k < c->inputs; k++) {
            mica_dtype dtype = c->in_info[k].dtype;
            const char *at = (const char *)c->in[k] + (size_t)i * mica_dtype_size(dtype);
            const mica_string *text = (const mica_string *)(const void *)at;
            uint64_t x = dtype == MICA_STRING ? fingerprint64(text->bytes, text->size)
                                              : (uint64_t)dtype_load_int(dtype, at);
            hash = fingerprint_join(hash, x);
        }
        y[i] = (int64_t)(hash % (uint64_t)a->buckets);
    }
}

static bool hash_cross_samples(int number, sample *s) {
    if (number > 0) return false;
    ((hash_cross_attrs *)s->attrs)->buckets = 9;
    sample_whole(s, MICA_SHAPE(3, 1), -9, 99, MICA_INT32);
    sample_whole(s, MICA_SHAPE(3, 1), 0, 9, MICA_INT64);
    return true;
}

static const field hash_cross_fields[] = {
    INTEGER(hash_cross_attrs, buckets, .help = "the result is below it"), END_OF_FIELDS};

const op op_hash_cross = {
    .name = "hash_cross",
    .inputs = VARIADIC,
    .outputs = 1,
    .traits = PURE | TEXTS,
    .fields = hash_cross_fields,
    .attrs_size = sizeof(hash_cross_attrs),
    .shape = hash_cross_shape,
    .reference = hash_cross_reference,
    .samples = hash_cross_samples,
};

mica_tensor *mica_hash_cross(mica_tensor *const *x, int count, int64_t buckets) {
    if (!x || count < 1) return NULL;
    return emit(&op_hash_cross, &(hash_cross_attrs){buckets}, count, x);
}
