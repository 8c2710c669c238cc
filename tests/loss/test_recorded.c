/* Every loss case that Keras recorded: value and gradient; and that every loss has a case. */
#include "loss/loss.h"
#include "mica/tape.h"
#include "support/exceptions.h"
#include "support/recorded.h"

static mica_tensor *numbers(mica_context *ctx, const json_t *item, const char *key) {
    const json_t *value = json_object_get(item, key);
    return json_is_object(value) ? recorded_numbers(ctx, MICA_FLOAT32, value) : NULL;
}

static void run_case(const json_t *item) {
    const char *name = json_string_value(json_object_get(item, "name"));
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    json_t *config = recorded_class(item);
    mica_loss *l = loss_from_config(ctx, config, &err);
    json_decref(config);
    if (!l) fail_msg("%s: %s", name, err.message);
    mica_tensor *y_true = numbers(ctx, item, "y_true"), *y_pred = numbers(ctx, item, "y_pred");
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tape_watch(tape, y_pred);
    mica_tensor *mask = numbers(ctx, item, "mask"), *gradient;
    loss_frame f = {.y_true = y_true,
                    .y_pred = y_pred,
                    .sample_weight = numbers(ctx, item, "sample_weight"),
                    .mask = mask ? mica_cast(mask, MICA_BOOL) : NULL};
    mica_tensor *value = loss_call(l, &f);
    assert_tensor_close(value, numbers(ctx, item, "value"), 1e-5, name);
    mica_tape_gradient(tape, value, &y_pred, 1, &gradient);
    assert_tensor_close(gradient, numbers(ctx, item, "gradient"), 1e-4, name);
    mica_tape_close(&tape);
    mica_close(&ctx);
}

TEST(losses_equal_keras) {
    json_t *tree = recorded_json("losses.json"), *item;
    size_t i;
    json_array_foreach(json_object_get(tree, "cases"), i, item) run_case(item);
    assert_true(i > 130);
    json_decref(tree);
}

TEST(every_loss_is_recorded) {
    json_t *tree = recorded_json("losses.json"), *item;
    for (const loss_kind *const *k = all_losses; *k; k++) {
        bool found = false;
        size_t i;
        json_array_foreach(json_object_get(tree, "cases"), i, item) found |= !strcmp(
            json_string_value(json_object_get(item, "class_name")), (*k)->class_name);
        EXPECT_FOUND(found, "recorded loss", (*k)->name, "tools/record_training.py");
    }
    json_decref(tree);
}

RUN_TESTS(UNIT(losses_equal_keras), UNIT(every_loss_is_recorded))
