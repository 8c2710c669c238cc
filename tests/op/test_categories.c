/* Lookups, multi-hot, hashes of categories: against TensorFlow; errors. */
#include "base/fingerprint.h"
#include "mica/categories.h"
#include "recorded.h"

static void category(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                     mica_tensor **out) {
    int64_t key[8], buckets = integer(a, "buckets");
    bool keyed = integers(a, "key", key) == 2;
    if (!strcmp(op, "multi_hot"))
        out[0] = mica_multi_hot(in[0], integer(a, "depth"), integer(a, "axis"),
                                flag_argument(a, "counts"), MICA_INT64);
    else if (!strcmp(op, "lookup")) out[0] = mica_lookup(in[0], in[1], in[2], in[3]);
    else if (!strcmp(op, "hash_bucket"))
        out[0] = mica_hash_bucket(in[0], buckets, keyed ? key : NULL);
    else if (!strcmp(op, "hash_cross")) out[0] = mica_hash_cross(in, inputs, buckets);
    else fail_msg("no call for %s", op);
}

TEST(categories_agree_with_tensorflow) { run_recorded_ops("category", category); }

TEST(unsigned_numbers_are_ordered_and_hashed_as_such) {
    const uint64_t keys[] = {3, UINT64_MAX}, x[] = {UINT64_MAX, 4, 3};
    const int64_t values[] = {10, 20};
    int64_t found[3];
    mica_error err = {0};
    mica_tensor *t = mica_tensor_new(ctx, MICA_UINT64, MICA_SHAPE(3), x);
    mica_tensor *y = mica_lookup(t, mica_tensor_new(ctx, MICA_UINT64, MICA_SHAPE(2), keys),
                                 mica_tensor_new(ctx, MICA_INT64, MICA_SHAPE(2), values),
                                 mica_scalar(ctx, MICA_INT64, -1));
    ASSERT_OK(mica_tensor_read(y, MICA_INT64, found, sizeof found, &err));
    assert_true(found[0] == 20 && found[1] == -1 && found[2] == 10);
    y = mica_hash_bucket(t, 1000, NULL);
    ASSERT_OK(mica_tensor_read(y, MICA_INT64, found, sizeof found, &err));
    assert_int_equal(found[0], fingerprint64("18446744073709551615", 20) % 1000);
}

TEST(they_name_what_does_not_fit) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), 1);
    mica_tensor *whole = mica_full(ctx, MICA_INT32, MICA_SHAPE(2), 1);
    mica_tensor *one = mica_full(ctx, MICA_INT64, MICA_SCALAR, 1);
    ASSERT_POISON(mica_multi_hot(x, 3, 0, false, MICA_INT64), MICA_TYPE, "indices are float32");
    ASSERT_POISON(mica_multi_hot(whole, 3, 1, false, MICA_INT64), MICA_SHAPE, "multi_hot: axis 1");
    ASSERT_POISON(mica_multi_hot(whole, -1, 0, false, MICA_INT64), MICA_SHAPE, "depth -1");
    ASSERT_POISON(mica_hash_bucket(x, 3, NULL), MICA_TYPE, "hash_bucket: x is float32");
    ASSERT_POISON(mica_hash_bucket(whole, 0, NULL), MICA_VALUE, "hash_bucket: 0 buckets");
    ASSERT_POISON(mica_hash_cross((mica_tensor *[]){whole, one}, 2, 9), MICA_SHAPE, "hash_cross");
    ASSERT_POISON(mica_lookup(whole, x, x, one), MICA_TYPE, "lookup: keys are float32");
    ASSERT_POISON(mica_lookup(one, whole, whole, one), MICA_TYPE, "keys are int32 and x int64");
    ASSERT_POISON(mica_lookup(whole, whole, whole, one), MICA_TYPE, "values are int32");
}

RUN_WITH_CONTEXT(UNIT(categories_agree_with_tensorflow),
                 UNIT(unsigned_numbers_are_ordered_and_hashed_as_such),
                 UNIT(they_name_what_does_not_fit))
