/* Activations by name: values and gradients recorded from Keras; options; names. */
#include "mica/math.h"
#include "mica/tape.h"
#include "part/activation.h"
#include "support/exceptions.h"
#include "support/recorded.h"

static void run_case(const json_t *item) {
    const char *name = json_string_value(json_object_get(item, "name"));
    mica_context *ctx = mica_open(NULL);
    mica_tensor *x = recorded_numbers(ctx, MICA_FLOAT32, json_object_get(item, "x")), *dx;
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tape_watch(tape, x);
    mica_tensor *y = activate(name, x);
    assert_tensor_close(y, recorded_numbers(ctx, MICA_FLOAT32, json_object_get(item, "y")), 1e-5,
                        name);
    mica_tensor *dy = recorded_numbers(ctx, MICA_FLOAT32, json_object_get(item, "dy"));
    mica_tape_gradient(tape, mica_sum(mica_multiply(y, dy), MICA_ALL_AXES, false), &x, 1, &dx);
    assert_tensor_close(dx, recorded_numbers(ctx, MICA_FLOAT32, json_object_get(item, "dx")), 1e-4,
                        name);
    mica_tape_close(&tape);
    mica_close(&ctx);
}

TEST(activations_equal_keras) {
    json_t *tree = recorded_json("activations.json"), *item;
    size_t i;
    json_array_foreach(json_object_get(tree, "cases"), i, item) run_case(item);
    assert_true(i > 10);
    json_decref(tree);
}

TEST(every_activation_is_recorded) {
    json_t *tree = recorded_json("activations.json"), *item;
    for (const activation_kind *const *k = all_activations; *k; k++) {
        bool found = false;
        size_t i;
        json_array_foreach(json_object_get(tree, "cases"), i, item)
            found |= !strcmp(json_string_value(json_object_get(item, "name")), (*k)->name);
        EXPECT_FOUND(found, "recorded activation", (*k)->name, "tools/record_keras.py");
    }
    json_decref(tree);
}

static void expect(mica_context *ctx, const char *config, float x, double y) {
    mica_tensor *t = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(1), &x);
    double got = mica_tensor_item(activate(config, t));
    if (!(fabs(got - y) < 1e-6)) fail_msg("%s of %g is %g, expected %g", config, (double)x, got, y);
}

TEST(configs_of_objects_have_options) {
    mica_context *ctx = mica_open(NULL);
    mica_error err = {0};
    expect(ctx, "{\"class_name\": \"LeakyReLU\", \"config\": {\"negative_slope\": 0.5}}", -2, -1);
    expect(ctx, "{\"class_name\": \"function\", \"module\": \"builtins\", \"config\": \"tanh\"}",
           0.5f, tanh(0.5));
    expect(ctx,
           "{\"class_name\": \"LeakyReLU\", \"config\": {\"alpha\": 0.25, \"trainable\": true}}",
           -2, -0.5);
    expect(ctx, "swish", 1, 1 / (1 + exp(-1)));
    expect(ctx, NULL, 3, 3);
    const char *relu =
        "{\"class_name\": \"ReLU\", \"config\": {\"negative_slope\": 0.1, \"max_value\": 4.0, "
        "\"threshold\": 1.0}}";
    expect(ctx, relu, 5, 4);
    expect(ctx, relu, 2, 2);
    expect(ctx, relu, 0.5f, -0.05);
    ASSERT_FAILS(check_activation("softmaks", "layer d", "activation", &err), MICA_NAME,
                 "did you mean 'softmax'?");
    mica_close(&ctx);
}

RUN_TESTS(UNIT(activations_equal_keras), UNIT(every_activation_is_recorded),
          UNIT(configs_of_objects_have_options))
