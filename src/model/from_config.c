/* Models from configs: Keras 1, 2 and 3, and the recipe's short form. */
#include "model/from_config.h"
#include "model/operation.h"
#include "model/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

mica_status config_wrong(mica_error *err, const char *name, const char *what, const json_t *found,
                         const char *expected) {
    char text[CONFIG_SHOWN];
    return fail(err, MICA_FORMAT, "%s: %s is %s, expected %s", name, what, config_show(found, text),
                expected);
}

mica_status config_wrong_layer(mica_error *err, const char *name, const char *list, size_t i,
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
        return config_wrong(err, name, "the input shape", list, "an array of at most 8 integers");
    json_array_foreach(list, i, item) {
        if (!json_is_null(item) && (!json_is_integer(item) || json_integer_value(item) < 1))
            return config_wrong(err, name, "an extent of the input shape", item,
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

/* dtype NULL: float32. */
static mica_status add_input(mica_model *m, const shape *s, const char *dtype, mica_error *err) {
    mica_layer *l = mica_layer_input_layer(
        m->ctx, MICA_OPTIONS(input_layer, .batch_shape = *s, .dtype = dtype));
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

/* "recipe.json: model.layers[2] (Dense)" */
const char *config_place(const char *name, const char *list, size_t i, const char *class_name,
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

/* `data`: see model_from_config_adapted; NULL: none. */
static mica_status read_model(mica_context *ctx, const json_t *tree, const char *name, int depth,
                              mica_dataset *data, mica_model **out, mica_error *err);

static bool is_model(const char *class_name) {
    return !strcmp(class_name, "Sequential") || !strcmp(class_name, "Functional") ||
           !strcmp(class_name, "Model");
}

/* A layer of the model m, or a model in it; NULL after an error. */
mica_layer *read_layer(const mica_model *m, const json_t *entry, const char *class_name,
                       const json_t *config, const char *name, mica_error *err) {
    mica_model *inner = NULL;
    mica_layer *l = NULL;
    if (entry_is_operation(m->ctx, entry)) l = operation_layer(m->ctx, class_name, config, err);
    else if (!is_model(class_name)) l = layer_from_config(m->ctx, class_name, config, err);
    else if (read_model(m->ctx, entry, name, m->depth + 1, NULL, &inner, err) != MICA_OK)
        return NULL;
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
        return config_wrong_layer(err, file, "layers", i, entry,
                                  "an object with class_name and config");
    name = config_place(file, "layers", i, class_name, place);
    TRY(config_class_check(entry, name, NULL, err));
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
        TRY(add_input(m, &s, NULL, err));
    }
    mica_layer *l = read_layer(m, entry, class_name, config, name, err);
    if (!l) return err->code;
    mica_status status = MICA_OK;
    if (!m->node_count && layer_model(l)) /* a model in front tells its own input */
        status = add_input(m, model_input_shape(layer_model(l), 0), NULL, err);
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
    if (!json_is_array(layers)) return config_wrong(err, name, "layers", layers, "an array");
    const json_t *first = json_object_get(json_array_get(layers, 0), "config");
    if (!batch_shape_of(first) && json_is_array(built)) {
        shape s;
        TRY(read_shape(built, true, name, &s, err));
        TRY(add_input(m, &s, NULL, err));
    }
    json_array_foreach(layers, i, entry) TRY(add_entry(m, i, entry, name, err));
    if (!m->node_count) return fail(err, MICA_FORMAT, "%s: a model without layers", name);
    m->output_count = 1;
    return MICA_OK;
}

/* ---- the short form: {"input": [28, 28, 1], "layers": [{"Dense": {"units": 10}}, "Flatten"]}; of
 * tables {"features": …} instead of the input, see feature_space.c ---- */

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
        return config_wrong_layer(err, name, "model.layers", i, entry,
                                  "{\"Class\": {options}} or \"Class\"");
    char place[MAX_PLACE];
    config_place(name, "model.layers", i, class_name, place);
    mica_layer *l = layer_from_config(m->ctx, class_name, config, err);
    if (!l || add_next(m, l, err) != MICA_OK) return fail_at(err, place, class_name);
    return MICA_OK;
}

static mica_status read_short(mica_model *m, const json_t *config, const char *name,
                              mica_error *err) {
    static const char *const known[] = {"input",  "features", "crosses", "crossing_dim",
                                        "layers", "name",     "dtype",   NULL};
    const char *key;
    size_t i;
    json_t *entry;
    shape s;
    json_object_foreach((json_t *)config, key, entry) {
        bool found = false;
        for (i = 0; known[i] && !found; i++) found = !strcmp(known[i], key);
        if (!found) return fail_unknown(err, name, "key of the model", key, known);
    }
    if (!json_is_array(json_object_get(config, "layers")))
        return config_wrong(err, name, "layers", json_object_get(config, "layers"), "an array");
    const json_t *dtype = json_object_get(config, "dtype");
    if (dtype && !json_is_string(dtype))
        return config_wrong(err, name, "dtype", dtype, "the name of a type");
    if (json_object_get(config, "features")) {
        if (dtype)
            return fail(err, MICA_VALUE,
                        "%s: dtype is of the input, but features have types of their own", name);
        TRY(read_features(m, config, name, err));
    } else {
        TRY(read_shape(json_object_get(config, "input"), false, name, &s, err));
        TRY(add_input(m, &s, json_string_value(dtype), err));
    }
    json_array_foreach(json_object_get(config, "layers"), i, entry)
        TRY(add_short(m, i, entry, name, err));
    m->output_count = 1;
    return m->sequential ? MICA_OK : model_sort_layers(m, err);
}

static mica_status read_model(mica_context *ctx, const json_t *tree, const char *name, int depth,
                              mica_dataset *data, mica_model **out, mica_error *err) {
    static const char *const written_beside[] = {"keras_version", "backend", NULL}; /* to_json */
    const char *class_name = json_string_value(json_object_get(tree, "class_name"));
    const json_t *config = json_object_get(tree, "config");
    const char *given = json_string_value(json_object_get(class_name ? config : tree, "name"));
    bool brief = !class_name &&
                 (json_object_get(tree, "input") || json_object_get(tree, "layers") ||
                  json_object_get(tree, "features"));
    bool features = brief && json_object_get(config ? config : tree, "features");
    bool sequential = (brief && !features) || (class_name && !strcmp(class_name, "Sequential"));
    if (!brief && !(class_name && is_model(class_name)))
        return fail(err, MICA_FORMAT, "%s: model class '%s', expected Sequential or Functional",
                    name, class_name ? class_name : "none");
    if (!depth)
        TRY(config_class_check(tree, name, written_beside, err)); /* inner ones: as layers */
    if (depth > MAX_DEPTH)
        return fail(err, MICA_FORMAT, "%s: more than %d models in each other", name, MAX_DEPTH);
    mica_model *m = model_new(ctx,
                              given        ? given
                              : sequential ? "sequential"
                                           : "functional",
                              sequential);
    if (!m) return mica_check(ctx, err) ? err->code : MICA_MEMORY;
    m->depth = depth;
    m->adapts_to = data;
    mica_status status = brief        ? read_short(m, config ? config : tree, name, err)
                         : sequential ? read_sequential(m, config, name, err)
                                      : read_functional(m, config, name, err);
    m->adapts_to = NULL;
    if (status == MICA_OK) *out = m;
    else model_drop(m);
    return status;
}

mica_status model_from_config_adapted(mica_context *ctx, const json_t *tree, const char *name,
                                      mica_dataset *data, mica_model **out, mica_error *err) {
    mica_error own = {0};
    return read_model(ctx, tree, name, 0, data, out, err ? err : &own);
}

mica_status model_from_config(mica_context *ctx, const json_t *tree, const char *name,
                              mica_model **out, mica_error *err) {
    return model_from_config_adapted(ctx, tree, name, NULL, out, err);
}
