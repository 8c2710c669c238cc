/* Models with a batch of their own (Keras's batch_shape), and stateful ones, which need one. */
#include "mica/mica.h"
#include "model/model.h"
#include "support/folder.h"

#include <unistd.h>

#define BATCH 4

/* (4, 3, 2) to one number a row. */
static mica_model *fixed(mica_context *ctx, bool stateful) {
    mica_error err = {0};
    mica_model *m = NULL;
    char text[512];
    snprintf(text, sizeof text,
             "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"fixed\", \"layers\": ["
             "{\"class_name\": \"GRU\", \"config\": {\"units\": 3, \"stateful\": %s, "
             "\"batch_input_shape\": [%d, 3, 2]}}, "
             "{\"class_name\": \"Dense\", \"config\": {\"units\": 1}}]}}",
             stateful ? "true" : "false", BATCH);
    json_t *config = json_loads(text, 0, NULL);
    ASSERT_OK(model_from_config(ctx, config, "test", &m, &err));
    json_decref(config);
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "adam", .loss = "mse",
                                       .metrics = {"mean_absolute_error"}));
    ASSERT_OK(mica_check(ctx, &err));
    return m;
}

static mica_tensor *numbers(mica_context *ctx, int64_t rows) {
    float x[64 * 6];
    for (int64_t i = 0; i < rows * 6; i++) x[i] = (float)((i * 37) % 23) / 11 - 1;
    return mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(rows, 3, 2), x);
}

static mica_dataset *samples(mica_context *ctx, int64_t rows) {
    float y[64];
    for (int64_t i = 0; i < rows; i++) y[i] = (float)(i % 5) / 4;
    mica_tensor *x = numbers(ctx, rows),
                *t = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(rows, 1), y);
    return mica_dataset_new(ctx, &x, 1, &t, 1, NULL);
}

TEST(a_fixed_batch_is_trained_evaluated_and_predicted_without_being_told) {
    mica_error err = {0};
    for (int stateful = 0; stateful < 2; stateful++) {
        mica_context *ctx = mica_open(NULL);
        mica_model *m = fixed(ctx, stateful);
        mica_results r;
        mica_history h;
        mica_tensor *x = numbers(ctx, 12), *y;
        ASSERT_OK(mica_model_fit(m, samples(ctx, 16),
                                 MICA_OPTIONS(fit, .epochs = 2, .validation = samples(ctx, 8)), &h,
                                 &err));
        mica_history_free(&h);
        ASSERT_OK(mica_model_evaluate(m, samples(ctx, 12), NULL, &r, &err));
        assert_true(r.value[0] > 0);
        ASSERT_OK(mica_model_predict(m, &x, 1, 0, &y, &err));
        assert_int_equal(mica_tensor_shape(y).dims[0], 12);
        mica_close(&ctx);
    }
}

TEST(predict_fills_up_the_last_batch) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m = fixed(ctx, false);
    mica_tensor *whole = numbers(ctx, 12), *all, *some;
    ASSERT_OK(mica_model_predict(m, &whole, 1, 32, &all, &err));
    for (int64_t rows = 1; rows < 12; rows++) {
        mica_tensor *x = numbers(ctx, rows);
        ASSERT_OK(mica_model_predict(m, &x, 1, 32, &some, &err));
        assert_int_equal(mica_tensor_shape(some).dims[0], rows);
        assert_memory_equal(mica_tensor_data(some), mica_tensor_data(all), (size_t)rows * 4);
    }
    mica_close(&ctx);
}

TEST(rows_that_fill_no_batch_are_told) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m = fixed(ctx, true);
    mica_results r;
    mica_tensor *x = numbers(ctx, 6), *y;
    const char *multiple = "expected a multiple of 4";
    ASSERT_FAILS(mica_model_predict(m, &x, 1, 0, &y, &err), MICA_VALUE, multiple);
    ASSERT_FAILS(mica_model_evaluate(m, samples(ctx, 6), NULL, &r, &err), MICA_VALUE, multiple);
    ASSERT_FAILS(mica_model_fit(m, samples(ctx, 6), NULL, NULL, &err), MICA_VALUE, multiple);
    ASSERT_FAILS(mica_model_fit(m, samples(ctx, 8),
                                MICA_OPTIONS(fit, .validation = samples(ctx, 6)), NULL, &err),
                 MICA_VALUE, "validation: 6 rows, expected a multiple of 4");
    ASSERT_FAILS(mica_model_fit(m, samples(ctx, 8), MICA_OPTIONS(fit, .batch_size = 8), NULL, &err),
                 MICA_VALUE, "batch_size is 8, model fixed takes batches of 4");
    ASSERT_OK(
        mica_model_fit(m, samples(ctx, 6), MICA_OPTIONS(fit, .steps_per_epoch = 1), NULL, &err));
    mica_close(&ctx);
}

TEST(predictors_are_of_models_without_states) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_predictor *p = NULL;
    ASSERT_FAILS(mica_predictor_new(fixed(ctx, true), BATCH, &p, &err), MICA_UNSUPPORTED,
                 "is stateful");
    assert_null(p);
    ASSERT_FAILS(mica_predictor_new(fixed(ctx, false), 1, &p, &err), MICA_VALUE,
                 "takes batches of 4");
    ASSERT_OK(mica_predictor_new(fixed(ctx, false), BATCH, &p, &err));
    mica_predictor_destroy(&p);
    mica_close(&ctx);
}

/* A stateful layer alone, in a layer around it, or in a model in the model. */
static const char *const stateful_layers[] = {
    "{\"class_name\": \"LSTM\", \"config\": {\"units\": 3, \"stateful\": true, "
    "\"batch_input_shape\": [4, 3, 2]}}",
    "{\"class_name\": \"Bidirectional\", \"config\": {\"batch_input_shape\": [4, 3, 2], \"layer\": "
    "{\"class_name\": \"GRU\", \"config\": {\"units\": 3, \"stateful\": true}}}}",
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"inner\", \"layers\": "
    "[{\"class_name\": "
    "\"SimpleRNN\", \"config\": {\"units\": 3, \"stateful\": true, \"batch_input_shape\": [4, 3, "
    "2]}}]}}"};

static mica_status stop_within(mica_fit_state *s, void *user, mica_error *err) {
    if (s->epoch == 1 && s->step == 1) s->stop = true;
    return MICA_OK;
}

/* The states in the end, after 3 epochs; stopped within the second one and resumed, or not. */
static size_t train_states(const char *layer, bool resumed, float *out) {
    mica_error err = {0};
    char text[1024], path[300];
    const mica_callback stop = {.on_step = stop_within};
    size_t at = 0;
    snprintf(path, sizeof path, "%s/states.checkpoint", folder_open());
    snprintf(text, sizeof text,
             "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [%s, {\"class_name\": "
             "\"Dense\", \"config\": {\"units\": 1}}]}}",
             layer);
    for (int part = resumed ? 0 : 1; part < 2; part++) {
        mica_context *ctx = mica_open(NULL);
        mica_model *m = NULL;
        json_t *config = json_loads(text, 0, NULL);
        ASSERT_OK(model_from_config(ctx, config, "test", &m, &err));
        json_decref(config);
        mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "adam", .loss = "mse"));
        ASSERT_OK(mica_model_fit(m, samples(ctx, 16),
                                 MICA_OPTIONS(fit, .epochs = 3, .checkpoint = path,
                                              .resume = resumed && part == 1,
                                              .callbacks = {part ? NULL : &stop}),
                                 NULL, &err));
        mica_tensor **states;
        size_t count;
        ASSERT_OK(model_states(m, &states, &count, &err));
        for (size_t i = 0; i < count && part; i++) {
            size_t n = (size_t)mica_tensor_size(states[i]);
            ASSERT_OK(mica_tensor_read(states[i], MICA_FLOAT32, out + at, n * 4, &err));
            at += n;
        }
        free(states);
        mica_close(&ctx);
    }
    return at;
}

TEST(a_resumed_training_of_a_stateful_model_ends_in_the_same_bits) {
    for (size_t i = 0; i < sizeof stateful_layers / sizeof *stateful_layers; i++) {
        float whole[64], parts[64];
        size_t n = train_states(stateful_layers[i], false, whole);
        assert_true(n >= 12 && train_states(stateful_layers[i], true, parts) == n);
        assert_memory_equal(whole, parts, n * sizeof *whole);
    }
}

RUN_TESTS(UNIT(a_fixed_batch_is_trained_evaluated_and_predicted_without_being_told),
          UNIT(predict_fills_up_the_last_batch), UNIT(rows_that_fill_no_batch_are_told),
          UNIT(predictors_are_of_models_without_states),
          UNIT(a_resumed_training_of_a_stateful_model_ends_in_the_same_bits))
