/* Tensors of strings: made, read, printed, viewed, hashed, looked up; what does not take them says
 * so; plans and datasets bring them. */
#include "mica/mica.h"
#include "support/in_context.h"
#include "tensor/tensor.h"

static const char *const words[] = {"red", "", "gr\u00fcn", "a b"};

static void expect_texts(mica_tensor *t, const char *const *expected, size_t n) {
    mica_string found[8];
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_tensor_dtype(t), MICA_STRING);
    ASSERT_OK(mica_tensor_read(t, MICA_STRING, found, n * sizeof *found, &err));
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(found[i].size, strlen(expected[i]));
        assert_memory_equal(found[i].bytes, expected[i], found[i].size);
    }
}

TEST(strings_are_copied_read_and_printed) {
    char text[64];
    char own[] = "red";
    const char *const given[] = {own, "it's\n"};
    mica_tensor *t = mica_strings(ctx, MICA_SHAPE(2), given);
    own[0] = 'X';
    expect_texts(t, (const char *const[]){"red", "it's\n"}, 2);
    mica_tensor_format(t, text, sizeof text);
    assert_string_equal(text, "['red' 'it\\'s\\x0a']");
    const mica_string with_zero = {"a\0b", 3};
    mica_tensor *z = mica_tensor_new(ctx, MICA_STRING, MICA_SCALAR, &with_zero);
    mica_tensor_format(z, text, sizeof text);
    assert_string_equal(text, "'a\\x00b'");
}

TEST(views_keep_the_bytes) {
    mica_tensor *t = mica_strings(ctx, MICA_SHAPE(2, 2), words);
    mica_tensor *column = mica_slice(t, 2, (int64_t[]){0, 1}, NULL, NULL);
    mica_tensor *row = mica_reshape(column, MICA_SHAPE(2)); /* a copy: the column has gaps */
    mica_tensor_destroy(&t);
    mica_tensor_destroy(&column);
    expect_texts(row, (const char *const[]){"", "a b"}, 2);
}

TEST(other_ops_refuse_strings) {
    mica_tensor *t = mica_strings(ctx, MICA_SHAPE(4), words);
    mica_tensor *one = mica_ones(ctx, MICA_FLOAT32, MICA_SHAPE(4));
    float number;
    mica_add(one, t);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_TYPE, "is strings, expected numbers");
    mica_cast(t, MICA_FLOAT32);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_TYPE, "cast: input 0 is strings");
    mica_cast(one, MICA_STRING);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_TYPE, "cast: dtype number 13");
    mica_zeros(ctx, MICA_STRING, MICA_SHAPE(2));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_TYPE, "full: strings");
    mica_variable(t, "names");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_TYPE, "variable names: its initial value is strings");
    mica_strings(ctx, MICA_SHAPE(2), (const char *const[]){"a", NULL});
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "texts[1] is NULL");
    ASSERT_FAILS(mica_tensor_read(t, MICA_FLOAT32, &number, 4, &err), MICA_TYPE,
                 "string as float32");
    mica_layer_call(mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1)),
                    mica_strings(ctx, MICA_SHAPE(2, 2), words), false);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_TYPE,
                 "layer dense: input 0 has dtype string, expected numbers");
}

TEST(strings_become_numbers_and_back) {
    int64_t places[4];
    mica_tensor *x = mica_strings(ctx, MICA_SHAPE(4), words);
    const char *json = "{\"vocabulary\": [\"gr\u00fcn\", \"red\"]}";
    mica_layer *l = mica_layer_from_config(ctx, "StringLookup", json);
    mica_tensor *y = mica_layer_call(l, x, false);
    ASSERT_OK(mica_tensor_read(y, MICA_INT64, places, sizeof places, &err));
    assert_true(places[0] == 2 && places[1] == 0 && places[2] == 1 && places[3] == 0);
    l = mica_layer_string_lookup(ctx, MICA_OPTIONS(string_lookup,
                                                   .vocabulary = "[\"gr\u00fcn\", \"red\"]",
                                                   .invert = true, .mask_token = "-"));
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(1));
    mica_model_add(m, l);
    mica_tensor *column = mica_reshape(mica_cast(y, MICA_FLOAT32), MICA_SHAPE(4, 1)), *out;
    const char *const back[] = {"gr\u00fcn", "-", "[UNK]", "-"};
    expect_texts(mica_layer_call(l, y, false), back, 4);
    ASSERT_OK(mica_model_predict(m, &column, 1, 2, &out, &err));
    mica_model_destroy(&m); /* the strings were its own */
    expect_texts(out, back, 4);
}

static void take_second(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    out[0] = mica_slice(in[0], 1, (int64_t[]){1}, NULL, NULL);
    out[1] = mica_hash_bucket(in[0], 100, NULL);
}

TEST(compiled_functions_take_and_give_strings) {
    mica_function *f = mica_function_new(ctx, take_second, NULL, 1, 2, NULL);
    mica_tensor *x = mica_strings(ctx, MICA_SHAPE(4), words), *out[2];
    int64_t a[4], b[4];
    mica_function_call(f, &x, out);
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_OK(mica_tensor_read(out[1], MICA_INT64, a, sizeof a, &err));
    ASSERT_OK(mica_tensor_read(mica_hash_bucket(x, 100, NULL), MICA_INT64, b, sizeof b, &err));
    assert_memory_equal(a, b, sizeof a);
    mica_tensor_destroy(&x);
    expect_texts(out[0], words + 1, 3);
    mica_function_destroy(&f);
}

TEST(datasets_bring_strings_and_know_them_by_what_they_say) {
    mica_tensor *x = mica_strings(ctx, MICA_SHAPE(4, 1), words),
                *same = mica_strings(ctx, MICA_SHAPE(4, 1), words);
    mica_dataset *d = mica_dataset_new(ctx, &x, 1, NULL, 0, NULL),
                 *e = mica_dataset_new(ctx, &same, 1, NULL, 0, NULL);
    char one[65], other[65];
    ASSERT_OK(mica_dataset_fingerprint(d, one, &err));
    ASSERT_OK(mica_dataset_fingerprint(e, other, &err));
    assert_string_equal(one, other);
    mica_tensor *rows = mica_dataset_input(d, 0, (int64_t[]){3, 0}, 2), *out;
    mica_tensor_destroy(&x);
    mica_dataset_destroy(&d);
    expect_texts(rows, (const char *const[]){"a b", "red"}, 2);
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(1));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1)));
    ASSERT_FAILS(mica_model_predict(m, &same, 1, 0, &out, &err), MICA_TYPE,
                 "are string, the model expects float32");
    mica_layer *norm = mica_layer_normalization(ctx, NULL);
    ASSERT_FAILS(mica_layer_adapt(norm, same, &err), MICA_TYPE,
                 "x holds strings, expected numbers");
}

RUN_TESTS(IN_CONTEXT(strings_are_copied_read_and_printed), IN_CONTEXT(views_keep_the_bytes),
          IN_CONTEXT(other_ops_refuse_strings), IN_CONTEXT(strings_become_numbers_and_back),
          IN_CONTEXT(compiled_functions_take_and_give_strings),
          IN_CONTEXT(datasets_bring_strings_and_know_them_by_what_they_say))
