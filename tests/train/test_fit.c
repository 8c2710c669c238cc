#include "base/philox.h"
#include "codec/deflate.h"
#include "mica/mica.h"
#include "model/model.h"
#include "support/folder.h"

#include <sys/stat.h>
#include <unistd.h>

#define ROWS 200

/* Points in three clusters, 4 numbers each. */
static mica_dataset *clusters(mica_context *ctx) {
    float x[ROWS * 4];
    uint8_t y[ROWS];
    for (uint32_t i = 0; i < ROWS; i++) {
        double noise[4];
        philox_normal(5, 0, i, noise);
        y[i] = (uint8_t)(i % 3);
        for (int k = 0; k < 4; k++) x[4 * i + k] = (float)(noise[k] * 0.5 + (k == y[i] ? 2 : 0));
    }
    mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(ROWS, 4), x);
    mica_tensor *yt = mica_tensor_new(ctx, MICA_UINT8, MICA_SHAPE(ROWS), y);
    return mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL);
}

static mica_model *network(mica_context *ctx, double rate) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(4));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 16, .activation = "relu",
                                                         .name = "hidden")));
    mica_model_add(m, mica_layer_dropout(ctx, MICA_OPTIONS(dropout, .rate = 0.2)));
    mica_model_add(m, mica_layer_batch_normalization(ctx, NULL));
    mica_model_add(m,
                   mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 3, .activation = "softmax")));
    mica_model_compile(
        m, MICA_OPTIONS(compile,
                        .optimizer = mica_adam(ctx, MICA_OPTIONS(adam, .learning_rate = rate)),
                        .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}));
    return m;
}

static size_t read_weights(mica_model *m, float *out) {
    mica_error err = {0};
    weight **w;
    size_t count, at = 0;
    ASSERT_OK(model_weights(m, false, &w, &count, &err));
    for (size_t i = 0; i < count; i++) {
        size_t n = (size_t)mica_tensor_size(w[i]->variable);
        ASSERT_OK(mica_tensor_read(w[i]->variable, MICA_FLOAT32, out + at, n * 4, &err));
        at += n;
    }
    free(w);
    return at;
}

TEST(fit_learns_clusters) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_history h;
    mica_model *m = network(ctx, 0.01);
    ASSERT_OK(mica_model_fit(
        m, clusters(ctx),
        MICA_OPTIONS(fit, .epochs = 20, .batch_size = 16, .validation_split = 0.2), &h, &err));
    assert_int_equal(h.epochs, 20);
    assert_true(mica_result(&h.epoch[19], "loss") < mica_result(&h.epoch[0], "loss"));
    assert_true(mica_result(&h.epoch[19], "val_accuracy") > 0.9);
    mica_results r;
    ASSERT_OK(mica_model_evaluate(m, clusters(ctx), NULL, &r, &err));
    assert_true(mica_result(&r, "accuracy") > 0.9);
    mica_history_free(&h);
    mica_close(&ctx);
}

TEST(guarding_against_nan_changes_no_bit) {
    mica_error err = {0};
    float want[512], got[512];
    size_t n = 0;
    for (int guarded = 0; guarded < 2; guarded++) {
        mica_context *ctx = mica_open(NULL);
        mica_model *m = network(ctx, 0.01);
        const mica_callback *guard = guarded ? mica_terminate_on_nan(ctx) : NULL;
        ASSERT_OK(mica_model_fit(
            m, clusters(ctx),
            MICA_OPTIONS(fit, .epochs = 2, .batch_size = 16, .callbacks = {guard}), NULL, &err));
        n = read_weights(m, guarded ? got : want);
        assert_int_equal((int64_t)mica_tensor_item(m->compiled.optimizer->iterations), 26);
        mica_close(&ctx);
    }
    assert_memory_equal(got, want, n * 4);
}

/* How often the file was another one after an epoch than after the one before. */
typedef struct watcher {
    const char *path;
    struct timespec last;
    int changes;
} watcher;

static mica_status watch_checkpoint(mica_fit_state *s, void *user, mica_error *err) {
    watcher *w = user;
    struct stat now = {0};
    stat(w->path, &now);
    w->changes += now.st_mtim.tv_sec != w->last.tv_sec || now.st_mtim.tv_nsec != w->last.tv_nsec;
    w->last = now.st_mtim;
    return MICA_OK;
}

TEST(short_epochs_do_not_each_write_a_checkpoint) {
    enum { EPOCHS = 300 };
    char path[] = "/tmp/mica_often_XXXXXX";
    close(mkstemp(path));
    unlink(path);
    mica_error err = {0};
    mica_history h;
    watcher w = {.path = path};
    const mica_callback watch = {.user = &w, .on_epoch_begin = watch_checkpoint};
    for (int resumed = 0; resumed < 2; resumed++) {
        mica_context *ctx = mica_open(NULL);
        ASSERT_OK(mica_model_fit(network(ctx, 0.01), clusters(ctx),
                                 MICA_OPTIONS(fit, .epochs = EPOCHS, .batch_size = 100,
                                              .checkpoint = path, .resume = resumed,
                                              .callbacks = {&watch}),
                                 &h, &err));
        assert_int_equal(h.epochs, EPOCHS); /* the second time all are in the checkpoint */
        mica_history_free(&h);
        mica_close(&ctx);
    }
    assert_true(w.changes >= 1);
    assert_true(w.changes < EPOCHS / 3);
    unlink(path);
}

typedef struct stopper {
    int64_t after, steps;
} stopper;

static mica_status stop_after(mica_fit_state *s, void *user, mica_error *err) {
    stopper *p = user;
    s->stop = ++p->steps >= p->after;
    return MICA_OK;
}

TEST(a_resumed_training_ends_in_the_same_bits) {
    char path[] = "/tmp/mica_resume_XXXXXX";
    close(mkstemp(path));
    for (int64_t after = 1; after < 30; after += 7) {
        mica_error err = {0};
        float want[512], got[512];
        size_t n = 0;
        unlink(path);
        for (int run = 0; run < 3; run++) { /* whole; stopped; resumed */
            mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 7));
            mica_model *m = network(ctx, 0.01);
            stopper s = {.after = after};
            mica_callback stop = {.user = &s, .on_step = stop_after};
            ASSERT_OK(mica_model_fit(
                m, clusters(ctx),
                MICA_OPTIONS(fit, .epochs = 3, .batch_size = 16, .checkpoint = run ? path : NULL,
                             .resume = run == 2, .callbacks = {run == 1 ? &stop : NULL}),
                NULL, &err));
            n = read_weights(m, run ? got : want);
            mica_close(&ctx);
        }
        assert_memory_equal(got, want, n * 4);
    }
    unlink(path);
}

TEST(resume_refuses_another_training_and_says_the_difference) {
    char path[] = "/tmp/mica_resume_XXXXXX";
    close(mkstemp(path));
    unlink(path);
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    ASSERT_OK(mica_model_fit(network(ctx, 0.01), clusters(ctx),
                             MICA_OPTIONS(fit, .batch_size = 16, .checkpoint = path), NULL, &err));
    mica_close(&ctx);
    ctx = mica_open(NULL);
    ASSERT_FAILS(
        mica_model_fit(network(ctx, 0.02), clusters(ctx),
                       MICA_OPTIONS(fit, .batch_size = 16, .checkpoint = path, .resume = true),
                       NULL, &err),
        MICA_MISMATCH, "learning_rate");
    mica_close(&ctx);
    ctx = mica_open(NULL);
    ASSERT_FAILS(
        mica_model_fit(network(ctx, 0.01), clusters(ctx),
                       MICA_OPTIONS(fit, .batch_size = 8, .checkpoint = path, .resume = true), NULL,
                       &err),
        MICA_MISMATCH, "batch_size: 8 now, 16 then");
    unlink(path);
    mica_close(&ctx);
}

TEST(a_damaged_checkpoint_is_refused) {
    char path[] = "/tmp/mica_resume_XXXXXX";
    close(mkstemp(path));
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    ASSERT_OK(mica_model_fit(network(ctx, 0.01), clusters(ctx),
                             MICA_OPTIONS(fit, .batch_size = 16, .checkpoint = path), NULL, &err));
    mica_close(&ctx);
    FILE *f = fopen(path, "r+b");
    fseek(f, -100, SEEK_END);
    fputc('x', f);
    fclose(f);
    ctx = mica_open(NULL);
    ASSERT_FAILS(
        mica_model_fit(network(ctx, 0.01), clusters(ctx),
                       MICA_OPTIONS(fit, .batch_size = 16, .checkpoint = path, .resume = true),
                       NULL, &err),
        MICA_FORMAT, "checksum");
    unlink(path);
    mica_close(&ctx);
}

/* A file with a right checksum whose cursor is nowhere. */
TEST(a_checkpoint_of_no_place_is_refused) {
    static const char *const changes[][3] = {{"\"epoch\": 1", "\"epoch\":-1", "epoch is -1"},
                                             {"\"cursor\": 0", "\"cursor\":-7", "cursor is -7"},
                                             {"\"step\": 0", "\"step\": 99", "expected 0 to 13"}};
    mica_error err = {0};
    for (size_t i = 0; i < LENGTH(changes); i++) {
        const char *path = in_folder("place");
        unlink(path);
        mica_context *ctx = mica_open(NULL);
        ASSERT_OK(mica_model_fit(network(ctx, 0.01), clusters(ctx),
                                 MICA_OPTIONS(fit, .batch_size = 16, .checkpoint = path), NULL,
                                 &err));
        mica_close(&ctx);
        size_t size, n = strlen(changes[i][0]), grown = strlen(changes[i][1]) - n;
        unsigned char *file = get_file(path, &size);
        char *at = memmem(file, size, changes[i][0], n);
        assert_non_null(at);
        unsigned char *made = calloc(1, size + grown);
        size_t head = (size_t)(at - (char *)file);
        memcpy(made, file, head);
        memcpy(made + head, changes[i][1], n + grown);
        memcpy(made + head + n + grown, at + n, size - head - n);
        uint64_t json_bytes;
        memcpy(&json_bytes, made + 12, 8);
        json_bytes += grown;
        memcpy(made + 12, &json_bytes, 8);
        uint32_t crc = crc32_of(0, made, size + grown - 4);
        memcpy(made + size + grown - 4, &crc, 4);
        put_file(path, made, size + grown);
        free(made);
        free(file);
        ctx = mica_open(NULL);
        ASSERT_FAILS(mica_model_fit(network(ctx, 0.01), clusters(ctx),
                                    MICA_OPTIONS(fit, .epochs = 2, .batch_size = 16,
                                                 .checkpoint = path, .resume = true),
                                    NULL, &err),
                     MICA_FORMAT, changes[i][2]);
        mica_close(&ctx);
    }
}

TEST(nan_in_the_data_is_told_and_weights_stay_finite) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    float x[64 * 4] = {0}, weights[512];
    uint8_t y[64] = {0};
    x[37] = NAN;
    mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(64, 4), x);
    mica_tensor *yt = mica_tensor_new(ctx, MICA_UINT8, MICA_SHAPE(64), y);
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(4)); /* max(NaN, 0) may be 0: no ReLU here */
    mica_model_add(m,
                   mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 3, .activation = "softmax")));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "adam",
                                       .loss = "sparse_categorical_crossentropy"));
    ASSERT_FAILS(mica_model_fit(m, mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL),
                                MICA_OPTIONS(fit, .callbacks = {mica_terminate_on_nan(ctx)}), NULL,
                                &err),
                 MICA_NUMERIC, "in the data of input");
    size_t n = read_weights(m, weights);
    for (size_t i = 0; i < n; i++) assert_true(isfinite(weights[i]));
    mica_close(&ctx);
}

TEST(labels_out_of_range_are_refused_before_training) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    float x[8] = {0};
    mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 4), x);
    mica_tensor *yt = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(2), (int32_t[]){0, 3});
    ASSERT_FAILS(mica_model_fit(network(ctx, 0.01), mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL),
                                NULL, NULL, &err),
                 MICA_VALUE, "label 3 in row 1, expected a whole number from 0 to 2");
    mica_close(&ctx);
}

TEST(data_of_another_shape_is_refused) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 5), NULL);
    mica_tensor *yt = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(2), NULL);
    ASSERT_FAILS(mica_model_fit(network(ctx, 0.01), mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL),
                                NULL, NULL, &err),
                 MICA_SHAPE, "shape (5,), the model expects (4,)");
    mica_close(&ctx);
}

TEST(early_stopping_stops_and_puts_the_best_weights_back) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_history h;
    mica_model *m = network(ctx, 0.5);
    const mica_callback *stop = mica_early_stopping(
        ctx, MICA_OPTIONS(early_stopping, .patience = 2, .restore_best_weights = true));
    ASSERT_OK(mica_model_fit(m, clusters(ctx),
                             MICA_OPTIONS(fit, .epochs = 100, .batch_size = 16,
                                          .validation_split = 0.2, .callbacks = {stop}),
                             &h, &err));
    assert_true(h.epochs < 100);
    mica_history_free(&h);
    mica_close(&ctx);
}

static mica_status fit_with_stopping(const char *path, bool resume, bool best, int epochs,
                                     mica_history *h, mica_error *err) {
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 7));
    const mica_callback *stop = mica_early_stopping(
        ctx, MICA_OPTIONS(early_stopping, .monitor = "loss", .min_delta = 10,
                          .restore_best_weights = best, .patience = 2));
    mica_status status = mica_model_fit(network(ctx, 0.01), clusters(ctx),
                                        MICA_OPTIONS(fit, .epochs = epochs, .batch_size = 16,
                                                     .checkpoint = path, .resume = resume,
                                                     .callbacks = {stop}),
                                        h, err);
    mica_close(&ctx);
    return status;
}

TEST(a_training_that_early_stopping_ended_stays_ended_when_resumed) {
    char path[] = "/tmp/mica_resume_XXXXXX";
    close(mkstemp(path));
    mica_error err = {0};
    mica_history h;
    ASSERT_OK(fit_with_stopping(path, false, false, 10, &h, &err));
    assert_int_equal(h.epochs, 3); /* the first is the best, then a patience of 2 */
    mica_history_free(&h);
    ASSERT_OK(fit_with_stopping(path, true, false, 10, &h, &err));
    assert_int_equal(h.epochs, 3);
    mica_history_free(&h);
    ASSERT_OK(fit_with_stopping(path, false, false, 2, &h, &err)); /* not ended by it */
    mica_history_free(&h);
    ASSERT_OK(fit_with_stopping(path, true, false, 10, &h, &err));
    assert_int_equal(h.epochs, 3); /* its count of epochs goes on */
    mica_history_free(&h);
    unlink(path);
}

TEST(predict_gives_a_row_for_every_row) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_tensor *x = mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(70, 4), 0, 1), *y;
    ASSERT_OK(mica_model_predict(network(ctx, 0.01), &x, 1, 32, &y, &err));
    mica_shape s = mica_tensor_shape(y);
    assert_int_equal(s.dims[0], 70);
    assert_int_equal(s.dims[1], 3);
    const float *p = mica_tensor_data(y);
    for (int i = 0; i < 70; i++)
        assert_true(fabs(p[3 * i] + p[3 * i + 1] + p[3 * i + 2] - 1) < 1e-5);
    mica_close(&ctx);
}

/* Six cells of one unit whose three weights each are 1. */
static mica_model *stacked(mica_context *ctx, const char *regularizer) {
    mica_error err = {0};
    mica_model *m = NULL;
    char cell[512], text[4096];
    snprintf(
        cell, sizeof cell,
        "{\"class_name\": \"SimpleRNNCell\", \"config\": {\"units\": 1, \"kernel_initializer\": "
        "\"ones\", \"recurrent_initializer\": \"ones\", \"bias_initializer\": \"ones\", "
        "\"kernel_regularizer\": %s, \"recurrent_regularizer\": %s, \"bias_regularizer\": %s}}",
        regularizer, regularizer, regularizer);
    snprintf(text, sizeof text,
             "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [{\"class_name\": \"RNN\", "
             "\"config\": {\"batch_input_shape\": [null, 2, 1], \"cell\": {\"class_name\": "
             "\"StackedRNNCells\", \"config\": {\"cells\": [%s, %s, %s, %s, %s, %s]}}}}]}}",
             cell, cell, cell, cell, cell, cell);
    json_t *config = json_loads(text, 0, NULL);
    ASSERT_OK(model_from_config(ctx, config, "test", &m, &err));
    json_decref(config);
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = "mse"));
    return m;
}

TEST(every_penalty_of_a_layer_with_many_weights_counts) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_results with, without;
    float x[4] = {0.1f, 0.2f, 0.3f, 0.4f}, y[2] = {0, 1};
    mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 2, 1), x),
                *yt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 1), y);
    mica_dataset *d = mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL);
    const char *l2 = "{\"class_name\": \"L2\", \"config\": {\"l2\": 1}}";
    ASSERT_OK(mica_model_evaluate(stacked(ctx, l2), d, NULL, &with, &err));
    ASSERT_OK(mica_model_evaluate(stacked(ctx, "null"), d, NULL, &without, &err));
    assert_true(fabs(with.value[0] - without.value[0] - 18) < 1e-4);
    mica_close(&ctx);
}

TEST(many_outputs_with_many_metrics_are_all_told) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    float x[16] = {1}, y[16] = {0};
    mica_tensor *in = mica_input(ctx, MICA_SHAPE(4), "x"), *out[4], *yt[4],
                *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4, 4), x);
    for (int i = 0; i < 4; i++) {
        out[i] = mica_apply(mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1)), in);
        yt[i] = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4, 1), y);
    }
    mica_model *m = mica_model_new(ctx, &in, 1, out, 4, "many");
    mica_model_compile(
        m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = "mse",
                        .metrics = {"mean_squared_error", "mean_absolute_error", "hinge",
                                    "squared_hinge", "poisson", "log_cosh_error",
                                    "root_mean_squared_error", "mean_absolute_percentage_error"}));
    mica_dataset *d = mica_dataset_new(ctx, &xt, 1, yt, 4, NULL);
    mica_history h;
    ASSERT_OK(mica_model_fit(m, d, MICA_OPTIONS(fit, .validation = d), &h, &err));
    assert_int_equal(h.epoch[0].count, 2 * (1 + 4 + 32));
    assert_string_equal(h.epoch[0].name[73], "val_dense_3_mean_absolute_percentage_error");
    mica_history_free(&h);
    mica_close(&ctx);
}

TEST(what_is_no_json_is_told_where_it_ends) {
    mica_error err = {0};
    static const struct {
        mica_compile_options options;
        const char *what;
    } cases[] = {
        {{.size = sizeof(mica_compile_options),
          .optimizer_name = "{\"class_name\":\"SGD\"",
          .loss = "mse"},
         "compile: optimizer: line 1"},
        {{.size = sizeof(mica_compile_options),
          .optimizer_name = "sgd",
          .loss = "{\"class_name\":\"Huber\""},
         "compile: loss: line 1"},
        {{.size = sizeof(mica_compile_options),
          .optimizer_name = "sgd",
          .loss = "mse",
          .metrics = {"{\"class_name\" \"AUC\"}"}},
         "compile: metric: line 1"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        mica_context *ctx = mica_open(NULL);
        mica_model *m = network(ctx, 0.01);
        mica_model_compile(m, &cases[i].options);
        ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT, cases[i].what);
        mica_close(&ctx);
    }
}

TEST(every_output_can_have_its_own_loss_and_weight) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_compile_options o = mica_compile_defaults();
    mica_results r;
    float x[4] = {0}, y[1] = {3};
    mica_tensor *in = mica_input(ctx, MICA_SHAPE(4), "x"), *out[16], *yt[16],
                *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(1, 4), x);
    for (int i = 0; i < 16; i++) {
        out[i] = mica_apply(mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1)), in);
        yt[i] = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(1, 1), y);
        o.losses[i] = i % 2 ? "mean_absolute_error" : "mean_squared_error";
        o.loss_weights[i] = i + 1;
    }
    mica_model *m = mica_model_new(ctx, &in, 1, out, 16, "many");
    o.optimizer_name = "sgd";
    mica_model_compile(m, &o);
    ASSERT_OK(mica_model_evaluate(m, mica_dataset_new(ctx, &xt, 1, yt, 16, NULL), NULL, &r, &err));
    double total = 0;
    for (int i = 0; i < 16; i++) total += (i + 1) * (i % 2 ? 3 : 9);
    assert_true(fabs(r.value[0] - total) < 1e-3);
    mica_close(&ctx);
}

/* Also deeper than a stack is: layers are found on the way from the output without recursion. */
TEST(numbers_out_of_range_are_told_by_name) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m = network(ctx, 0.01);
    const struct {
        const mica_fit_options *options;
        const char *message;
    } wrong[] = {
        {MICA_OPTIONS(fit, .epochs = -1), "epochs is -1, expected at least 1"},
        {MICA_OPTIONS(fit, .batch_size = -2), "batch_size is -2, expected at least 1"},
        {MICA_OPTIONS(fit, .validation_batch_size = -3), "validation_batch_size is -3"},
        {MICA_OPTIONS(fit, .steps_per_epoch = -4), "steps_per_epoch is -4, expected at least 0"},
        {MICA_OPTIONS(fit, .first_epoch = -5), "first_epoch is -5, expected at least 0"},
        {MICA_OPTIONS(fit, .checkpoint_seconds = NAN), "checkpoint_seconds is nan"},
    };
    for (size_t i = 0; i < LENGTH(wrong); i++)
        ASSERT_FAILS(mica_model_fit(m, clusters(ctx), wrong[i].options, NULL, &err), MICA_VALUE,
                     wrong[i].message);
    mica_close(&ctx);
}

/* A callback may not compile the model whose training it is called from. */
static mica_status compile_again(mica_fit_state *s, void *user, mica_error *e) {
    mica_model_compile(s->model, MICA_OPTIONS(compile, .loss = "mse"));
    return mica_check(user, e);
}

TEST(a_callback_cannot_compile_what_is_trained) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    const mica_callback again = {.on_epoch_begin = compile_again, .user = ctx};
    mica_model *m = network(ctx, 0.01);
    ASSERT_FAILS(
        mica_model_fit(m, clusters(ctx), MICA_OPTIONS(fit, .callbacks = {&again}), NULL, &err),
        MICA_STATE, "compile while it is trained");
    ASSERT_OK(mica_model_fit(m, clusters(ctx), NULL, NULL, &err));
    mica_close(&ctx);
}

/* In a callback: a training is refused, the model can be used. */
static mica_status train_again(mica_fit_state *s, void *user, mica_error *e) {
    mica_context *c = user;
    mica_error err = {0};
    float x[8] = {0}, weights[2] = {1, 0.5f};
    int32_t y[2] = {0, 1};
    mica_tensor *xt = mica_tensor_new(c, MICA_FLOAT32, MICA_SHAPE(2, 4), x),
                *yt = mica_tensor_new(c, MICA_INT32, MICA_SHAPE(2), y),
                *wt = mica_tensor_new(c, MICA_FLOAT32, MICA_SHAPE(2), weights), *p;
    mica_results r;
    ASSERT_FAILS(mica_model_train_on_batch(s->model, &xt, 1, &yt, 1, wt, NULL, &err), MICA_STATE,
                 "train_on_batch while it is trained");
    ASSERT_FAILS(mica_model_fit(s->model, clusters(c), NULL, NULL, &err), MICA_STATE,
                 "fit while it is trained");
    ASSERT_OK(mica_model_evaluate(s->model, clusters(c), NULL, &r, &err));
    ASSERT_OK(mica_model_predict(s->model, &xt, 1, 0, &p, &err));
    return MICA_OK;
}

TEST(a_callback_cannot_train_what_is_trained) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    const mica_callback again = {.on_step = train_again, .user = ctx};
    mica_model *m = network(ctx, 0.01);
    ASSERT_OK(
        mica_model_fit(m, clusters(ctx), MICA_OPTIONS(fit, .callbacks = {&again}), NULL, &err));
    float x[8] = {0};
    int32_t y[2] = {0, 1};
    mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 4), x),
                *yt = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(2), y);
    ASSERT_OK(mica_model_train_on_batch(m, &xt, 1, &yt, 1, NULL, NULL, &err));
    mica_close(&ctx);
}

RUN_TESTS(
    UNIT(fit_learns_clusters), UNIT(guarding_against_nan_changes_no_bit),
    UNIT(a_resumed_training_ends_in_the_same_bits),
    UNIT(resume_refuses_another_training_and_says_the_difference),
    UNIT(a_damaged_checkpoint_is_refused), UNIT(short_epochs_do_not_each_write_a_checkpoint),
    UNIT(a_checkpoint_of_no_place_is_refused),
    UNIT(nan_in_the_data_is_told_and_weights_stay_finite),
    UNIT(labels_out_of_range_are_refused_before_training), UNIT(data_of_another_shape_is_refused),
    UNIT(early_stopping_stops_and_puts_the_best_weights_back),
    UNIT(a_training_that_early_stopping_ended_stays_ended_when_resumed),
    UNIT(predict_gives_a_row_for_every_row), UNIT(every_output_can_have_its_own_loss_and_weight),
    UNIT(what_is_no_json_is_told_where_it_ends), UNIT(many_outputs_with_many_metrics_are_all_told),
    UNIT(every_penalty_of_a_layer_with_many_weights_counts),
    UNIT(numbers_out_of_range_are_told_by_name), UNIT(a_callback_cannot_compile_what_is_trained),
    UNIT(a_callback_cannot_train_what_is_trained))
