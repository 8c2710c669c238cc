/* Trainings that Keras recorded: from the same weights on the same rows the same history, results
 * and weights after 20 steps; masks, several inputs and outputs, loss weights, frozen, nested and
 * shared parts. */
#include "mica/mica.h"
#include "model/model.h"
#include "support/exceptions.h"
#include "support/recorded.h"

#include <dirent.h>

static const json_t *find_weight(const json_t *weights, const char *name) {
    const char *path;
    json_t *value;
    json_object_foreach((json_t *)weights, path, value) {
        size_t n = strlen(path), m = strlen(name);
        bool ends = n >= m && !strcmp(path + n - m, name);
        if (ends && (n == m || path[n - m - 1] == '/')) return value;
    }
    return NULL;
}

/* The final weight whose path ends as mica calls it: "middle/first/kernel" for "first/kernel".
 * Keras 3 calls a depthwise kernel "kernel", mica as Keras 2. */
static const json_t *weight_named(const json_t *weights, const char *name) {
    static const char old[] = "depthwise_kernel";
    const json_t *found = find_weight(weights, name);
    char other[200];
    size_t m = strlen(name), k = strlen(old);
    if (!found && m > k && m < sizeof other && !strcmp(name + m - k, old)) {
        snprintf(other, sizeof other, "%.*skernel", (int)(m - k), name);
        found = find_weight(weights, other);
    }
    if (!found) fail_msg("no recorded weight %s", name);
    return found;
}

static void compare_weights(mica_context *ctx, const mica_model *m, const json_t *recorded,
                            const char *name) {
    mica_error err = {0};
    for (size_t i = 0; i < m->layer_count; i++) {
        mica_layer *l = m->layers[i];
        if (layer_model(l)) compare_weights(ctx, layer_model(l), recorded, name);
        for (size_t k = 0; k < l->weight_count && !layer_model(l); k++) {
            mica_tensor *variable = l->weights[k].variable;
            const char *path = variable->variable->name;
            char what[300];
            snprintf(what, sizeof what, "%s: %s", name, path);
            assert_tensor_close(variable,
                                recorded_numbers(ctx, MICA_FLOAT32, weight_named(recorded, path)),
                                1e-3, what);
        }
    }
    ASSERT_OK(mica_check(ctx, &err));
}

static void compare_result(const char *name, const char *key, double found, double expected) {
    if (!(fabs(found - expected) <= 1e-4 * fmax(1, fabs(expected))))
        fail_msg("%s: %s is %.7g, expected %.7g", name, key, found, expected);
}

static mica_dataset *data_of(mica_context *ctx, const char *name, const json_t *tree) {
    mica_tensor *x[8], *y[8], *weight = NULL;
    char path[300];
    int inputs = (int)json_integer_value(json_object_get(tree, "inputs"));
    int targets = (int)json_integer_value(json_object_get(tree, "targets"));
    for (int i = 0; i < inputs; i++) {
        snprintf(path, sizeof path, "fits/%s/input_%d.npy", name, i);
        x[i] = recorded_npy(ctx, path);
    }
    for (int i = 0; i < targets; i++) {
        snprintf(path, sizeof path, "fits/%s/target_%d.npy", name, i);
        y[i] = recorded_npy(ctx, path);
    }
    snprintf(path, sizeof path, "fits/%s/sample_weight.npy", name);
    if (json_is_true(json_object_get(tree, "weighted"))) weight = recorded_npy(ctx, path);
    return mica_dataset_new(ctx, x, inputs, y, targets, weight);
}

/* ---- which layers were in one ---- */

#define MOST_KINDS 256
static bool trained[MOST_KINDS];

static void note_layer(const mica_layer *l);

static void note_model(const mica_model *m) {
    for (size_t i = 0; i < m->layer_count; i++) note_layer(m->layers[i]);
}

static void note_layer(const mica_layer *l) {
    for (int i = 0; all_layers[i]; i++) trained[i] |= all_layers[i] == l->kind;
    if (layer_model(l)) note_model(layer_model(l));
    for (int i = 0; layer_inner(l, i); i++) note_layer(layer_inner(l, i));
}

static void run_case(const char *name) {
    char path[300];
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m;
    mica_history h;
    mica_results r;
    const char *key;
    json_t *value;
    snprintf(path, sizeof path, "fits/%s/case.json", name);
    json_t *tree = recorded_json(path), *fit = json_object_get(tree, "fit");
    snprintf(path, sizeof path, "tests/recorded/fits/%s/model.h5", name);
    if (mica_model_load(ctx, path, &m, &err) != MICA_OK) fail_msg("%s: %s", name, err.message);
    note_model(m);
    mica_dataset *data = data_of(ctx, name, tree);
    mica_status status = mica_model_fit(
        m, data,
        MICA_OPTIONS(fit, .epochs = json_integer_value(json_object_get(fit, "epochs")),
                     .batch_size = json_integer_value(json_object_get(fit, "batch_size")),
                     .validation_split = json_real_value(json_object_get(fit, "validation_split")),
                     .no_shuffle = true),
        &h, &err);
    if (status != MICA_OK) fail_msg("%s: %s", name, err.message);
    json_object_foreach(json_object_get(tree, "history"), key, value) for (int i = 0; i < h.epochs;
                                                                           i++)
        compare_result(name, key, mica_result(&h.epoch[i], key),
                       json_number_value(json_array_get(value, (size_t)i)));
    assert_int_equal(h.epoch[0].count, json_object_size(json_object_get(tree, "history")));
    compare_weights(ctx, m, json_object_get(tree, "weights"), name);
    ASSERT_OK(mica_model_evaluate(m, data, MICA_OPTIONS(evaluate, .batch_size = 5), &r, &err));
    json_object_foreach(
        json_object_get(tree, "evaluate"), key,
        value) if (!json_is_true(json_object_get(tree,
                                                 "weighted"))) /* Keras evaluated without weights */
        compare_result(name, key, mica_result(&r, key), json_number_value(value));
    mica_history_free(&h);
    mica_close(&ctx);
    json_decref(tree);
}

TEST(trainings_equal_keras) {
    DIR *dir = opendir("tests/recorded/fits");
    struct dirent *entry;
    int cases = 0;
    assert_non_null(dir);
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.') run_case(entry->d_name), cases++;
    closedir(dir);
    assert_true(cases >= 16);
}

TEST(every_layer_is_trained) { /* after the trainings */
    for (int i = 0; all_layers[i]; i++) {
        assert_true(i < MOST_KINDS);
        EXPECT_FOUND(trained[i], "trained layer", all_layers[i]->name,
                     "tools/record_layer_fits.py");
    }
}

RUN_TESTS(UNIT(trainings_equal_keras), UNIT(every_layer_is_trained))
