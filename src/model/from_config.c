/* Models from configs: Keras 1, 2 and 3, and the recipe's short form. */
#include "model/application.h"
#include "model/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mica_status wrong(mica_error *err, const char *name, const char *what, const json_t *found,
                         const char *expected) {
    return fail(err, MICA_FORMAT, "%s: %s is %s, expected %s", name, what, config_kind(found),
                expected);
}

static mica_status wrong_layer(mica_error *err, const char *name, const char *list, size_t i,
                               const json_t *found, const char *expected) {
    size_t keys = json_object_size(found);
    if (keys > 1 && !json_object_get(found, "class_name"))
        return fail(err, MICA_FORMAT, "%s: %s[%zu] is an object with %zu keys, expected %s", name,
                    list, i, keys, expected);
    return fail(err, MICA_FORMAT, "%s: %s[%zu] is %s, expected %s", name, list, i,
                config_kind(found), expected);
}

/* [null, 28, 28, 1], with the batch; or without, when `batched` is false. */
static mica_status read_shape(const json_t *list, bool batched, const char *name, shape *out,
                              mica_error *err) {
    size_t i;
    json_t *item;
    *out = (shape){.rank = batched ? 0 : 1, .dims = {-1}};
    if (!json_is_array(list) || json_array_size(list) + (size_t)out->rank > MAX_RANK)
        return wrong(err, name, "the input shape", list, "an array of at most 8 integers");
    json_array_foreach(list, i, item) {
        if (!json_is_null(item) && (!json_is_integer(item) || json_integer_value(item) < 1))
            return wrong(err, name, "an extent of the input shape", item,
                         "a positive integer or null");
        out->dims[out->rank++] = json_is_null(item) ? -1 : (int64_t)json_integer_value(item);
    }
    return MICA_OK;
}

static mica_status add_input_layer(mica_model *m, mica_layer *l, mica_error *err) {
    mica_status status = model_add_node(m, l, NULL, 0, err);
    if (status != MICA_OK) return layer_discard(l), status;
    m->inputs[m->input_count++] = m->outputs[0] = (reference){(int)m->node_count - 1, 0};
    return MICA_OK;
}

static mica_status add_input(mica_model *m, const shape *s, mica_error *err) {
    mica_layer *l = mica_layer_input_layer(m->ctx, MICA_OPTIONS(input_layer, .batch_shape = *s));
    if (l && !l->failed) return add_input_layer(m, l, err);
    layer_discard(l);
    return mica_check(m->ctx, err) ? err->code : MICA_INTERNAL;
}

static mica_status add_next(mica_model *m, mica_layer *l, mica_error *err) {
    mica_status status = model_add_node(m, l, &m->outputs[0], 1, err);
    if (status != MICA_OK) return layer_discard(l), status;
    m->outputs[0] = (reference){(int)m->node_count - 1, 0};
    return MICA_OK;
}

#define MAX_DEPTH 32 /* of models in models */
#define MAX_PLACE 512

/* "recipe.json: model.layers[2] (Dense)" */
static const char *place_of(const char *name, const char *list, size_t i, const char *class_name,
                            char place[MAX_PLACE]) {
    snprintf(place, MAX_PLACE, "%s: %s[%zu] (%s)", name, list, i, class_name);
    return place;
}

/* Puts the place in front of what a layer says, which may begin with its class again. */
static mica_status fail_at(mica_error *err, const char *place, const char *class_name) {
    size_t n = strlen(class_name);
    char *rest = err->message + n + 2;
    if (!strncmp(err->message, class_name, n) && !strncmp(err->message + n, ": ", 2))
        memmove(err->message, rest, strlen(rest) + 1);
    return fail_within(err, err->code, "%s", place);
}

static mica_status read_model(mica_context *ctx, const json_t *tree, const char *name, int depth,
                              mica_model **out, mica_error *err);

static bool is_model(const char *class_name) {
    return !strcmp(class_name, "Sequential") || !strcmp(class_name, "Functional") ||
           !strcmp(class_name, "Model");
}

/* A layer of the model m, or a model in it; NULL after an error. */
static mica_layer *read_layer(const mica_model *m, const json_t *entry, const char *class_name,
                              const json_t *config, const char *name, mica_error *err) {
    mica_model *inner = NULL;
    mica_layer *l = NULL;
    if (!is_model(class_name)) l = layer_from_config(m->ctx, class_name, config, err);
    else if (read_model(m->ctx, entry, name, m->depth + 1, &inner, err) != MICA_OK) return NULL;
    if (inner) {
        l = mica_model_as_layer(inner);
        model_drop(inner); /* the layer has it now */
        if (!l || mica_check(m->ctx, err) != MICA_OK) return layer_discard(l), NULL;
        l->options->frozen = json_is_false(json_object_get(config, "trainable"));
    }
    if (!l) fail_at(err, name, class_name);
    return l;
}

/* The shape that a first layer names, as Keras 1 and 2 write it. */
static const json_t *batch_shape_of(const json_t *config) {
    const json_t *s = json_object_get(config, "batch_shape");
    if (!s) s = json_object_get(config, "batch_input_shape");
    return s;
}

static mica_status add_entry(mica_model *m, size_t i, const json_t *entry, const char *file,
                             mica_error *err) {
    const char *class_name, *name;
    const json_t *config, *given;
    char place[MAX_PLACE];
    if (!json_is_object(entry) || !config_class(entry, &class_name, &config))
        return wrong_layer(err, file, "layers", i, entry, "an object with class_name and config");
    name = place_of(file, "layers", i, class_name, place);
    bool is_input = !strcmp(class_name, "InputLayer");
    if (is_input && m->node_count)
        return fail(err, MICA_FORMAT, "%s: an InputLayer after the first layer of a Sequential",
                    name);
    if (is_input) {
        mica_layer *input = layer_from_config(m->ctx, class_name, config, err);
        return input ? add_input_layer(m, input, err) : fail_at(err, name, class_name);
    }
    if (!m->node_count && (given = batch_shape_of(config))) {
        shape s;
        TRY(read_shape(given, true, name, &s, err));
        TRY(add_input(m, &s, err));
    }
    mica_layer *l = read_layer(m, entry, class_name, config, name, err);
    if (!l) return err->code;
    mica_status status = MICA_OK;
    if (!m->node_count && layer_model(l)) /* a model in front tells its own input */
        status = add_input(m, model_input_shape(layer_model(l), 0), err);
    if (status == MICA_OK && !m->node_count)
        status = fail(err, MICA_FORMAT,
                      "the first layer has no input shape, so the model cannot be built");
    if (status == MICA_OK) status = add_next(m, l, err);
    else layer_discard(l);
    return status == MICA_OK ? status : fail_within(err, status, "%s", name);
}

static mica_status read_sequential(mica_model *m, const json_t *config, const char *name,
                                   mica_error *err) {
    size_t i;
    json_t *entry;
    const json_t *layers = json_is_array(config)
                               ? config
                               : json_object_get(config, "layers"); /* Keras 1: a list */
    const json_t *built = json_object_get(config, "build_input_shape");
    if (!built) built = json_object_get(config, "mica_input_shape"); /* config.c */
    if (!json_is_array(layers)) return wrong(err, name, "layers", layers, "an array");
    const json_t *first = json_object_get(json_array_get(layers, 0), "config");
    if (!batch_shape_of(first) && json_is_array(built)) {
        shape s;
        TRY(read_shape(built, true, name, &s, err));
        TRY(add_input(m, &s, err));
    }
    json_array_foreach(layers, i, entry) TRY(add_entry(m, i, entry, name, err));
    if (!m->node_count) return fail(err, MICA_FORMAT, "%s: a model without layers", name);
    m->output_count = 1;
    return MICA_OK;
}

/* ---- functional ---- */

typedef struct reading {
    mica_model *m;
    const json_t *layers;
    mica_layer **made; /* by entry */
    int *next;         /* by entry: the application that comes next */
    int *first, *last; /* by entry: the number of its first application, in references of layers and
                          in those of the outputs */
    const char *name;
    mica_error *err;
} reading;

static int entry_of(const reading *r, const char *layer_name) {
    for (size_t i = 0; i < json_array_size(r->layers); i++) {
        const json_t *e = json_array_get(r->layers, i), *config = json_object_get(e, "config");
        const char *name = json_string_value(json_object_get(e, "name"));
        if (!name) name = json_string_value(json_object_get(config, "name"));
        if (name && layer_name && !strcmp(name, layer_name)) return (int)i;
    }
    return -1;
}

/* The node of application `number` of a layer; -1: not there yet. */
static int node_of(const reading *r, const mica_layer *l, int number) {
    for (size_t i = 0; i < r->m->node_count; i++)
        if (r->m->nodes[i].layer == l && number-- == 0) return (int)i;
    return -1;
}

/* ["dense", 0, 0] or ["dense", 0, 0, {}]; true if that node is there. */
static mica_status read_reference(reading *r, const json_t *item, const int *first, reference *out,
                                  bool *there) {
    const char *layer_name = json_string_value(json_array_get(item, 0));
    int entry = entry_of(r, layer_name);
    if (entry < 0)
        return fail(r->err, MICA_FORMAT, "%s: a reference to layer '%s', which is not there",
                    r->name, layer_name ? layer_name : "?");
    out->tensor = (int)json_integer_value(json_array_get(item, 2));
    int number = (int)json_integer_value(json_array_get(item, 1)) - first[entry];
    out->node = r->made[entry] ? node_of(r, r->made[entry], number) : -1;
    *there = out->node >= 0;
    if (*there && (out->tensor < 0 || out->tensor >= r->m->nodes[out->node].outputs))
        return fail(r->err, MICA_FORMAT, "%s: layer '%s' has no output %d", r->name, layer_name,
                    out->tensor);
    return MICA_OK;
}

static mica_status add_applied(reading *r, int entry, const reference *in, const applied *a) {
    mica_layer *l = r->made[entry];
    model_node n = {.layer = l,
                    .inputs = (int)json_array_size(a->inputs),
                    .fixed_mode = a->mode,
                    .arguments = a->arguments};
    memcpy(n.in, in, sizeof n.in);
    memcpy(n.role, a->role, sizeof n.role);
    mica_status status = model_add_call(r->m, &n, r->err);
    return status == MICA_OK ? status : fail_within(r->err, status, "%s", r->name);
}

static mica_status apply(reading *r, int entry, const json_t *application, bool *done) {
    reference in[MAX_LAYER_TENSORS];
    applied a;
    mica_status status = application_read(r->made[entry], application, r->name, &a, r->err);
    *done = true;
    for (size_t i = 0; i < json_array_size(a.inputs) && status == MICA_OK && *done; i++)
        status = read_reference(r, json_array_get(a.inputs, i), r->first, &in[i], done);
    if (status == MICA_OK && *done) status = add_applied(r, entry, in, &a);
    json_decref(a.inputs);
    return status;
}

static mica_status make_layer(reading *r, size_t i) {
    const char *class_name;
    const json_t *config, *entry = json_array_get(r->layers, i);
    char place[MAX_PLACE];
    if (!json_is_object(entry) || !config_class(entry, &class_name, &config))
        return wrong_layer(r->err, r->name, "layers", i, entry,
                           "an object with class_name and config");
    if (makes_masks(entry)) return MICA_OK;
    r->made[i] = read_layer(r->m, entry, class_name, config,
                            place_of(r->name, "layers", i, class_name, place), r->err);
    if (!r->made[i]) return r->err->code;
    return strcmp(class_name, "InputLayer") ? MICA_OK
                                            : model_add_node(r->m, r->made[i], NULL, 0, r->err);
}

/* Applies what can be applied until nothing changes: files list layers in any order. */
static mica_status apply_all(reading *r) {
    size_t n = json_array_size(r->layers);
    for (bool changed = true, left = true; left;) {
        changed = left = false;
        for (size_t i = 0; i < n; i++) {
            const json_t *nodes = json_object_get(json_array_get(r->layers, i), "inbound_nodes");
            while (r->made[i] && (size_t)r->next[i] < json_array_size(nodes)) {
                bool done;
                TRY(apply(r, (int)i, json_array_get(nodes, (size_t)r->next[i]), &done));
                if (!done) {
                    left = true;
                    break;
                }
                r->next[i]++;
                changed = true;
            }
        }
        if (left && !changed)
            return fail(r->err, MICA_FORMAT, "%s: the layers depend on each other in a circle",
                        r->name);
    }
    return MICA_OK;
}

/* Of one end: [["a", 0, 0], …], ["a", 0, 0] alone as Keras 3 writes a single one, or
 * {"key": ["a", 0, 0], …} of a model made of objects, which Keras takes in the order of the keys.
 * The caller decrefs; keys may be NULL. */
static json_t *ends_list(const json_t *ends, const char **keys) {
    const char *names[MAX_MODEL_TENSORS + 1];
    json_t *list = json_array();
    if (json_is_array(ends) && !json_is_string(json_array_get(ends, 0)))
        json_array_extend(list, (json_t *)ends);
    else if (json_is_array(ends)) json_array_append(list, (json_t *)ends);
    size_t count = sorted_keys(ends, names, LENGTH(names));
    for (size_t i = 0; i < count; i++) {
        json_array_append(list, json_object_get(ends, names[i]));
        if (keys && i < MAX_MODEL_TENSORS) keys[i] = names[i];
    }
    return list;
}

static mica_status read_end_list(reading *r, const json_t *list, reference *out, const char *what) {
    bool there;
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) {
        TRY(read_reference(r, item, r->last, &out[i], &there));
        if (!there)
            return fail(r->err, MICA_FORMAT, "%s: %s names a tensor that is not there", r->name,
                        what);
    }
    return MICA_OK;
}

static mica_status read_ends(reading *r, const json_t *ends, reference *out, int *count,
                             const char **keys, const char *what) {
    json_t *list = ends_list(ends, keys);
    size_t n = json_array_size(list);
    mica_status status = n < 1 || n > MAX_MODEL_TENSORS
                             ? wrong(r->err, r->name, what, ends, "1 to 16 references")
                             : read_end_list(r, list, out, what);
    for (size_t i = 0; i < n && status == MICA_OK; i++)
        if (keys[i] && !(keys[i] = context_text(r->m->ctx, keys[i])))
            status = fail_no_memory(r->err, r->name);
    json_decref(list);
    *count = (int)n;
    return status;
}

/* What one reference says of how its inner model counts. */
static void note(reading *r, const json_t *reference, bool of_output, bool *zero) {
    int entry = entry_of(r, json_string_value(json_array_get(reference, 0)));
    if (entry < 0 || !r->made[entry] || !layer_model(r->made[entry])) return;
    const json_t *nodes = json_object_get(json_array_get(r->layers, (size_t)entry),
                                          "inbound_nodes");
    json_int_t number = json_integer_value(json_array_get(reference, 1));
    bool past = number == (json_int_t)json_array_size(nodes);
    if (past) (of_output ? r->last : r->first)[entry] = 1;
    if (!of_output && number == 0) zero[entry] = true;
}

/* Keras 2 counts the applications of inner models from 1, since each was applied once to its own
 * inputs; Keras 3 does so in output_layers, for functional ones. Then some reference has a number
 * that counting from 0 does not reach. */
static void find_first(reading *r, const json_t *config, bool *zero) {
    size_t i, k, n;
    json_t *layer, *node, *item;
    bool keras3 = false;
    json_array_foreach(r->layers, i, layer) {
        json_array_foreach(json_object_get(layer, "inbound_nodes"), k, node) {
            json_t *inputs = application_inputs(node);
            keras3 |= application_is_keras3(node);
            json_array_foreach(inputs, n, item) note(r, item, false, zero);
            json_decref(inputs);
        }
    }
    json_t *outputs = ends_list(json_object_get(config, "output_layers"), NULL);
    json_array_foreach(outputs, i, item) note(r, item, true, zero);
    json_decref(outputs);
    for (i = 0; i < json_array_size(r->layers); i++) {
        bool counts_from_1 = (r->first[i] || r->last[i]) && !zero[i] && !keras3;
        r->first[i] = counts_from_1;
        r->last[i] |= counts_from_1;
    }
}

/* Every InputLayer is an input of the model, and every input one. */
static mica_status check_inputs(const reading *r) {
    const mica_model *m = r->m;
    for (int i = 0; i < m->input_count; i++)
        if (m->nodes[m->inputs[i].node].inputs)
            return fail(r->err, MICA_UNSUPPORTED,
                        "%s: input %d is layer %s, expected an InputLayer", r->name, i,
                        m->nodes[m->inputs[i].node].layer->name);
    for (size_t n = 0; n < m->node_count; n++) {
        bool listed = m->nodes[n].inputs > 0;
        for (int i = 0; i < m->input_count && !listed; i++) listed = m->inputs[i].node == (int)n;
        if (!listed)
            return fail(r->err, MICA_FORMAT, "%s: layer %s is not among input_layers", r->name,
                        m->nodes[n].layer->name);
    }
    return MICA_OK;
}

static mica_status read_functional(mica_model *m, const json_t *config, const char *name,
                                   mica_error *err) {
    reading r = {.m = m, .layers = json_object_get(config, "layers"), .name = name, .err = err};
    size_t n = json_array_size(r.layers);
    if (!json_is_array(r.layers)) return wrong(err, name, "layers", r.layers, "an array");
    r.made = allocate(n, sizeof *r.made);
    r.next = allocate(n, sizeof *r.next);
    r.first = allocate(n, sizeof *r.first);
    r.last = allocate(n, sizeof *r.last);
    bool *zero = allocate(n, sizeof *zero);
    mica_status status = r.made && r.next && r.first && r.last && zero ? MICA_OK
                                                                       : fail_memory(err, n, name);
    for (size_t i = 0; i < n && status == MICA_OK; i++) status = make_layer(&r, i);
    if (status == MICA_OK) find_first(&r, config, zero);
    if (status == MICA_OK) status = apply_all(&r);
    if (status == MICA_OK)
        status = read_ends(&r, json_object_get(config, "input_layers"), m->inputs, &m->input_count,
                           m->input_key, "input_layers");
    if (status == MICA_OK)
        status = read_ends(&r, json_object_get(config, "output_layers"), m->outputs,
                           &m->output_count, m->output_key, "output_layers");
    if (status == MICA_OK) status = check_inputs(&r);
    if (status == MICA_OK) status = model_sort_layers(m, err);
    for (size_t i = 0; i < n && r.made; i++) layer_discard(r.made[i]); /* not in the model */
    free(r.made);
    free(r.next);
    free(r.first);
    free(r.last);
    free(zero);
    return status;
}

/* ---- the short form: {"input": [28, 28, 1], "layers": [{"Dense": {"units": 10}}, "Flatten"]} ----
 */

static mica_status add_short(mica_model *m, size_t i, const json_t *entry, const char *name,
                             mica_error *err) {
    const char *class_name = json_string_value(entry);
    const json_t *config = NULL;
    if (json_is_object(entry) && json_object_size(entry) == 1) {
        void *only = json_object_iter((json_t *)entry);
        class_name = json_object_iter_key(only);
        config = json_object_iter_value(only);
    }
    if (!class_name)
        return wrong_layer(err, name, "model.layers", i, entry,
                           "{\"Class\": {options}} or \"Class\"");
    char place[MAX_PLACE];
    place_of(name, "model.layers", i, class_name, place);
    mica_layer *l = layer_from_config(m->ctx, class_name, config, err);
    if (!l || add_next(m, l, err) != MICA_OK) return fail_at(err, place, class_name);
    return MICA_OK;
}

static mica_status read_short(mica_model *m, const json_t *config, const char *name,
                              mica_error *err) {
    static const char *const known[] = {"input", "layers", "name", NULL};
    const char *key;
    size_t i;
    json_t *entry;
    shape s;
    json_object_foreach((json_t *)config, key, entry) {
        if (strcmp(key, "input") && strcmp(key, "layers") && strcmp(key, "name"))
            return fail_unknown(err, name, "key of the model", key, known);
    }
    if (!json_is_array(json_object_get(config, "layers")))
        return wrong(err, name, "layers", json_object_get(config, "layers"), "an array");
    TRY(read_shape(json_object_get(config, "input"), false, name, &s, err));
    TRY(add_input(m, &s, err));
    json_array_foreach(json_object_get(config, "layers"), i, entry)
        TRY(add_short(m, i, entry, name, err));
    m->output_count = 1;
    return MICA_OK;
}

static mica_status read_model(mica_context *ctx, const json_t *tree, const char *name, int depth,
                              mica_model **out, mica_error *err) {
    const char *class_name = json_string_value(json_object_get(tree, "class_name"));
    const json_t *config = json_object_get(tree, "config");
    const char *given = json_string_value(json_object_get(class_name ? config : tree, "name"));
    bool brief = json_object_get(tree, "input") != NULL && !class_name;
    bool sequential = brief || (class_name && !strcmp(class_name, "Sequential"));
    if (!brief && !(class_name && is_model(class_name)))
        return fail(err, MICA_FORMAT, "%s: model class '%s', expected Sequential or Functional",
                    name, class_name ? class_name : "none");
    if (depth > MAX_DEPTH)
        return fail(err, MICA_FORMAT, "%s: more than %d models in each other", name, MAX_DEPTH);
    mica_model *m = model_new(ctx,
                              given        ? given
                              : sequential ? "sequential"
                                           : "functional",
                              sequential);
    if (!m) return mica_check(ctx, err) ? err->code : MICA_MEMORY;
    m->depth = depth;
    mica_status status = brief        ? read_short(m, config ? config : tree, name, err)
                         : sequential ? read_sequential(m, config, name, err)
                                      : read_functional(m, config, name, err);
    if (status == MICA_OK) *out = m;
    else model_drop(m);
    return status;
}

mica_status model_from_config(mica_context *ctx, const json_t *tree, const char *name,
                              mica_model **out, mica_error *err) {
    mica_error own = {0};
    return read_model(ctx, tree, name, 0, out, err ? err : &own);
}
