/* Reading and writing operations of keras.ops: see operation.h. */
#include "model/operation.h"

#include <stdlib.h>
#include <string.h>

typedef struct operation_options {
    MICA_LAYER_OPTIONS
    const char *class_name, *config; /* config: JSON text */
} operation_options;

static const field operation_fields[] = {LAYER_FIELDS(operation_options), END_OF_FIELDS};

static const operation_options *options_of(const mica_layer *l) {
    return (const operation_options *)(const void *)l->options;
}

int operation_tensor(const json_t *value) {
    const char *class_name = json_string_value(json_object_get(value, "class_name"));
    const json_t *number = json_object_get(json_object_get(value, "config"), "number");
    bool tensor = class_name && !strcmp(class_name, "__keras_tensor__");
    return tensor && json_is_integer(number) ? (int)json_integer_value(number) : -1;
}

static void call(mica_layer *l, layer_frame *f) {
    const operation_options *o = options_of(l);
    json_t *config = json_loads(o->config, 0, NULL);
    json_t *given = f->arguments ? json_loads(f->arguments, 0, NULL) : NULL;
    operation_call c = {.ctx = l->ctx,
                        .name = o->class_name,
                        .config = config,
                        .args = json_object_get(given, "args"),
                        .kwargs = json_object_get(given, "kwargs"),
                        .in = f->in,
                        .inputs = f->inputs};
    f->out[0] = operation_compute(&c);
    json_decref(config);
    json_decref(given);
}

/* Its class in files is that of the operation. */
static const layer_kind layer_operation = {.name = "Operation",
                                           .fields = operation_fields,
                                           .options_size = sizeof(operation_options),
                                           .call = call,
                                           .inputs = VARIADIC,
                                           .keeps_integers = true,
                                           .keeps_floats = true,
                                           .ends_mask = true};

bool layer_is_operation(const mica_layer *l) { return l->kind == &layer_operation; }

/* Layers say a dtype and whether they are trainable; Add is both a layer and an operation. */
bool entry_is_operation(mica_context *ctx, const json_t *entry) {
    const json_t *config = json_object_get(entry, "config");
    const json_t *first = json_array_get(json_object_get(entry, "inbound_nodes"), 0);
    const char *class_name = json_string_value(json_object_get(entry, "class_name"));
    if (!class_name || !application_is_keras3(first) || !json_is_object(config)) return false;
    if (json_object_get(config, "trainable") || json_object_get(config, "layers")) return false;
    const json_t *dtype = json_object_get(config, "dtype");
    if (dtype && !json_is_null(dtype) && strcmp(class_name, "Cast")) return false;
    return operation_known(class_name) || !layer_kind_by_name(ctx, class_name);
}

mica_layer *operation_layer(mica_context *ctx, const char *class_name, const json_t *config,
                            mica_error *err) {
    if (!operation_known(class_name)) {
        fail(err, MICA_UNSUPPORTED,
             "Keras operation %s is not supported: use a layer for it, or one of your own "
             "(mica/custom.h); docs/compatibility.md lists the operations that are",
             class_name);
        return NULL;
    }
    operation_options options = {.size = sizeof options,
                                 .name = json_string_value(json_object_get(config, "name"))};
    char *text = config_text(config);
    mica_layer *l = text ? layer_new(ctx, &layer_operation, &options) : NULL;
    operation_options *own = l && !l->failed ? (operation_options *)(void *)l->options : NULL;
    if (own) {
        own->class_name = arena_text(&l->arena, class_name);
        own->config = arena_text(&l->arena, text);
    }
    free(text);
    if (own && own->class_name && own->config) return l;
    if (mica_check(ctx, err) == MICA_OK) fail_no_memory(err, class_name);
    layer_discard(l);
    return NULL;
}

/* Puts the number of each tensor in its place, and its history into the inputs. */
static void number_tensors(json_t *value, json_t *inputs) {
    const char *class_name = json_string_value(json_object_get(value, "class_name")), *key;
    json_t *config = json_object_get(value, "config"), *item;
    size_t i;
    if (class_name && !strcmp(class_name, "__keras_tensor__")) {
        json_array_append(inputs, json_object_get(config, "keras_history"));
        json_object_set_new(value, "config",
                            json_pack("{s:i}", "number", (int)json_array_size(inputs) - 1));
        return;
    }
    json_array_foreach(value, i, item) number_tensors(item, inputs);
    json_object_foreach(value, key, item) number_tensors(item, inputs);
}

mica_status operation_read(mica_layer *l, const json_t *application, const char *what, applied *out,
                           mica_error *err) {
    *out = (applied){.inputs = json_array()};
    json_t *own = json_deep_copy(application);
    number_tensors(json_object_get(own, "args"), out->inputs);
    number_tensors(json_object_get(own, "kwargs"), out->inputs);
    size_t count = json_array_size(out->inputs);
    char *text = own ? json_dumps(own, 0) : NULL;
    out->arguments = text ? (void *)(uintptr_t)arena_text(&l->arena, text) : NULL;
    free(text);
    json_decref(own);
    for (int i = 0; i < MAX_LAYER_INPUTS; i++) out->role[i] = (signed char)i;
    if (!out->arguments) return fail_no_memory(err, what);
    if (count >= 1 && count <= MAX_LAYER_INPUTS) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s: layer %s is applied to %zu tensors, expected 1 to %d", what,
                l->name, count, MAX_LAYER_INPUTS);
}

/* ---- writing ---- */

json_t *operation_entry(const mica_layer *l) {
    json_t *config = json_loads(options_of(l)->config, 0, NULL);
    json_object_set_new(config, "name", json_string(l->name));
    const char *class_name = options_of(l)->class_name;
    return json_pack("{s:s, s:s, s:o, s:n}", "module", operation_module(class_name), "class_name",
                     class_name, "config", config, "registered_name");
}

static void put_tensors(const mica_model *m, const model_node *n, json_t *value) {
    int number = operation_tensor(value);
    const char *key;
    json_t *item;
    size_t i;
    if (number >= 0 && number < n->inputs) {
        json_t *tensor = tensor_entry(m, n->in[number]);
        json_object_update(value, tensor);
        json_decref(tensor);
        return;
    }
    json_array_foreach(value, i, item) put_tensors(m, n, item);
    json_object_foreach(value, key, item) put_tensors(m, n, item);
}

static bool is_ellipsis(const json_t *item) {
    const char *class_name = json_string_value(json_object_get(item, "class_name"));
    return class_name && !strcmp(class_name, "__ellipsis__");
}

/* In x[..., 0] whole slices for the ellipsis: Keras 3.15 does not read it back from .h5. */
static void write_out_ellipsis(json_t *key, int rank) {
    int used = 0;
    size_t i, at = json_array_size(key);
    json_t *item;
    json_array_foreach(key, i, item) {
        if (is_ellipsis(item)) at = i;
        else used += !json_is_null(item);
    }
    if (at == json_array_size(key)) return;
    json_array_remove(key, at);
    for (; used < rank; used++)
        json_array_insert_new(key, at,
                              json_pack("{s:s, s:{s:n, s:n, s:n}}", "class_name", "__slice__",
                                        "config", "start", "stop", "step"));
}

json_t *operation_write(const mica_model *m, const model_node *n) {
    json_t *own = json_loads(n->arguments, 0, NULL);
    if (!strcmp(options_of(n->layer)->class_name, "GetItem"))
        write_out_ellipsis(json_array_get(json_object_get(own, "args"), 1),
                           m->nodes[n->in[0].node].out[n->in[0].tensor].rank);
    put_tensors(m, n, own);
    return own;
}
