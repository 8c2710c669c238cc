/* Layers that learn bins and vocabularies: what they adapt to is what Keras's do, it goes through
 * configs and into models that were used before, and what is refused. */
#include "layer/layer.h"
#include "mica/mica.h"
#include "support/folder.h"
#include "support/in_context.h"
#include "support/recorded.h"

static mica_layer *made(const char *class_name, const char *json) {
    mica_layer *l = mica_layer_from_config(ctx, class_name, json);
    ASSERT_OK(mica_check(ctx, &err));
    return l;
}

/* The same but for the last digits of reals. */
static bool alike(const json_t *a, const json_t *b) {
    if (!json_is_array(a)) {
        if (!json_is_number(a)) return json_equal(a, b);
        return fabs(json_number_value(a) - json_number_value(b)) < 1e-6;
    }
    for (size_t i = 0; i < json_array_size(a); i++)
        if (!alike(json_array_get(a, i), json_array_get(b, i))) return false;
    return json_array_size(a) == json_array_size(b);
}

/* What the config says that was learned. */
static void check_learned(const mica_layer *l, const json_t *learned, size_t number) {
    json_t *tree = layer_config(l, &err), *config = json_object_get(tree, "config"), *value;
    const char *key;
    if (json_is_array(learned) && !alike(learned, json_object_get(config, "bin_boundaries")))
        fail_msg("case %zu: %s", number, config_text(json_object_get(config, "bin_boundaries")));
    json_object_foreach((json_t *)learned, key, value) {
        json_t *found = json_object_get(config, key);
        if (!alike(value, found)) fail_msg("case %zu: %s is %s", number, key, config_text(found));
    }
    json_decref(tree);
}

static mica_tensor *recorded_texts(const json_t *tree) {
    const json_t *dims = json_object_get(tree, "shape"), *data = json_object_get(tree, "data");
    const char *texts[256];
    mica_shape s = {(int)json_array_size(dims), {0}};
    for (int i = 0; i < s.rank; i++)
        s.dims[i] = json_integer_value(json_array_get(dims, (size_t)i));
    assert_true(json_array_size(data) <= LENGTH(texts));
    for (size_t i = 0; i < json_array_size(data); i++)
        texts[i] = json_string_value(json_array_get(data, i));
    return mica_strings(ctx, s, texts);
}

static void run_case(const json_t *one, size_t number) {
    const char *class_name = json_string_value(json_object_get(one, "class_name"));
    char what[64];
    snprintf(what, sizeof what, "case %zu", number);
    mica_layer *l = layer_from_config(ctx, class_name, json_object_get(one, "config"), &err);
    if (!l) fail_msg("%s: %s", what, err.message);
    bool bins = !strcmp(class_name, "Discretization");
    bool texts = !strcmp(class_name, "StringLookup") || !strcmp(class_name, "TextVectorization");
    mica_tensor *x = texts ? recorded_texts(json_object_get(one, "input"))
                           : recorded_numbers(ctx, bins ? MICA_FLOAT32 : MICA_INT64,
                                              json_object_get(one, "input"));
    mica_tensor *y = recorded_numbers(ctx, MICA_FLOAT32, json_object_get(one, "output"));
    ASSERT_OK(mica_layer_adapt(l, x, &err));
    check_learned(l, json_object_get(one, "learned"), number);
    assert_tensor_close(mica_layer_call(l, x, false), y, 1e-6, what);
    json_t *config = layer_config(l, &err);
    mica_layer *again = layer_from_config(ctx, class_name, json_object_get(config, "config"), &err);
    assert_non_null(again);
    assert_tensor_close(mica_layer_call(again, x, false), y, 1e-6, what);
    json_decref(config);
}

TEST(adapting_finds_what_keras_finds) {
    json_t *tree = recorded_json("adapt_features.json"), *one;
    size_t i;
    json_array_foreach(json_object_get(tree, "cases"), i, one) run_case(one, i);
    assert_true(i > 5);
    json_decref(tree);
}

TEST(a_model_uses_what_its_layer_learned_last) {
    const int64_t first[] = {7, 7, 8}, second[] = {8, 8, 7};
    float y[3];
    mica_tensor *x = mica_tensor_new(ctx, MICA_INT64, MICA_SHAPE(3, 1), first), *out;
    mica_layer *l = mica_layer_integer_lookup(ctx, NULL);
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(1));
    mica_model_add(m, l);
    ASSERT_OK(mica_layer_adapt(l, x, &err));
    ASSERT_OK(mica_model_predict(m, &x, 1, 0, &out, &err));
    ASSERT_OK(mica_tensor_read(out, MICA_FLOAT32, y, sizeof y, &err));
    assert_true(y[0] == 1 && y[1] == 1 && y[2] == 2);
    ASSERT_OK(mica_layer_adapt(l, mica_tensor_new(ctx, MICA_INT64, MICA_SHAPE(3), second), &err));
    ASSERT_OK(mica_model_predict(m, &x, 1, 0, &out, &err));
    ASSERT_OK(mica_tensor_read(out, MICA_FLOAT32, y, sizeof y, &err));
    assert_true(y[0] == 2 && y[1] == 2 && y[2] == 1);
}

TEST(a_token_that_is_not_in_the_vocabulary_is_refused_without_room_for_it) {
    mica_layer *l = made("IntegerLookup", "{\"vocabulary\": [5, 6], \"num_oov_indices\": 0}");
    const int64_t x[] = {5, 9};
    mica_layer_call(l, mica_tensor_new(ctx, MICA_INT64, MICA_SHAPE(2), x), false);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE,
                 "layer integer_lookup: 9 at place 1 is not in the vocabulary");
}

TEST(a_token_without_room_for_it_is_an_error_in_a_model_too) {
    const char *const words[] = {"red", "blue", "", "green"};
    mica_tensor *x = mica_strings(ctx, MICA_SHAPE(4, 1), words), *out;
    mica_layer *l = made("StringLookup",
                         "{\"vocabulary\": [\"red\", \"blue\"], \"num_oov_indices\":"
                         " 0, \"mask_token\": \"\"}");
    mica_layer_call(l, x, false);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE,
                 "layer string_lookup: 'green' at place 3 is not in the vocabulary");
    mica_tensor *in = mica_input_of(ctx, MICA_SHAPE(1), MICA_STRING, NULL),
                *numbers = mica_apply(l, in);
    mica_model *m = mica_model_new(ctx, &in, 1, &numbers, 1, NULL);
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_FAILS(mica_model_predict(m, &x, 1, 4, &out, &err), MICA_VALUE,
                 "'green' at place 3 is not in the vocabulary: with num_oov_indices 0");
    x = mica_strings(ctx, MICA_SHAPE(3, 1), words); /* the mask has a number of its own */
    ASSERT_OK(mica_model_predict(m, &x, 1, 4, &out, &err));
    int64_t y[3];
    ASSERT_OK(mica_tensor_read(out, MICA_INT64, y, sizeof y, &err));
    assert_true(y[0] == 1 && y[1] == 2 && y[2] == 0);
}

TEST(texts_become_numbers_in_a_model) {
    const char *const texts[] = {"Red red, blue!", "", "a\xff b"};
    int64_t y[9];
    mica_tensor *x = mica_strings(ctx, MICA_SHAPE(3), texts), *out;
    mica_layer *l = mica_layer_text_vectorization(
        ctx, MICA_OPTIONS(text_vectorization, .vocabulary = "[\"red\", \"a\"]",
                          .output_sequence_length = 3));
    mica_tensor *in = mica_input_of(ctx, MICA_SCALAR, MICA_STRING, NULL),
                *numbers = mica_apply(l, in);
    mica_model *m = mica_model_new(ctx, &in, 1, &numbers, 1, NULL);
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_OK(mica_model_predict(m, &x, 1, 2, &out, &err));
    ASSERT_OK(mica_tensor_read(out, MICA_INT64, y, sizeof y, &err));
    static const int64_t expected[] = {2, 2, 1, 0, 0, 0, 1, 1, 0};
    assert_memory_equal(y, expected, sizeof y);
    l = made("TextVectorization",
             "{\"split\": \"character\", \"vocabulary\": [\"a\", \"\u4e2d\"]}");
    const char *const letters[] = {"\u4e2d\xff"
                                   "A\xe4\xb8"};
    out = mica_layer_call(l, mica_strings(ctx, MICA_SHAPE(1), letters), false);
    ASSERT_OK(mica_tensor_read(out, MICA_INT64, y, 4 * sizeof *y, &err));
    assert_true(y[0] == 3 && y[1] == 1 && y[2] == 2 && y[3] == 1); /* U+FFFD twice */
}

TEST(texts_that_cannot_be_vectorized_are_told) {
    mica_layer *l = made("TextVectorization", "{\"vocabulary\": [\"a\"]}");
    mica_tensor *in = mica_input_of(ctx, MICA_SHAPE(1), MICA_STRING, NULL);
    mica_apply(l, in);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "expected an output_sequence_length");
    mica_layer_call(l, mica_strings(ctx, MICA_SHAPE(1, 2), (const char *const[]){"a", "b"}), false);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "rows of 2 texts, expected 1");
    l = made("TextVectorization", "{\"output_mode\": \"count\"}");
    mica_tensor *pairs = mica_strings(ctx, MICA_SHAPE(1, 2), (const char *const[]){"a", "b"});
    ASSERT_FAILS(mica_layer_adapt(l, pairs, &err), MICA_SHAPE,
                 "layer text_vectorization_1: rows of 2 texts");
    ASSERT_FAILS(mica_layer_adapt(l, mica_ones(ctx, MICA_FLOAT32, MICA_SHAPE(2)), &err), MICA_TYPE,
                 "x of float32, expected strings");
    mica_layer_call(l, mica_ones(ctx, MICA_INT32, MICA_SHAPE(2)), false);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "it has no vocabulary yet");
    mica_layer_call(made("TextVectorization", "{\"vocabulary\": [\"a\"]}"),
                    mica_ones(ctx, MICA_INT32, MICA_SHAPE(2)), false);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_TYPE, "input of int32, expected strings");
}

TEST(lookups_that_learned_nothing_are_not_run) {
    const char *const words[] = {"a", "b"};
    static const char *const classes[] = {"StringLookup", "TextVectorization"};
    for (size_t i = 0; i < LENGTH(classes); i++) {
        bool whole = i == 1;
        mica_tensor *x = mica_strings(ctx, MICA_SHAPE(2, 1), words), *out;
        mica_layer *l = made(classes[i], whole ? "{\"output_mode\": \"tf_idf\", \"max_tokens\": 5, "
                                                 "\"pad_to_max_tokens\": true}"
                                               : "{}");
        mica_layer_call(l, x, false);
        ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "it has no vocabulary yet");
        mica_tensor *in = mica_input_of(ctx, MICA_SHAPE(1), MICA_STRING, NULL),
                    *numbers = mica_apply(l, in);
        mica_model *m = mica_model_new(ctx, &in, 1, &numbers, 1, NULL);
        ASSERT_OK(mica_check(ctx, &err));
        ASSERT_FAILS(mica_model_predict(m, &x, 1, 0, &out, &err), MICA_STATE,
                     "has no vocabulary yet: adapt it to data");
        ASSERT_OK(mica_layer_adapt(l, x, &err));
        ASSERT_OK(mica_model_predict(m, &x, 1, 0, &out, &err));
        double y[10];
        size_t n = (size_t)mica_tensor_size(out);
        ASSERT_OK(mica_tensor_read(out, MICA_FLOAT64, y, n * sizeof *y, &err));
        if (whole) assert_true(n == 10 && y[0] == 0 && fabs(y[2] - log(2)) < 1e-6 && y[4] == 0);
        else assert_true(n == 2 && y[0] == 2 && y[1] == 1);
    }
}

static void put_words(const char *name, const char *text) {
    put_file(in_folder(name), text, strlen(text));
}

static void expect_vocabulary(const mica_layer *l, const char *json) {
    json_t *config = layer_config(l, &err), *expected = json_loads(json, 0, NULL);
    if (!json_equal(json_object_get(json_object_get(config, "config"), "vocabulary"), expected))
        fail_msg("%s", config_text(config));
    json_decref(config);
    json_decref(expected);
}

TEST(vocabularies_are_read_from_files) {
    char json[4200];
    put_words("words.txt", "red\r\ngr\u00fcn\na b\n");
    put_words("numbers.txt", "7\n-3\n12");
    mica_layer *l = mica_layer_string_lookup(
        ctx, MICA_OPTIONS(string_lookup, .vocabulary = in_folder("words.txt")));
    ASSERT_OK(mica_check(ctx, &err));
    expect_vocabulary(l, "[\"red\", \"gr\u00fcn\", \"a b\"]");
    l = mica_layer_integer_lookup(
        ctx, MICA_OPTIONS(integer_lookup, .vocabulary = in_folder("numbers.txt")));
    ASSERT_OK(mica_check(ctx, &err));
    expect_vocabulary(l, "[7, -3, 12]");
    snprintf(json, sizeof json, "{\"vocabulary\": \"%s\"}", in_folder("words.txt"));
    expect_vocabulary(made("TextVectorization", json), "[\"red\", \"gr\u00fcn\", \"a b\"]");
    json_t *config = json_loads(json, 0, NULL); /* as in a model's file, which says what is read */
    assert_null(layer_from_config(ctx, "StringLookup", config, &err));
    assert_non_null(strstr(err.message, "vocabulary is the name of a file"));
    json_decref(config);
}

TEST(vocabularies_of_bad_files_are_refused) {
    put_words("bad.txt", "7\nx\n");
    put_words("empty.txt", "");
    put_words("latin.txt", "red\ngr\xfcn\n");
    put_words("twice.txt", "red\nblue\nred\n");
    mica_layer_integer_lookup(ctx,
                              MICA_OPTIONS(integer_lookup, .vocabulary = in_folder("bad.txt")));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "bad.txt: line 2 is 'x', expected a whole");
    static const char *const names[][2] = {{"empty.txt", "the file is empty"},
                                           {"latin.txt", "latin.txt:2: "},
                                           {"twice.txt", "has \"red\" twice, at places 0 and 2"},
                                           {"none.txt", "none.txt: "}};
    for (size_t i = 0; i < LENGTH(names); i++) {
        mica_layer_string_lookup(ctx,
                                 MICA_OPTIONS(string_lookup, .vocabulary = in_folder(names[i][0])));
        assert_int_not_equal(mica_check(ctx, &err), MICA_OK);
        if (!strstr(err.message, names[i][1])) fail_msg("%s", err.message);
    }
}

static void refused(const char *class_name, const char *json, const char *message) {
    mica_layer_from_config(ctx, class_name, json);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, message);
}

TEST(wrong_vocabularies_are_refused) {
    refused("IntegerLookup", "{\"vocabulary\": [5, 6, 5]}", "has 5 twice, at places 0 and 2");
    refused("IntegerLookup", "{\"vocabulary\": [5, \"a\"]}",
            "vocabulary has \"a\" at place 1, expected whole numbers");
    refused("IntegerLookup", "{\"vocabulary\": []}", "expected a list of tokens");
    refused("IntegerLookup", "{\"vocabulary\": [5, 0], \"mask_token\": 0}",
            "has the mask_token 0 at place 1");
    refused("IntegerLookup", "{\"vocabulary\": [5, 6], \"max_tokens\": 2}",
            "vocabulary has 3 tokens with the special ones, max_tokens is 2");
    refused("IntegerLookup", "{\"vocabulary\": [5, 6], \"output_mode\": \"tf_idf\"}",
            "a vocabulary without idf_weights");
    refused("IntegerLookup",
            "{\"vocabulary\": [5], \"output_mode\": \"tf_idf\", \"idf_weights\": [1, 2]}",
            "2 idf_weights, expected one for each of 1 tokens");
    refused("TextVectorization", "{\"ngrams\": [0]}", "ngrams is '[0]', expected a number");
    refused("TextVectorization", "{\"ngrams\": 9}", "ngrams is '9', expected a number from 1");
    refused("TextVectorization", "{\"output_mode\": \"count\", \"output_sequence_length\": 3}",
            "output_sequence_length with output_mode 'count'");
    refused("Discretization", "{}", "neither bin_boundaries nor num_bins is given");
    refused("Discretization", "{\"bin_boundaries\": [2, 1]}", "expected a list of ascending");
}

TEST(adapting_what_is_given_or_nothing_is_refused) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(4, 1), NAN);
    mica_layer *given = made("IntegerLookup", "{\"vocabulary\": [5]}"), *l;
    ASSERT_FAILS(mica_layer_adapt(given, x, &err), MICA_STATE, "its vocabulary is given");
    l = made("Discretization", "{\"bin_boundaries\": [5]}");
    ASSERT_FAILS(mica_layer_adapt(l, x, &err), MICA_STATE, "its bin_boundaries are given");
    l = made("Discretization", "{\"num_bins\": 3, \"output_mode\": \"one_hot\"}");
    ASSERT_FAILS(mica_layer_adapt(l, x, &err), MICA_VALUE, "x in row 0 is nan");
    mica_layer_call(l, x, false);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "it has no bins yet: adapt it to data");
    l = made("IntegerLookup", "{\"output_mode\": \"count\"}");
    mica_layer_call(l, x, false);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "it has no vocabulary yet");
    mica_tensor *minus = mica_full(ctx, MICA_INT64, MICA_SHAPE(4, 1), -1);
    ASSERT_FAILS(mica_layer_adapt(l, minus, &err), MICA_VALUE, "no tokens but the special ones");
}

RUN_TESTS(IN_CONTEXT(adapting_finds_what_keras_finds),
          IN_CONTEXT(a_model_uses_what_its_layer_learned_last),
          IN_CONTEXT(a_token_that_is_not_in_the_vocabulary_is_refused_without_room_for_it),
          IN_CONTEXT(a_token_without_room_for_it_is_an_error_in_a_model_too),
          IN_CONTEXT(texts_become_numbers_in_a_model),
          IN_CONTEXT(texts_that_cannot_be_vectorized_are_told),
          IN_CONTEXT(lookups_that_learned_nothing_are_not_run),
          IN_CONTEXT(vocabularies_are_read_from_files),
          IN_CONTEXT(vocabularies_of_bad_files_are_refused),
          IN_CONTEXT(wrong_vocabularies_are_refused),
          IN_CONTEXT(adapting_what_is_given_or_nothing_is_refused))
