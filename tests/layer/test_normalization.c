/* Normalization: what it adapts to is what Keras's does, and what is refused. */
#include "layer/layer.h"
#include "mica/layers_norm.h"
#include "support/in_context.h"
#include "support/recorded.h"

static void compare(mica_tensor *got, const json_t *recorded, const char *what) {
    mica_tensor *want = recorded_numbers(ctx, MICA_FLOAT32, recorded);
    float a[256], b[256];
    size_t n = (size_t)mica_tensor_size(want);
    assert_true(n <= LENGTH(a));
    if (!shape_equal(&got->shape, &want->shape)) fail_msg("%s has another shape", what);
    ASSERT_OK(mica_tensor_read(got, MICA_FLOAT32, a, n * sizeof *a, &err));
    ASSERT_OK(mica_tensor_read(want, MICA_FLOAT32, b, n * sizeof *b, &err));
    ASSERT_CLOSE(a, b, n, 2e-5);
}

static mica_layer *made(const char *json) {
    mica_layer *l = mica_layer_from_config(ctx, "Normalization", json);
    ASSERT_OK(mica_check(ctx, &err));
    return l;
}

TEST(adapting_finds_what_keras_finds) {
    json_t *tree = recorded_json("adapt.json"), *one;
    size_t i;
    json_array_foreach(json_object_get(tree, "cases"), i, one) {
        mica_layer *l = layer_from_config(ctx, "Normalization", json_object_get(one, "config"),
                                          &err);
        if (!l) fail_msg("case %zu: %s", i, err.message);
        mica_tensor *x = recorded_numbers(ctx, MICA_FLOAT32, json_object_get(one, "input"));
        ASSERT_OK(mica_layer_adapt(l, x, &err));
        compare(mica_layer_weight(l, 0), json_object_get(one, "mean"), "mean");
        compare(mica_layer_weight(l, 1), json_object_get(one, "variance"), "variance");
        compare(mica_layer_call(l, x, false), json_object_get(one, "output"), "output");
        assert_int_equal(mica_layer_weight(l, 2)->dtype, MICA_INT32);
    }
    json_decref(tree);
}

TEST(long_lists_are_kept_in_configs) {
    char json[2000], list[800] = "[";
    for (int i = 0; i < 40; i++) snprintf(list + strlen(list), 8, "%s%d.5", i ? ", " : "", i);
    strcat(list, "]");
    snprintf(json, sizeof json, "{\"mean\": %s, \"variance\": %s}", list, list);
    json_t *config = layer_config(made(json), &err), *given = json_loads(list, 0, NULL);
    assert_true(json_equal(json_object_get(json_object_get(config, "config"), "mean"), given));
    json_decref(config), json_decref(given);
}

TEST(wrong_numbers_and_layers_are_refused) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(4, 3), 1);
    mica_layer *given = made("{\"mean\": 1, \"variance\": 2}"), *dense, *built;
    ASSERT_FAILS(mica_layer_adapt(given, x, &err), MICA_STATE, "its mean is given");
    dense = mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2));
    ASSERT_FAILS(mica_layer_adapt(dense, x, &err), MICA_UNSUPPORTED, "a Dense does not adapt");
    built = made("{}");
    ASSERT_OK(mica_layer_adapt(built, x, &err));
    x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(4, 2), 1);
    ASSERT_FAILS(mica_layer_adapt(built, x, &err), MICA_SHAPE, "the layer has (3,)");
}

TEST(given_numbers_must_fit) {
    static const struct {
        const char *json, *message;
    } wrong[] = {
        {"{\"mean\": [1, 2]}", "variance is missing, expected mean and variance of"},
        {"{\"mean\": [1, 2], \"variance\": 1}", "variance has shape (), expected mean's (2,)"},
        {"{\"mean\": [[1], [2, 3]], \"variance\": 1}", "expected a number or nested lists"},
        {"{\"mean\": [], \"variance\": []}", "expected a number or nested lists"},
    };
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        json_t *config = json_loads(wrong[i].json, 0, NULL);
        mica_layer *l = layer_from_config(ctx, "Normalization", config, &err);
        json_decref(config);
        assert_null(l);
        if (!strstr(err.message, wrong[i].message)) fail_msg("%s", err.message);
    }
    mica_layer *l = made("{\"mean\": [1, 2], \"variance\": [1, 2]}");
    shape in = MICA_SHAPE(4, 3);
    ASSERT_FAILS(layer_build(l, &in, 1, &err), MICA_SHAPE,
                 "mean has shape (2,), expected that of the kept axes, (3,)");
}

RUN_TESTS(IN_CONTEXT(adapting_finds_what_keras_finds), IN_CONTEXT(long_lists_are_kept_in_configs),
          IN_CONTEXT(wrong_numbers_and_layers_are_refused), IN_CONTEXT(given_numbers_must_fit))
