/* Every layer case that Keras recorded: outputs, gradients, updated weights. */
#include "layer/layer.h"
#include "mica/tape.h"
#include "support/recorded.h"

#include <dirent.h>

static mica_tensor *array_of(mica_context *ctx, const char *name, const char *array, int i) {
    char path[300];
    snprintf(path, sizeof path, "layers/%s/%s_%d.npy", name, array, i);
    return recorded_npy(ctx, path);
}

static void compare(mica_context *ctx, const char *name, const char *array, int i,
                    const mica_tensor *actual, double tolerance) {
    char what[300];
    snprintf(what, sizeof what, "%s %s_%d", name, array, i);
    assert_tensor_close(actual, array_of(ctx, name, array, i), tolerance, what);
}

static void run_case(const char *name) {
    char path[300];
    snprintf(path, sizeof path, "layers/%s/case.json", name);
    json_t *tree = recorded_json(path);
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_layer *l = layer_from_config(ctx, json_string_value(json_object_get(tree, "class_name")),
                                      json_object_get(tree, "config"), &err);
    if (!l) fail_msg("%s: %s", name, err.message);
    int inputs = (int)json_integer_value(json_object_get(tree, "inputs"));
    int weights = (int)json_array_size(json_object_get(tree, "weights"));
    bool training = json_is_true(json_object_get(tree, "training"));
    mica_tensor *x[MAX_LAYER_TENSORS], *sources[32], *gradients[32];
    shape shapes[MAX_LAYER_TENSORS];
    for (int i = 0; i < inputs; i++) sources[i] = x[i] = array_of(ctx, name, "input", i);
    for (int i = 0; i < inputs; i++) shapes[i] = x[i]->shape;
    ASSERT_OK(layer_build(l, shapes, inputs, &err));
    assert_int_equal(l->weight_count, weights);
    for (int i = 0; i < weights; i++) {
        ASSERT_OK(mica_assign(l->weights[i].variable, array_of(ctx, name, "weight", i), &err));
        sources[inputs + i] = l->weights[i].variable;
    }
    mica_tape *tape = mica_tape_open(ctx, NULL);
    for (int i = 0; i < inputs; i++) mica_tape_watch(tape, x[i]);
    mica_tensor *y = mica_layer_call_many(l, x, inputs, training);
    compare(ctx, name, "output", 0, y, 1e-5);
    mica_tensor *r = array_of(ctx, name, "grad_output", 0);
    mica_tape_gradient(tape, mica_sum(mica_multiply(y, r), MICA_ALL_AXES, false), sources,
                       inputs + weights, gradients);
    const json_t *arrays = json_object_get(tree, "arrays"), *array;
    size_t at;
    json_array_foreach(arrays, at, array) {
        int i;
        const char *text = json_string_value(array);
        if (sscanf(text, "grad_input_%d", &i) == 1)
            compare(ctx, name, "grad_input", i, gradients[i], 1e-4);
        else if (sscanf(text, "grad_weight_%d", &i) == 1)
            compare(ctx, name, "grad_weight", i, gradients[inputs + i], 1e-4);
        else if (sscanf(text, "updated_weight_%d", &i) == 1)
            compare(ctx, name, "updated_weight", i, l->weights[i].variable, 1e-5);
    }
    mica_tape_close(&tape);
    mica_close(&ctx);
    json_decref(tree);
}

TEST(layers_equal_keras) {
    DIR *dir = opendir("tests/recorded/layers");
    struct dirent *entry;
    int cases = 0;
    assert_non_null(dir);
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.') run_case(entry->d_name), cases++;
    closedir(dir);
    assert_true(cases > 20);
}

RUN_TESTS(UNIT(layers_equal_keras))
