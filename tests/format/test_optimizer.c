/* The optimizer's state in model files: training goes on as if it had not been interrupted; the
 * layout of Keras 2.0; what happens where it does not fit. */
#include "format_support.h"

#include "base/file.h"
#include "mica/data.h"

static char told[2048];

static void tell(void *user, mica_log_level level, const char *text) {
    snprintf(told, sizeof told, "%s", text);
}

static mica_context *open_quiet(void) {
    told[0] = 0;
    return mica_open(MICA_OPTIONS(context, .log = tell, .threads = 1));
}

static void steps(mica_model *m, int count) {
    mica_error err = {0};
    float x[24], y[16];
    for (int i = 0; i < 24; i++) x[i] = (float)(i * 7 % 11) / 11 - 0.4f;
    for (int i = 0; i < 16; i++) y[i] = (float)(i * 5 % 7) / 7;
    mica_tensor *in = mica_tensor_new(m->ctx, MICA_FLOAT32, MICA_SHAPE(8, 3), x);
    mica_tensor *out = mica_tensor_new(m->ctx, MICA_FLOAT32, MICA_SHAPE(8, 2), y);
    mica_dataset *d = mica_dataset_new(m->ctx, &in, 1, &out, 1, NULL);
    ASSERT_OK(
        mica_model_fit(m, d, MICA_OPTIONS(fit, .epochs = count, .batch_size = 8), NULL, &err));
}

static mica_model *model_for(mica_context *ctx, const char *optimizer) {
    mica_error err = {0};
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(3));
    mica_model_add(m, mica_layer_dense(
                          ctx, MICA_OPTIONS(dense, .units = 4, .activation = "tanh", .name = "z")));
    mica_model_add(
        m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 4, .frozen = true, .name = "held")));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2, .name = "a")));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = optimizer, .loss = "mse"));
    ASSERT_OK(mica_check(ctx, &err));
    return m;
}

TEST(training_goes_on_from_a_file_to_the_same_bits) {
    static const char *const optimizers[] = {
        "sgd",
        "adam",
        "adagrad",
        "{\"class_name\": \"SGD\", \"config\": {\"momentum\": 0.9, \"nesterov\": true}}",
        "{\"class_name\": \"Adam\", \"config\": {\"amsgrad\": true, \"learning_rate\": 0.01}}",
        "{\"class_name\": \"Adam\", \"config\": {\"gradient_accumulation_steps\": 2}}",
    };
    mica_error err = {0};
    for (size_t i = 0; i < LENGTH(optimizers); i++) {
        mica_context *ctx = open_quiet();
        mica_model *m = model_for(ctx, optimizers[i]);
        steps(m, 3);
        ASSERT_OK(mica_model_save(m, own_path("three.h5"), &err));
        steps(m, 2);
        mica_model *other = load_model(ctx, own_path("three.h5"));
        assert_string_equal(told, "");
        assert_true(other->compiled.done);
        assert_int_equal((int)mica_tensor_item(other->compiled.optimizer->iterations), 3);
        steps(other, 2);
        for (size_t l = 1; l < 4; l++)
            for (size_t k = 0; k < 2; k++)
                assert_tensor_close(other->layers[l]->weights[k].variable,
                                    m->layers[l]->weights[k].variable, 0, optimizers[i]);
        mica_close(&ctx);
    }
}

static mica_status put(void *file, const void *bytes, size_t size, mica_error *err) {
    return file_write(file, bytes, size, err);
}

/* Keras 2.0: after a float step count all first moments, then all second ones, each in the order of
 * the weights' names: a_1/bias, a_1/kernel, z_1/bias, z_1/kernel. */
static void write_keras20(const char *path, const char *version, int arrays, double decay) {
    static const int64_t rows[4] = {2, 4, 4, 3}, columns[4] = {0, 2, 0, 4};
    mica_error err = {0};
    h5_writer *w;
    file_writer file;
    float values[8][16], zeros[16] = {0}, count = 7;
    char names[9][32];
    const char *at[9];
    ASSERT_OK(h5_writer_open(&w, &err));
    ASSERT_OK(h5_write_text(w, "/", "keras_version", version, &err));
    ASSERT_OK(
        h5_write_text(w, "/", "model_config",
                      "{\"class_name\": \"Sequential\", \"config\": ["
                      "{\"class_name\": \"Dense\", \"config\": {\"name\": \"z\", \"units\": 4, "
                      "\"batch_input_shape\": [null, 3]}},"
                      "{\"class_name\": \"Dense\", \"config\": {\"name\": \"a\", \"units\": 2}}]}",
                      &err));
    char settings[512];
    snprintf(settings, sizeof settings,
             "{\"optimizer_config\": {\"class_name\": \"Adam\", \"config\": {\"lr\": 0.01, "
             "\"beta_1\": 0.9, \"beta_2\": 0.999, \"epsilon\": 1e-08, \"decay\": %.2f}}, "
             "\"loss\": \"mse\", \"metrics\": [\"accuracy\"], \"sample_weight_mode\": null, "
             "\"loss_weights\": null}",
             decay);
    ASSERT_OK(h5_write_text(w, "/", "training_config", settings, &err));
    ASSERT_OK(h5_write_group(w, "/model_weights/z", &err));
    ASSERT_OK(h5_write_group(w, "/model_weights/a", &err));
    ASSERT_OK(
        h5_write_texts(w, "/model_weights", "layer_names", (const char *[]){"z", "a"}, 2, &err));
    ASSERT_OK(h5_write_texts(w, "/model_weights/z", "weight_names",
                             (const char *[]){"z_1/kernel:0", "z_1/bias:0"}, 2, &err));
    ASSERT_OK(h5_write_texts(w, "/model_weights/a", "weight_names",
                             (const char *[]){"a_1/kernel:0", "a_1/bias:0"}, 2, &err));
    ASSERT_OK(h5_write_dataset(w, "/model_weights/z/z_1/kernel:0", MICA_FLOAT32, 2,
                               (int64_t[]){3, 4}, zeros, &err));
    ASSERT_OK(h5_write_dataset(w, "/model_weights/z/z_1/bias:0", MICA_FLOAT32, 1, (int64_t[]){4},
                               zeros, &err));
    ASSERT_OK(h5_write_dataset(w, "/model_weights/a/a_1/kernel:0", MICA_FLOAT32, 2,
                               (int64_t[]){4, 2}, zeros, &err));
    ASSERT_OK(h5_write_dataset(w, "/model_weights/a/a_1/bias:0", MICA_FLOAT32, 1, (int64_t[]){2},
                               zeros, &err));
    snprintf(names[0], sizeof names[0], "iterations_1:0");
    ASSERT_OK(h5_write_dataset(w, "/optimizer_weights/iterations_1:0", MICA_FLOAT32, 0, NULL,
                               &count, &err));
    at[0] = names[0];
    for (int i = 0; i < arrays; i++) {
        char path_of[64];
        for (int k = 0; k < 16; k++) values[i][k] = (float)(i + 1);
        snprintf(names[i + 1], sizeof names[0], "Variable_%d:0", 100 + i);
        snprintf(path_of, sizeof path_of, "/optimizer_weights/%s", names[i + 1]);
        ASSERT_OK(h5_write_dataset(w, path_of, MICA_FLOAT32, columns[i % 4] ? 2 : 1,
                                   (int64_t[]){rows[i % 4], columns[i % 4]}, values[i], &err));
        at[i + 1] = names[i + 1];
    }
    ASSERT_OK(
        h5_write_texts(w, "/optimizer_weights", "weight_names", at, (size_t)arrays + 1, &err));
    ASSERT_OK(file_begin(&file, path, &err));
    ASSERT_OK(h5_writer_finish(w, put, &file, &err));
    ASSERT_OK(file_commit(&file, &err));
    h5_writer_close(&w);
}

/* Slots in mica's order: of z/kernel, z/bias, a/kernel, a/bias, each momentum and velocity. */
TEST(state_of_keras_20_is_read_by_the_names_of_weights) {
    static const float expected[8] = {4, 8, 3, 7, 2, 6, 1, 5};
    mica_context *ctx = open_quiet();
    write_keras20(own_path("old.h5"), "2.0.5", 8, 0);
    mica_model *m = load_model(ctx, own_path("old.h5"));
    const mica_optimizer *o = m->compiled.optimizer;
    assert_string_equal(told, "");
    assert_int_equal((int)mica_tensor_item(o->iterations), 7);
    assert_true(fabs(mica_optimizer_learning_rate(o) - 0.01) < 1e-8);
    for (int i = 0; i < 8; i++) {
        float first[16];
        size_t bytes = (size_t)mica_tensor_size(o->slots[i]) * sizeof(float);
        assert_int_equal(mica_tensor_read(o->slots[i], MICA_FLOAT32, first, bytes, NULL), MICA_OK);
        assert_true(first[0] == expected[i]);
    }
    mica_close(&ctx);
}

/* Keras 2: lr / (1 + decay * iterations), here after 7 steps. */
TEST(decay_of_keras_2_goes_on) {
    mica_context *ctx = open_quiet();
    write_keras20(own_path("old.h5"), "2.0.5", 8, 0.5);
    mica_model *m = load_model(ctx, own_path("old.h5"));
    assert_string_equal(told, "");
    assert_true(fabs(mica_optimizer_learning_rate(m->compiled.optimizer) - 0.01 / 4.5) < 1e-8);
    mica_close(&ctx);
}

TEST(state_that_does_not_fit_starts_anew_and_is_told) {
    mica_context *ctx = open_quiet();
    write_keras20(own_path("old.h5"), "2.0.5", 7, 0);
    mica_model *m = load_model(ctx, own_path("old.h5"));
    assert_true(m->compiled.done);
    assert_non_null(strstr(told, "the optimizer starts anew"));
    assert_non_null(strstr(told, "7 arrays, expected 2 for each of 4 parameters"));
    assert_int_equal((int)mica_tensor_item(m->compiled.optimizer->iterations), 0);
    write_keras20(own_path("old.h5"), "2.2.4", 8, 0); /* by layers there, and then shapes differ */
    load_model(ctx, own_path("old.h5"));
    assert_non_null(strstr(told, "momentum of z/kernel (2"));
    mica_close(&ctx);
}

RUN_TESTS(UNIT(training_goes_on_from_a_file_to_the_same_bits),
          UNIT(state_of_keras_20_is_read_by_the_names_of_weights), UNIT(decay_of_keras_2_goes_on),
          UNIT(state_that_does_not_fit_starts_anew_and_is_told))
