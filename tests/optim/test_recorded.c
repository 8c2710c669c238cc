/* 20 steps of every optimizer, schedule and common option that Keras recorded: parameters after the
 * steps, slots at the end. */
#include "optim/optimizer.h"
#include "support/exceptions.h"
#include "support/recorded.h"

#include <string.h>

static mica_tensor *floats(mica_context *ctx, const json_t *numbers) {
    return recorded_numbers(ctx, MICA_FLOAT32, numbers);
}

/* Keras lists averages and accumulators of all parameters first, then a kind's slots. */
static void compare_slots(const mica_optimizer *o, const json_t *item, const char *name) {
    json_t *slot;
    size_t at;
    int seen[64] = {0};
    json_array_foreach(json_object_get(item, "slots"), at, slot) {
        const char *slot_name = json_string_value(json_object_get(slot, "name"));
        int found = -1;
        for (int i = 0; i < o->count * o->slots_each && found < 0; i++) {
            const char *own = optimizer_slot_name(o, i % o->slots_each);
            size_t length = strlen(slot_name), tail = strlen(own);
            if (!seen[i] && length > tail && !strcmp(slot_name + length - tail, own)) found = i;
        }
        if (found < 0) fail_msg("%s: no slot %s", name, slot_name);
        seen[found] = 1;
        assert_tensor_close(o->slots[found], floats(o->ctx, slot), 1e-4, slot_name);
    }
    assert_int_equal(at, o->count * o->slots_each);
}

static void run_case(const json_t *tree, const json_t *item) {
    const char *name = json_string_value(json_object_get(item, "name"));
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    json_t *config = recorded_class(item);
    mica_optimizer *o = optimizer_from_config(ctx, config, &err);
    json_decref(config);
    if (!o) fail_msg("%s: %s", name, err.message);
    const json_t *start = json_object_get(tree, "start");
    int count = (int)json_array_size(start);
    mica_tensor *parameters[8], *gradients[8];
    for (int i = 0; i < count; i++)
        parameters[i] = mica_variable(floats(ctx, json_array_get(start, (size_t)i)),
                                      i ? "w1" : "w0");
    if (strstr(name, "excluded_w1"))
        mica_optimizer_exclude_from_weight_decay(o, (const char *const[]){"w1", NULL});
    const json_t *history = json_object_get(item, "weights"),
                 *all = json_object_get(tree, "gradients");
    size_t step;
    json_t *expected;
    json_array_foreach(history, step, expected) {
        char what[128];
        for (int i = 0; i < count; i++)
            gradients[i] = floats(ctx, json_array_get(json_array_get(all, step), (size_t)i));
        mica_optimizer_apply(o, parameters, gradients, count);
        for (int i = 0; i < count && !json_is_null(expected); i++) {
            snprintf(what, sizeof what, "%s step %zu parameter %d", name, step + 1, i);
            assert_tensor_close(parameters[i], floats(ctx, json_array_get(expected, (size_t)i)),
                                1e-5, what);
        }
    }
    assert_int_equal(step, 20);
    if (json_object_get(item, "slots")) compare_slots(o, item, name);
    mica_close(&ctx);
}

TEST(optimizers_equal_keras) {
    json_t *tree = recorded_json("optimizers.json"), *item;
    size_t i;
    json_array_foreach(json_object_get(tree, "cases"), i, item) run_case(tree, item);
    assert_true(i > 60);
    json_decref(tree);
}

TEST(every_optimizer_is_recorded) {
    json_t *tree = recorded_json("optimizers.json"), *item;
    for (const optimizer_kind *const *k = all_optimizers; *k; k++) {
        bool found = false;
        size_t i;
        json_array_foreach(json_object_get(tree, "cases"), i, item) found |= !strcmp(
            json_string_value(json_object_get(item, "class_name")), (*k)->class_name);
        EXPECT_FOUND(found, "recorded optimizer", (*k)->name, "tools/record_training.py");
    }
    json_decref(tree);
}

RUN_TESTS(UNIT(optimizers_equal_keras), UNIT(every_optimizer_is_recorded))
