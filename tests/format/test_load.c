/* Loading files that are not whole, not models, or of another model. */
#include "format_support.h"

#include "base/file.h"

static mica_context *ctx_of(void **state) { return *state; }

static int open_context(void **state) { return !(*state = mica_open(NULL)); }
static int close_context(void **state) {
    mica_context *ctx = *state;
    mica_close(&ctx);
    return 0;
}

static void write_bytes(const char *path, const void *bytes, size_t size) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    fclose(f);
}

TEST(load_says_what_is_not_a_model_file) {
    mica_error err = {0};
    mica_model *m;
    const char *path = own_path("x.h5");
    ASSERT_FAILS(mica_model_load(ctx_of(state), path, &m, &err), MICA_IO, path);
    write_bytes(path, "", 0);
    ASSERT_FAILS(mica_model_load(ctx_of(state), path, &m, &err), MICA_FORMAT, "the file is empty");
    write_bytes(path, "hello, world", 12);
    ASSERT_FAILS(mica_model_load(ctx_of(state), path, &m, &err), MICA_FORMAT,
                 "not a model file, expected Keras HDF5");
    assert_null(m);
    assert_int_equal(mica_model_load(ctx_of(state), path, &m, NULL), MICA_FORMAT);
    assert_int_equal(mica_model_load(ctx_of(state), own_folder(), &m, NULL), MICA_IO);
    ASSERT_FAILS(mica_model_load(ctx_of(state), "tests/fuzz/corpus/hdf5/types_latest.h5", &m, &err),
                 MICA_FORMAT, "without model_config");
}

/* Every prefix of a file is refused: by name, never by a crash. */
TEST(load_refuses_every_truncated_file) {
    mica_error err = {0};
    mica_model *m;
    file_bytes whole;
    ASSERT_OK(file_read(case_path("keras3_mlp", "model.h5"), &whole, &err));
    for (size_t size = 0; size + 1 < whole.size; size += 1 + size / 16) {
        err.message[0] = 0;
        mica_status status = keras_h5_load_bytes(ctx_of(state), "cut.h5", whole.data, size, &m,
                                                 &err);
        assert_int_not_equal(status, MICA_OK);
        assert_non_null(strstr(err.message, "cut.h5"));
    }
    free(whole.data);
}

static mica_model *two_layers(mica_context *ctx, const char *a, const char *b, int64_t units) {
    mica_error err = {0};
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(3));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = units, .name = a)));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2, .name = b)));
    ASSERT_OK(mica_check(ctx, &err));
    return m;
}

static void assert_same_weights(const mica_model *a, const mica_model *b, bool swapped) {
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < 2; k++)
            assert_tensor_close(a->layers[1 + (swapped ? 1 - i : i)]->weights[k].variable,
                                b->layers[1 + i]->weights[k].variable, 0, "weights");
}

TEST(weights_go_to_layers_of_their_names) {
    mica_error err = {0};
    mica_context *ctx = ctx_of(state);
    mica_model *a = mica_sequential(ctx, MICA_SHAPE(2)), *b = mica_sequential(ctx, MICA_SHAPE(2));
    const char *names[] = {"one", "two"};
    for (int i = 0; i < 2; i++) {
        mica_model_add(a, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2, .name = names[i])));
        mica_model_add(
            b, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2, .name = names[1 - i])));
    }
    ASSERT_OK(mica_model_save(a, own_path("a.h5"), &err));
    ASSERT_OK(mica_model_load_weights(b, own_path("a.h5"), &err));
    assert_same_weights(a, b, true);
}

TEST(weights_of_other_names_go_by_order) {
    mica_error err = {0};
    mica_context *ctx = ctx_of(state);
    mica_model *a = two_layers(ctx, "p", "q", 4), *b = two_layers(ctx, "r", "s", 4);
    ASSERT_OK(mica_model_save(a, own_path("a.h5"), &err));
    ASSERT_OK(mica_model_load_weights(b, own_path("a.h5"), &err));
    assert_same_weights(a, b, false);
}

TEST(weights_of_another_shape_change_nothing) {
    mica_error err = {0};
    mica_context *ctx = ctx_of(state);
    mica_model *a = two_layers(ctx, "v", "w", 4), *b = two_layers(ctx, "v", "w", 5);
    float before[15], after[15];
    ASSERT_OK(mica_model_save(a, own_path("a.h5"), &err));
    ASSERT_OK(mica_tensor_read(b->layers[1]->weights[0].variable, MICA_FLOAT32, before,
                               sizeof before, &err));
    ASSERT_FAILS(mica_model_load_weights(b, own_path("a.h5"), &err), MICA_MISMATCH,
                 "a.h5: layer v: kernel (3, 4), expected (3, 5)");
    ASSERT_OK(mica_tensor_read(b->layers[1]->weights[0].variable, MICA_FLOAT32, after, sizeof after,
                               &err));
    assert_memory_equal(before, after, sizeof before);
}

TEST(weights_of_other_layers_are_named) {
    mica_error err = {0};
    mica_context *ctx = ctx_of(state);
    mica_model *a = two_layers(ctx, "m", "n", 4), *b = two_layers(ctx, "m", "n", 4);
    mica_model_add(b, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1, .name = "third")));
    ASSERT_OK(mica_model_save(a, own_path("a.h5"), &err));
    ASSERT_FAILS(mica_model_load_weights(b, own_path("a.h5"), &err), MICA_MISMATCH,
                 "weights of 2 layers, expected 3: none for layer third");
    ASSERT_OK(mica_model_save(b, own_path("b.h5"), &err));
    ASSERT_FAILS(mica_model_load_weights(a, own_path("b.h5"), &err), MICA_MISMATCH,
                 "weights of 3 layers, expected 2: layer third is not in the model");
}

TEST(weights_alone_are_saved_and_read) {
    mica_error err = {0};
    mica_context *ctx = ctx_of(state);
    mica_model *a = two_layers(ctx, "e", "f", 4), *b = two_layers(ctx, "e", "f", 4), *none;
    ASSERT_OK(mica_model_save_weights(a, own_path("only.h5"), &err));
    ASSERT_OK(mica_model_load_weights(b, own_path("only.h5"), &err));
    assert_same_weights(a, b, false);
    ASSERT_FAILS(mica_model_load(ctx, own_path("only.h5"), &none, &err), MICA_FORMAT, "only.h5");
    ASSERT_FAILS(mica_model_save_weights(a, own_path("a.weights.h5"), &err), MICA_UNSUPPORTED,
                 "Keras 3 wants a layout of its own");
    ASSERT_FAILS(mica_model_save_weights(a, own_path("a.txt"), &err), MICA_UNSUPPORTED, "a.txt");
}

static mica_status put(void *file, const void *bytes, size_t size, mica_error *err) {
    return file_write(file, bytes, size, err);
}

/* The model of `config` in a file whose one layer has a kernel of `rows` rows. */
static void write_model_of(const char *path, const char *config, int64_t rows,
                           const char *version) {
    mica_error err = {0};
    h5_writer *w;
    float values[64] = {0};
    const char *layers[] = {"d"}, *weights[] = {"d/kernel:0", "d/bias:0"};
    file_writer file;
    ASSERT_OK(h5_writer_open(&w, &err));
    ASSERT_OK(h5_write_text(w, "/", "model_config", config, &err));
    if (version) ASSERT_OK(h5_write_text(w, "/", "keras_version", version, &err));
    ASSERT_OK(h5_write_group(w, "/model_weights/d", &err));
    ASSERT_OK(h5_write_texts(w, "/model_weights", "layer_names", layers, 1, &err));
    ASSERT_OK(h5_write_texts(w, "/model_weights/d", "weight_names", weights, 2, &err));
    ASSERT_OK(h5_write_dataset(w, "/model_weights/d/d/kernel:0", MICA_FLOAT32, 2,
                               (int64_t[]){rows, 2}, values, &err));
    ASSERT_OK(h5_write_dataset(w, "/model_weights/d/d/bias:0", MICA_FLOAT32, 1, (int64_t[]){2},
                               values, &err));
    ASSERT_OK(file_begin(&file, path, &err));
    ASSERT_OK(h5_writer_finish(w, put, &file, &err));
    ASSERT_OK(file_commit(&file, &err));
    h5_writer_close(&w);
}

static void write_model(const char *path, const char *config, int64_t rows) {
    write_model_of(path, config, rows, NULL);
}

#define DENSE(units)                                                                               \
    "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [{\"class_name\": \"Dense\", "      \
    "\"config\": "                                                                                 \
    "{\"name\": \"d\", \"units\": " units ", \"batch_input_shape\": [null, 3]}}]}}"

TEST(load_names_layer_expected_and_found) {
    mica_error err = {0};
    mica_model *m;
    const char *path = own_path("w.h5");
    write_model(path, DENSE("2"), 3);
    ASSERT_OK(mica_model_load(ctx_of(state), path, &m, &err));
    write_model(path, DENSE("2"), 4);
    ASSERT_FAILS(mica_model_load(ctx_of(state), path, &m, &err), MICA_MISMATCH,
                 "layer d: kernel (4, 2), expected (3, 2)");
    write_model(path, "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [}", 3);
    ASSERT_FAILS(mica_model_load(ctx_of(state), path, &m, &err), MICA_FORMAT,
                 "model_config: line 1, column");
    write_model(path, "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [3]}}", 3);
    ASSERT_FAILS(mica_model_load(ctx_of(state), path, &m, &err), MICA_FORMAT,
                 "layers[0] is an integer");
    write_model(path, "{\"class_name\": \"Transformer\", \"config\": {}}", 3);
    ASSERT_FAILS(mica_model_load(ctx_of(state), path, &m, &err), MICA_FORMAT,
                 "model class 'Transformer'");
    write_model(path, "[]", 3);
    ASSERT_FAILS(mica_model_load(ctx_of(state), path, &m, &err), MICA_FORMAT, "w.h5: model class");
    assert_null(m);
}

/* A few bytes of config must not make the loader ask for memory. */
TEST(load_makes_no_weights_that_the_file_has_not) {
    mica_error err = {0};
    mica_model *m;
    const char *path = own_path("w.h5");
    write_model(path, DENSE("4000000000000"), 3);
    ASSERT_FAILS(mica_model_load(ctx_of(state), path, &m, &err), MICA_MISMATCH,
                 "the file has no such weights");
    write_model(path, DENSE("9223372036854775807"), 3);
    assert_int_not_equal(mica_model_load(ctx_of(state), path, &m, &err), MICA_OK);
}

TEST(load_refuses_the_hard_sigmoid_of_keras_2) {
    static const char config[] =
        "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [{\"class_name\": \"Dense\", "
        "\"config\": {\"name\": \"d\", \"units\": 2, \"activation\": \"hard_sigmoid\", "
        "\"batch_input_shape\": [null, 3]}}]}}";
    mica_error err = {0};
    mica_model *m;
    const char *path = own_path("w.h5");
    write_model_of(path, config, 3, "2.15.0");
    ASSERT_FAILS(mica_model_load(ctx_of(state), path, &m, &err), MICA_UNSUPPORTED,
                 "hard_sigmoid of Keras 2.15.0");
    write_model_of(path, config, 3, "3.15.1");
    ASSERT_OK(mica_model_load(ctx_of(state), path, &m, &err));
    ASSERT_OK(mica_model_save(m, path, &err)); /* in the dialect of Keras 2, with a card */
    ASSERT_OK(mica_model_load(ctx_of(state), path, &m, &err));
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_context, close_context)
RUN_TESTS(T(weights_alone_are_saved_and_read), T(load_says_what_is_not_a_model_file),
          T(load_refuses_every_truncated_file), T(weights_go_to_layers_of_their_names),
          T(weights_of_other_names_go_by_order), T(weights_of_another_shape_change_nothing),
          T(weights_of_other_layers_are_named), T(load_names_layer_expected_and_found),
          T(load_makes_no_weights_that_the_file_has_not),
          T(load_refuses_the_hard_sigmoid_of_keras_2))
