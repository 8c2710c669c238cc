/* Every metric case that Keras recorded: the result after each batch, and the confusion matrix. */
#include "metric/metric.h"
#include "support/exceptions.h"
#include "support/recorded.h"

static mica_tensor *of_batch(mica_context *ctx, const json_t *batch, const char *what) {
    if (!strcmp(what, "one_hot"))
        return mica_one_hot(of_batch(ctx, batch, "classes"), 4, MICA_FLOAT32);
    bool whole = !strcmp(what, "classes") || !strcmp(what, "binary") || !strcmp(what, "labels");
    const json_t *numbers = json_object_get(batch, what);
    mica_tensor *t = recorded_numbers(ctx, whole ? MICA_INT32 : MICA_FLOAT32, numbers);
    bool column = !strcmp(what, "binary") || !strcmp(what, "scores");
    return column ? mica_expand_dims(t, -1) : t;
}

static void compare(const mica_metric *m, const json_t *expected, const char *name, size_t batch) {
    const json_t *data = json_object_get(expected, "data");
    double values[64];
    int64_t n = mica_metric_values(m, values, 64);
    if ((size_t)n != json_array_size(data)) fail_msg("%s: %d values", name, (int)n);
    for (int64_t i = 0; i < n; i++) {
        double want = json_number_value(json_array_get(data, (size_t)i));
        if (!(fabs(values[i] - want) <= 1e-6 * fmax(1, fabs(want))) && values[i] == values[i])
            fail_msg("%s batch %zu [%d] is %.9g, expected %.9g", name, batch, (int)i, values[i],
                     want);
    }
}

static void run_case(const json_t *tree, const json_t *item) {
    const char *name = json_string_value(json_object_get(item, "name"));
    const char *y_true = json_string_value(json_object_get(item, "y_true"));
    const char *y_pred = json_string_value(json_object_get(item, "y_pred"));
    const json_t *by = json_object_get(item, "weighted");
    const char *weights = json_is_true(by) ? "weights" : json_string_value(by);
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    shape none = {0, {0}};
    json_t *config = recorded_class(item);
    mica_metric *m = metric_from_config(ctx, config, &none, &none, false, &err);
    json_decref(config);
    if (!m) fail_msg("%s: %s", name, err.message);
    json_t *batch;
    size_t i;
    json_array_foreach(json_object_get(tree, "batches"), i, batch) {
        mica_metric_update(m, of_batch(ctx, batch, y_true), of_batch(ctx, batch, y_pred),
                           weights ? of_batch(ctx, batch, weights) : NULL);
        if (mica_check(ctx, &err) != MICA_OK) fail_msg("%s: %s", name, err.message);
        compare(m, json_array_get(json_object_get(item, "results"), i), name, i);
    }
    mica_close(&ctx);
}

TEST(metrics_equal_keras) {
    json_t *tree = recorded_json("metrics.json"), *item;
    size_t i;
    json_array_foreach(json_object_get(tree, "cases"), i, item) run_case(tree, item);
    assert_true(i > 190);
    json_decref(tree);
}

static void compare_confusion(const json_t *tree, const char *expected, bool weighted) {
    json_t *batch;
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_metric *m = mica_metric_confusion_matrix(ctx, NULL);
    size_t i;
    json_array_foreach(json_object_get(tree, "batches"), i, batch) mica_metric_update(
        m, of_batch(ctx, batch, "classes"), of_batch(ctx, batch, "probabilities"),
        weighted ? of_batch(ctx, batch, "weights") : NULL);
    ASSERT_OK(mica_check(ctx, &err));
    compare(m, json_object_get(json_object_get(tree, "confusion_matrix"), expected), expected, i);
    mica_close(&ctx);
}

TEST(the_confusion_matrix_equals_keras) {
    json_t *tree = recorded_json("metrics.json");
    compare_confusion(tree, "counts", false);
    compare_confusion(tree, "weighted", true);
    json_decref(tree);
}

TEST(every_metric_is_recorded) {
    json_t *tree = recorded_json("metrics.json"), *item;
    for (const metric_kind *const *k = all_metrics; *k; k++) {
        bool found = false;
        size_t i;
        json_array_foreach(json_object_get(tree, "cases"), i, item)
            found |= metric_kind_by_name(json_string_value(json_object_get(item, "class_name"))) ==
                     *k;
        EXPECT_FOUND(found, "recorded metric", (*k)->name, "tools/record_training.py");
    }
    json_decref(tree);
}

RUN_TESTS(UNIT(every_metric_is_recorded), UNIT(metrics_equal_keras),
          UNIT(the_confusion_matrix_equals_keras))
