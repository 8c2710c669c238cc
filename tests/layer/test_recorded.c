/* Every layer case that Keras recorded: outputs, masks, losses, gradients, updated weights. */
#include "layer/layer.h"
#include "mica/tape.h"
#include "support/exceptions.h"
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

static bool has_array(const json_t *tree, const char *array, int i) {
    char wanted[64];
    size_t at;
    json_t *name;
    snprintf(wanted, sizeof wanted, "%s_%d", array, i);
    json_array_foreach(json_object_get(tree, "arrays"), at,
                       name) if (!strcmp(json_string_value(name), wanted)) return true;
    return false;
}

/* Everything of one call. */
typedef struct recorded_call {
    mica_context *ctx;
    const json_t *tree;
    const char *name;
    mica_layer *layer;
    int inputs, weights;
    mica_tensor *x[MAX_LAYER_INPUTS], *mask[MAX_LAYER_INPUTS];
    signed char role[MAX_LAYER_INPUTS];
    void *arguments;                   /* of the call, in the layer's arena */
    mica_tensor *in[MAX_LAYER_INPUTS]; /* the frame's, which the call may replace by casts */
    mica_tensor *y[MAX_LAYER_INPUTS], *y_mask[MAX_LAYER_INPUTS];
    layer_frame frame;
} recorded_call;

/* The names of inputs in the call, and what else it takes. */
static void read_call(recorded_call *c) {
    const layer_kind *k = c->layer->kind;
    const json_t *roles = json_object_get(c->tree, "roles");
    mica_error err = {0};
    for (int i = 0; i < c->inputs && json_is_array(roles); i++)
        while (strcmp(k->arguments[(int)c->role[i]],
                      json_string_value(json_array_get(roles, (size_t)i))))
            c->role[i]++;
    if (json_is_array(roles)) c->frame.role = c->layer->roles = c->role;
    if (!k->call_fields) return;
    c->arguments = arena_take(&c->layer->arena, k->call_size);
    ASSERT_OK(fields_read(k->call_fields, c->arguments, json_object_get(c->tree, "arguments"),
                          &c->layer->arena, NULL, c->name, &err));
}

static void prepare(recorded_call *c) {
    shape shapes[MAX_LAYER_INPUTS];
    mica_error err = {0};
    for (int i = 0; i < c->inputs; i++) {
        c->x[i] = array_of(c->ctx, c->name, "input", i);
        if (has_array(c->tree, "mask", i)) c->mask[i] = array_of(c->ctx, c->name, "mask", i);
        shapes[i] = c->x[i]->shape;
    }
    read_call(c);
    ASSERT_OK(layer_build(c->layer, shapes, c->inputs, &err));
    assert_int_equal(c->layer->weight_count, c->weights);
    for (int i = 0; i < c->weights; i++) {
        mica_tensor *value = array_of(c->ctx, c->name, "weight", i);
        ASSERT_OK(mica_assign(c->layer->weights[i].variable, value, &err));
    }
}

static void check_masks(recorded_call *c) {
    for (int i = 0; i < c->frame.outputs; i++) {
        bool expected = has_array(c->tree, "output_mask", i);
        if (expected != (c->y_mask[i] != NULL))
            fail_msg("%s: output %d: a mask %s", c->name, i, expected ? "is missing" : "too many");
        if (expected) compare(c->ctx, c->name, "output_mask", i, c->y_mask[i], 0);
    }
    for (int i = 0; i < c->frame.losses; i++)
        compare(c->ctx, c->name, "loss", i, c->frame.loss[i], 1e-5);
    assert_false(has_array(c->tree, "loss", c->frame.losses));
}

static void call_layer(recorded_call *c) {
    memcpy(c->in, c->x, sizeof c->in);
    c->frame = (layer_frame){.inputs = c->inputs,
                             .outputs = 1,
                             .in = c->in,
                             .role = c->frame.role,
                             .arguments = c->arguments,
                             .masks = c->mask,
                             .out = c->y,
                             .out_masks = c->y_mask,
                             .training = json_is_true(json_object_get(c->tree, "training"))};
    layer_call(c->layer, &c->frame);
    const json_t *outputs = json_object_get(c->tree, "outputs");
    assert_int_equal(c->frame.outputs, outputs ? json_integer_value(outputs) : 1);
    for (int i = 0; i < c->frame.outputs; i++) compare(c->ctx, c->name, "output", i, c->y[i], 1e-5);
}

static mica_tensor *weighed(recorded_call *c) {
    mica_tensor *total = NULL;
    for (int i = 0; i < c->frame.outputs; i++) {
        if (!has_array(c->tree, "grad_output", i)) continue; /* whole numbers */
        mica_tensor *r = array_of(c->ctx, c->name, "grad_output", i);
        mica_tensor *part = mica_sum(mica_multiply(c->y[i], r), MICA_ALL_AXES, false);
        total = total ? mica_add(total, part) : part;
    }
    return total;
}

static void check_gradients(recorded_call *c, mica_tape *tape) {
    mica_tensor *sources[2 * MAX_LAYER_INPUTS + 32], *gradients[LENGTH(sources)];
    int of[LENGTH(sources)], count = 0;
    for (int i = 0; i < c->inputs; i++)
        if (has_array(c->tree, "grad_input", i)) of[count] = i, sources[count++] = c->x[i];
    int inputs = count;
    for (int i = 0; i < c->weights; i++)
        of[count] = i, sources[count++] = c->layer->weights[i].variable;
    mica_tensor *total = weighed(c);
    if (!total) return;
    mica_tape_gradient(tape, total, sources, count, gradients);
    for (int k = 0; k < count; k++) {
        const char *array = k < inputs ? "grad_input" : "grad_weight";
        if (has_array(c->tree, array, of[k]))
            compare(c->ctx, c->name, array, of[k], gradients[k], 1e-4);
    }
}

#define MOST_KINDS 256
static bool seen[MOST_KINDS]; /* which layers had a case, inner ones too */

static void note_layer(const mica_layer *l) {
    for (int i = 0; all_layers[i]; i++) seen[i] |= all_layers[i] == l->kind;
    for (int i = 0; layer_inner(l, i); i++) note_layer(layer_inner(l, i));
}

static void run_case(const char *name) {
    char path[300];
    snprintf(path, sizeof path, "layers/%s/case.json", name);
    json_t *tree = recorded_json(path);
    mica_error err = {0};
    recorded_call c = {.ctx = mica_open(NULL), .tree = tree, .name = name};
    c.layer = layer_from_config(c.ctx, json_string_value(json_object_get(tree, "class_name")),
                                json_object_get(tree, "config"), &err);
    if (!c.layer) fail_msg("%s: %s", name, err.message);
    note_layer(c.layer);
    c.inputs = (int)json_integer_value(json_object_get(tree, "inputs"));
    c.weights = (int)json_array_size(json_object_get(tree, "weights"));
    prepare(&c);
    mica_tape *tape = mica_tape_open(c.ctx, NULL);
    for (int i = 0; i < c.inputs; i++)
        if (has_array(tree, "grad_input", i)) mica_tape_watch(tape, c.x[i]);
    call_layer(&c);
    check_masks(&c);
    for (int i = 0; i < c.frame.updates; i++)
        ASSERT_OK(mica_assign(c.frame.updated[i], c.frame.update_value[i], &err));
    check_gradients(&c, tape);
    for (int i = 0; i < c.weights; i++)
        if (has_array(tree, "updated_weight", i))
            compare(c.ctx, name, "updated_weight", i, c.layer->weights[i].variable, 1e-5);
    mica_tape_close(&tape);
    mica_close(&c.ctx);
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

TEST(every_layer_is_recorded) { /* after the cases */
    for (int i = 0; all_layers[i]; i++) {
        assert_true(i < MOST_KINDS);
        EXPECT_FOUND(seen[i], "recorded layer", all_layers[i]->name, "tools/record_layers.py");
    }
}

RUN_TESTS(UNIT(layers_equal_keras), UNIT(every_layer_is_recorded))
