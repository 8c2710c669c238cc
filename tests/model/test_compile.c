/* Compile settings that mean nothing are refused, with what was found and what was expected. */
#include "mica/mica.h"
#include "model/model.h"
#include "support/in_context.h"

static mica_model *with_outputs(int count) {
    static const char *const names[] = {"output", "other"};
    mica_tensor *x = mica_input(ctx, MICA_SHAPE(4), NULL), *y[2];
    for (int i = 0; i < count; i++)
        y[i] = mica_apply(mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2, .name = names[i])),
                          x);
    mica_model *m = mica_model_new(ctx, &x, 1, y, count, "net");
    ASSERT_OK(mica_check(ctx, &err));
    return m;
}

static mica_status compiled_with(mica_model *m, const char *json) {
    json_t *config;
    ASSERT_OK(config_parse(json, strlen(json), "compile", &config, &err));
    mica_status status = compile_from_config(m, config, &err);
    json_decref(config);
    return status;
}

TEST(settings_of_an_output_that_is_not_there_are_refused) {
    static const char *const wrong[][2] = {
        {"{\"optimizer\": \"sgd\", \"loss\": {\"ouput\": \"mse\"}}",
         "compile: loss: unknown output 'ouput' (did you mean 'output'?)"},
        {"{\"optimizer\": \"sgd\", \"loss\": \"mse\", \"metrics\": {\"ouput\": [\"mae\"]}}",
         "compile: metrics: unknown output 'ouput' (did you mean 'output'?)"},
        {"{\"optimizer\": \"sgd\", \"loss\": \"mse\", \"weighted_metrics\": {\"z\": [\"mae\"]}}",
         "compile: weighted_metrics: unknown output 'z', expected 'output'"},
        {"{\"optimizer\": \"sgd\", \"loss\": \"mse\", \"loss_weights\": {\"zz\": 1}}",
         "compile: loss_weights: unknown output 'zz', expected 'output'"}};
    mica_model *m = with_outputs(1);
    for (size_t i = 0; i < LENGTH(wrong); i++)
        ASSERT_FAILS(compiled_with(m, wrong[i][0]), MICA_NAME, wrong[i][1]);
    ASSERT_OK(compiled_with(m, "{\"optimizer\": \"sgd\", \"loss\": {\"output\": \"mse\"}, "
                               "\"metrics\": {\"output\": [\"mae\"]}}"));
    assert_int_equal(m->compiled.metric_count, 1);
}

TEST(lists_with_more_or_fewer_entries_than_outputs_are_refused) {
    static const char *const wrong[][2] = {
        {"{\"optimizer\": \"sgd\", \"loss\": [\"mse\", \"mse\"]}",
         "compile: loss has 2 entries, expected 1"},
        {"{\"optimizer\": \"sgd\", \"loss\": \"mse\", \"loss_weights\": [1, 2]}",
         "compile: loss_weights has 2 entries, expected 1"},
        {"{\"optimizer\": \"sgd\", \"loss\": \"mse\", \"metrics\": [[\"mae\"], [\"mae\"]]}",
         "compile: metrics has 2 entries, expected 1"}};
    mica_model *m = with_outputs(1), *two = with_outputs(2);
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        ASSERT_FAILS(compiled_with(m, wrong[i][0]), MICA_VALUE, wrong[i][1]);
        ASSERT_OK(compiled_with(two, wrong[i][0]));
    }
    ASSERT_OK(compiled_with(m, "{\"optimizer\": \"sgd\", \"loss\": [\"mse\"], "
                               "\"metrics\": [\"mae\", \"mse\"]}"));
}

TEST(options_of_more_outputs_than_there_are_are_refused) {
    mica_model *m = with_outputs(1);
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .losses = {"mse", "mae"}));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE,
                 "losses[1] is \"mae\", but model net has 1 output");
    mica_model_compile(
        m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = "mse", .loss_weights = {1, 2}));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE,
                 "loss_weights[1] is 2, but model net has 1 output");
}

TEST(decay_of_the_rate_is_refused_where_nothing_would_come_of_it) {
    mica_model *m = with_outputs(1);
    ASSERT_FAILS(compiled_with(m, "{\"loss\": \"mse\", \"optimizer\": {\"class_name\": \"adam\", "
                                  "\"config\": {\"learning_rate\": 1, \"decay\": 10}}}"),
                 MICA_NAME, "optimizer adam: decay is 10, which Keras 3 has no more: expected");
    ASSERT_OK(compiled_with(m, "{\"loss\": \"mse\", \"optimizer\": {\"class_name\": \"adam\", "
                               "\"config\": {\"learning_rate\": 1, \"decay\": 0.0}}}"));
}

static void count_warnings(void *user, mica_log_level level, const char *message) {
    *(int *)user += level == MICA_LOG_WARNING && (strstr(message, "loss categorical_") ||
                                                  strstr(message, "a softmax over one unit"));
}

/* As Keras warns: with one class there is nothing to learn. */
TEST(categories_of_one_class_are_warned_of) {
    static const struct {
        const char *activation, *loss;
        int units, warnings;
    } cases[] = {{"sigmoid", "categorical_crossentropy", 1, 1},
                 {"sigmoid", "CategoricalFocalCrossentropy", 1, 1},
                 {"softmax", "mse", 1, 1},
                 {"softmax", "categorical_crossentropy", 1, 2},
                 {"softmax", "categorical_crossentropy", 2, 0},
                 {"sigmoid", "binary_crossentropy", 1, 0}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int warnings = 0;
        mica_context *own = mica_open(
            MICA_OPTIONS(context, .log = count_warnings, .log_user = &warnings));
        mica_model *m = mica_sequential(own, MICA_SHAPE(4));
        mica_model_add(m, mica_layer_dense(own, MICA_OPTIONS(dense, .units = cases[i].units,
                                                             .activation = cases[i].activation)));
        mica_model_compile(m,
                           MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = cases[i].loss));
        ASSERT_OK(mica_check(own, &err));
        assert_int_equal(warnings, cases[i].warnings);
        mica_close(&own);
    }
}

RUN_TESTS(IN_CONTEXT(settings_of_an_output_that_is_not_there_are_refused),
          IN_CONTEXT(lists_with_more_or_fewer_entries_than_outputs_are_refused),
          IN_CONTEXT(options_of_more_outputs_than_there_are_are_refused),
          IN_CONTEXT(decay_of_the_rate_is_refused_where_nothing_would_come_of_it),
          UNIT(categories_of_one_class_are_warned_of))
