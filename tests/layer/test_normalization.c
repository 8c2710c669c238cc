/* Normalization: what it adapts to is what Keras's does, and what is refused. */
#include "layer/layer.h"
#include "mica/layers_norm.h"
#include "mica/prepare.h"
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

/* ---- scalers as layers ---- */

/* The recorded matrix as the input of a dataset, double. */
static mica_dataset *recorded_matrix(const json_t *tree, mica_tensor **x) {
    const json_t *rows = json_object_get(tree, "matrix");
    int64_t n = (int64_t)json_array_size(rows), m = 6;
    *x = mica_zeros(ctx, MICA_FLOAT64, MICA_SHAPE(n, m));
    for (int64_t i = 0; i < n * m; i++) {
        const json_t *item = json_array_get(json_array_get(rows, (size_t)(i / m)), (size_t)(i % m));
        ((double *)tensor_bytes(*x))[i] = json_is_null(item) ? NAN : json_number_value(item);
    }
    return mica_dataset_new(ctx, x, 1, NULL, 0, NULL);
}

static double option(const json_t *options, const char *name, double otherwise) {
    const json_t *value = json_object_get(options, name);
    return value ? json_number_value(value) : otherwise;
}

TEST(scalers_as_layers_give_what_scikit_learn_gives) {
    json_t *tree = recorded_json("columns.json"), *one;
    size_t i;
    mica_tensor *x;
    ASSERT_OK(mica_set_dtype_policy(ctx, "float64", &err));
    mica_dataset *d = recorded_matrix(tree, &x);
    json_array_foreach(json_object_get(tree, "scalers"), i, one) {
        const json_t *o = json_object_get(one, "options");
        mica_layer *l = mica_layer_scaler(
            ctx, d, 0,
            MICA_OPTIONS(scaler, .method = json_string_value(json_object_get(one, "method")),
                         .feature_range = {option(o, "low", 0), option(o, "high", 0)},
                         .quantiles = {option(o, "from", 0), option(o, "to", 0)},
                         .no_center = json_is_true(json_object_get(o, "no_center")),
                         .no_scale = json_is_true(json_object_get(o, "no_scale"))));
        ASSERT_OK(mica_check(ctx, &err));
        mica_tensor *y = mica_layer_call(l, x, false);
        const json_t *rows = json_object_get(one, "result");
        for (int64_t k = 0; k < mica_tensor_size(y); k++) {
            const json_t *item = json_array_get(json_array_get(rows, (size_t)(k / 6)),
                                                (size_t)(k % 6));
            double expected = json_is_null(item) ? NAN : json_number_value(item);
            ASSERT_CLOSE((const double *)mica_tensor_data(y) + k, &expected, 1, 1e-7);
        }
    }
    json_decref(tree);
}

TEST(scalers_take_scalars_and_last_axes) {
    const float numbers[] = {0, 4, 2, 2}, pixels[] = {0, 10, 2, 30, 4, 20, 2, 20};
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4), numbers),
                *image = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 2, 2), pixels);
    mica_dataset *d = mica_dataset_new(ctx, (mica_tensor *[]){x}, 1, NULL, 0, NULL),
                 *e = mica_dataset_new(ctx, &image, 1, NULL, 0, NULL);
    mica_layer *one = mica_layer_scaler(ctx, d, 0, MICA_OPTIONS(scaler, .method = "min_max")),
               *two = mica_layer_scaler(ctx, e, 0, MICA_OPTIONS(scaler, .method = "min_max"));
    mica_tensor *y = mica_layer_call(one, x, false), *z = mica_layer_call(two, image, false);
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_CLOSE((const float *)mica_tensor_data(y), ((float[]){0, 1, 0.5, 0.5}), 4, 1e-6);
    ASSERT_CLOSE((const float *)mica_tensor_data(z), ((float[]){0, 0, 0.5, 1, 1, 0.5, 0.5, 0.5}), 8,
                 1e-6);
}

static void scaler_fails(mica_dataset *d, int input, const mica_scaler_options *o, mica_status code,
                         const char *text) {
    mica_layer_scaler(ctx, d, input, o);
    ASSERT_FAILS(mica_check(ctx, &err), code, text);
}

TEST(scalers_tell_what_cannot_be) {
    double values[] = {1, 1e-12, 2, 2e-12, NAN, NAN};
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(2, 2), values),
                *none = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(1, 2), values + 4);
    mica_dataset *d = mica_dataset_new(ctx, &x, 1, NULL, 0, NULL);
    scaler_fails(d, 1, NULL, MICA_VALUE, "the data has no input 1");
    scaler_fails(d, 0, NULL, MICA_VALUE, "feature 1 has scale 5e-13, expected at least 1e-07");
    scaler_fails(mica_dataset_new(ctx, &none, 1, NULL, 0, NULL), 0, NULL, MICA_VALUE,
                 "column 0 has no number");
    scaler_fails(d, 0, MICA_OPTIONS(scaler, .method = "minmax"), MICA_NAME,
                 "unknown method 'minmax' (did you mean 'min_max'?)");
    scaler_fails(d, 0, MICA_OPTIONS(scaler, .feature_range = {1, 1}), MICA_VALUE,
                 "feature_range is 1 to 1");
    scaler_fails(d, 0, MICA_OPTIONS(scaler, .quantiles = {0.5, 0.2}), MICA_VALUE,
                 "quantiles are 0.5 and 0.2");
}

RUN_TESTS(IN_CONTEXT(scalers_as_layers_give_what_scikit_learn_gives),
          IN_CONTEXT(scalers_take_scalars_and_last_axes), IN_CONTEXT(scalers_tell_what_cannot_be),
          IN_CONTEXT(adapting_finds_what_keras_finds), IN_CONTEXT(long_lists_are_kept_in_configs),
          IN_CONTEXT(wrong_numbers_and_layers_are_refused), IN_CONTEXT(given_numbers_must_fit))
