/* Saving: the old file stays whole until the new one is, and what is said where that cannot be. */
#include "format_support.h"

#include "base/file.h"

#include <signal.h>
#include <sys/resource.h>

static mica_model *small(mica_context *ctx, int64_t units) {
    mica_error err = {0};
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(4));
    mica_model_add(
        m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = units, .activation = "tanh")));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2)));
    ASSERT_OK(mica_check(ctx, &err));
    return m;
}

static file_bytes bytes_of(const char *path) {
    mica_error err = {0};
    file_bytes b;
    ASSERT_OK(file_read(path, &b, &err));
    return b;
}

TEST(save_refuses_endings_that_no_format_has) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m = small(ctx, 3);
    ASSERT_FAILS(mica_model_save(m, own_path("model.pt"), &err), MICA_UNSUPPORTED, ".h5, .hdf5");
    ASSERT_FAILS(mica_model_save(m, "", &err), MICA_UNSUPPORTED, "no model format");
    ASSERT_FAILS(mica_model_save(m, ".h5", &err), MICA_UNSUPPORTED, "no model format");
    assert_false(file_exists(own_path("model.pt")));
    ASSERT_OK(mica_model_save(m, own_path("MODEL.H5"), &err));
    mica_close(&ctx);
}

TEST(save_says_which_folder_is_missing) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    const char *path = own_path("nowhere/model.h5");
    ASSERT_FAILS(mica_model_save(small(ctx, 3), path, &err), MICA_IO, path);
    mica_close(&ctx);
}

TEST(save_of_the_same_model_gives_the_same_bytes) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m = small(ctx, 3);
    ASSERT_OK(mica_model_save(m, own_path("a.h5"), &err));
    ASSERT_OK(mica_model_save(m, own_path("b.h5"), &err));
    file_bytes a = bytes_of(own_path("a.h5")), b = bytes_of(own_path("b.h5"));
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    free(a.data), free(b.data);
    mica_close(&ctx);
}

/* A full disk, as a limit on the size of files. */
TEST(save_on_a_full_disk_keeps_the_old_file) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    const char *path = own_path("kept.h5");
    ASSERT_OK(mica_model_save(small(ctx, 3), path, &err));
    file_bytes before = bytes_of(path);
    mica_model *large = small(ctx, 20000);
    struct rlimit old, tight = {20000, 20000};
    getrlimit(RLIMIT_FSIZE, &old);
    tight.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tight);
    mica_status status = mica_model_save(large, path, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(status, MICA_IO);
    assert_non_null(strstr(err.message, path));
    file_bytes after = bytes_of(path);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    free(before.data), free(after.data);
    char command[300];
    snprintf(command, sizeof command, "test $(ls %s | grep -c kept) = 1", own_folder());
    assert_int_equal(system(command), 0); /* nothing is left beside it */
    mica_close(&ctx);
}

TEST(save_of_a_failed_model_is_refused) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_tensor *x = mica_input(ctx, MICA_SHAPE(4), NULL),
                *other = mica_input(ctx, MICA_SHAPE(4), NULL);
    mica_tensor *y = mica_apply(mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2)), other);
    mica_model *m = mica_model_new(ctx, &x, 1, &y, 1, "net");
    ASSERT_FAILS(mica_model_save(m, own_path("failed.h5"), &err), MICA_STATE, "depends on input");
    ASSERT_FAILS(mica_model_save(m, own_path("failed.h5"), &err), MICA_STATE, "could not be built");
    mica_close(&ctx);
}

/* {"class_name": …, "config": {what must be given}} */
static void least_metric(const metric_kind *k, char out[512]) {
    int n = snprintf(out, 512, "{\"class_name\": \"%s\", \"config\": {\"name\": \"mine\"",
                     k->class_name);
    for (const field *f = k->fields; f->name; f++) {
        if (!(f->flags & FIELD_REQUIRED)) continue;
        const char *value = f->type == FIELD_SHAPE ? "[0, 1]" : f->type == FIELD_REAL ? "0.5" : "3";
        n += snprintf(out + n, 512 - (size_t)n, ", \"%s\": %s", f->name, value);
    }
    snprintf(out + n, 512 - (size_t)n, "}}");
}

/* What the file says of metrics to Keras. */
static json_t *stored_metrics(const char *path) {
    mica_error err = {0};
    h5_file *file = NULL;
    h5_object *root;
    const char *text;
    ASSERT_OK(h5_open_file(path, &file, &err));
    ASSERT_OK(h5_find(file, "/", &root, &err));
    ASSERT_OK(h5_attribute_text(root, "training_config", &text, &err));
    json_t *config = json_loads(text, 0, NULL), *metrics = json_object_get(config, "metrics");
    json_incref(metrics);
    json_decref(config);
    h5_close(&file);
    return metrics;
}

TEST(save_keeps_every_metric_and_hides_from_keras_what_it_has_not) {
    mica_error err = {0};
    for (const metric_kind *const *k = all_metrics; *k; k++) {
        mica_context *ctx = mica_open(NULL);
        mica_model *m = small(ctx, 3);
        char config[512];
        least_metric(*k, config);
        mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd",
                                           .loss = "categorical_crossentropy",
                                           .metrics = {config, "mean_squared_error"}));
        ASSERT_OK(mica_check(ctx, &err));
        if (mica_model_save(m, own_path("metric.h5"), &err) != MICA_OK)
            fail_msg("%s: %s", (*k)->name, err.message);
        const compiled *c = &load_model(ctx, own_path("metric.h5"))->compiled;
        assert_true(c->done);
        assert_int_equal(c->metric_count, 2);
        assert_ptr_equal(c->metric[0]->kind, m->compiled.metric[0]->kind);
        assert_string_equal(c->metric[0]->name, "mine");
        assert_string_equal(c->metric[1]->name, "mean_squared_error");
        json_t *metrics = stored_metrics(own_path("metric.h5"));
        assert_int_equal(json_array_size(metrics), (*k)->not_in_keras ? 1 : 2);
        json_decref(metrics);
        mica_close(&ctx);
    }
}

TEST(save_hides_the_metrics_of_one_output_of_two) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_tensor *x = mica_input(ctx, MICA_SHAPE(4), "x"), *y[2];
    for (int i = 0; i < 2; i++)
        y[i] = mica_apply(mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 3)), x);
    mica_model *m = mica_model_new(ctx, &x, 1, y, 2, "two");
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd",
                                       .loss = "categorical_crossentropy",
                                       .metrics = {"expected_calibration_error"}));
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_OK(mica_model_save(m, own_path("two.h5"), &err));
    assert_int_equal(load_model(ctx, own_path("two.h5"))->compiled.metric_count, 2);
    json_t *metrics = stored_metrics(own_path("two.h5"));
    assert_true(json_is_null(metrics));
    json_decref(metrics);
    mica_close(&ctx);
}

/* Keras has no Cohen's kappa. */
TEST(what_keras_has_not_is_written_by_its_name) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(4)), *again;
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 3)));
    mica_model_compile(
        m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = "mse",
                        .metrics = {"{\"class_name\": \"CohenKappa\", \"config\": {}}"}));
    ASSERT_OK(mica_model_save(m, own_path("kappa.h5"), &err));
    ASSERT_OK(mica_model_load(ctx, own_path("kappa.h5"), &again, &err));
    assert_int_equal(again->compiled.metric_count, 1);
    assert_string_equal(again->compiled.metric[0]->kind->class_name, "CohenKappa");
    json_t *tree = metric_config(again->compiled.metric[0], &err);
    assert_true(json_is_null(json_object_get(tree, "module")));
    assert_string_equal(json_string_value(json_object_get(tree, "registered_name")), "CohenKappa");
    json_decref(tree);
    mica_close(&ctx);
}

RUN_TESTS(UNIT(save_refuses_endings_that_no_format_has), UNIT(save_says_which_folder_is_missing),
          UNIT(save_of_the_same_model_gives_the_same_bytes),
          UNIT(save_on_a_full_disk_keeps_the_old_file), UNIT(save_of_a_failed_model_is_refused),
          UNIT(save_keeps_every_metric_and_hides_from_keras_what_it_has_not),
          UNIT(save_hides_the_metrics_of_one_output_of_two),
          UNIT(what_keras_has_not_is_written_by_its_name))
