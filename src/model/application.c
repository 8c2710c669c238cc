/* Applications of layers in files: see application.h.
 *
 *   Keras 2  [["a", 0, 0, {}], ["b", 0, 0, {}]], the fourth the call's arguments; further tensors
 *            among these as ["c", 0, 0]
 *            or {"key": ["a", 0, 0, {}]}, of a model made of objects
 *   Keras 3  {"args": [tensor or list of tensors], "kwargs": {…}}; a tensor holds its history */
#include "model/application.h"

#include "model/operation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static bool is_tensor(const json_t *value) {
    const char *class_name = json_string_value(json_object_get(value, "class_name"));
    return class_name && !strcmp(class_name, "__keras_tensor__");
}

/* ["c", 0, 0] or ["c", 0, 0, {}] */
static bool is_reference(const json_t *value) {
    return json_is_array(value) && json_array_size(value) >= 3 &&
           json_is_string(json_array_get(value, 0)) && json_is_integer(json_array_get(value, 1)) &&
           json_is_integer(json_array_get(value, 2));
}

static int compare_texts(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t sorted_keys(const json_t *object, const char **keys, size_t room) {
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach((json_t *)object, key, value) if (count < room) keys[count++] = key;
    qsort(keys, count, sizeof *keys, compare_texts);
    return count;
}

/* The histories of tensors in a value of Keras 3, or a reference of Keras 2, or lists or objects of
 * them. */
static void gather(const json_t *value, json_t *out) {
    size_t i;
    json_t *item;
    const char *keys[MAX_LAYER_INPUTS + 1];
    if (is_tensor(value))
        json_array_append(out, json_object_get(json_object_get(value, "config"), "keras_history"));
    else if (is_reference(value)) json_array_append(out, (json_t *)value);
    else json_array_foreach(value, i, item) gather(item, out);
    size_t count = is_tensor(value) ? 0 : sorted_keys(value, keys, LENGTH(keys));
    for (i = 0; i < count; i++) gather(json_object_get(value, keys[i]), out);
}

bool application_is_keras3(const json_t *application) {
    return json_object_get(application, "args") && json_object_get(application, "kwargs");
}

/* What Keras 3 passes as the mask itself, which it made of an embedding or a Masking layer. */
static bool is_mask_argument(const char *key, const json_t *application) {
    return application_is_keras3(application) && !strcmp(key, "mask");
}

static const json_t *arguments_of(const json_t *application) {
    if (application_is_keras3(application)) return json_object_get(application, "kwargs");
    const json_t *first = json_is_object(application)
                              ? json_object_iter_value(json_object_iter((json_t *)application))
                              : json_array_get(application, 0);
    return json_array_get(json_is_array(first) ? first : application, 3);
}

json_t *application_inputs(const json_t *application) {
    json_t *out = json_array(), *value;
    const char *key;
    gather(application_is_keras3(application) ? json_object_get(application, "args") : application,
           out);
    json_object_foreach((json_t *)arguments_of(application), key,
                        value) if (!is_mask_argument(key, application)) gather(value, out);
    return out;
}

bool makes_masks(const json_t *entry) {
    static const char *const operations[] = {
        "NotEqual", "Any",        "LogicalOr", "ConvertToTensor", "LogicalAnd", "Squeeze",
        "Cast",     "ExpandDims", "ZerosLike", "OnesLike",        NULL};
    const char *module = json_string_value(json_object_get(entry, "module"));
    const char *class_name = json_string_value(json_object_get(entry, "class_name"));
    if (!class_name || (module && strncmp(module, "keras.src.ops.", 14))) return false;
    for (const char *const *o = operations; *o; o++)
        if (!strcmp(*o, class_name)) return true;
    return false;
}

/* Reads one argument: a tensor's role, training, or a field of the kind. */
static mica_status read_argument(mica_layer *l, const char *key, const json_t *value, bool keras3,
                                 json_t *fields, applied *out, mica_error *err) {
    const char *const *names = l->kind->arguments;
    size_t before = json_array_size(out->inputs);
    if (json_is_null(value) || (keras3 && !strcmp(key, "mask"))) return MICA_OK;
    if (!strcmp(key, "training") && json_is_boolean(value)) {
        /* Keras 3 overrules it by the mode of the whole model, and writes it where nobody gave it
         */
        if (!keras3) out->mode = json_is_true(value) ? 1 : -1;
        return MICA_OK;
    }
    gather(value, out->inputs);
    if (json_array_size(out->inputs) == before) {
        json_object_set(fields, key, (json_t *)value);
        return MICA_OK;
    }
    for (int role = 0; names && names[role]; role++)
        if (!strcmp(names[role], key)) {
            if (before < MAX_LAYER_INPUTS) out->role[before] = (signed char)role;
            return MICA_OK;
        }
    if (!strcmp(key, "initial_state")) return MICA_OK; /* after the sequence, in order */
    return fail(err, MICA_UNSUPPORTED, "layer %s is called with %s", l->name, key);
}

static mica_status read_fields(mica_layer *l, const json_t *given, applied *out, mica_error *err) {
    const layer_kind *k = l->kind;
    char what[160];
    snprintf(what, sizeof what, "layer %s: its call", l->name);
    if (!json_object_size(given)) return MICA_OK;
    if (!k->call_fields) {
        const char *key = json_object_iter_key(json_object_iter((json_t *)given));
        return fail(err, MICA_UNSUPPORTED, "layer %s is called with %s", l->name, key);
    }
    out->arguments = arena_take(&l->arena, k->call_size);
    if (!out->arguments) return fail_memory(err, k->call_size, what);
    return fields_read(k->call_fields, out->arguments, given, &l->arena, NULL, what, err);
}

/* Inputs in the order of their roles: builds take the first as the first. */
static void sort_roles(applied *out) {
    size_t n = json_array_size(out->inputs);
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && out->role[k] < out->role[k - 1]; k--) {
            signed char role = out->role[k];
            json_t *one = json_incref(json_array_get(out->inputs, k));
            out->role[k] = out->role[k - 1], out->role[k - 1] = role;
            json_array_remove(out->inputs, k);
            json_array_insert_new(out->inputs, k - 1, one);
        }
}

mica_status application_read(mica_layer *l, const json_t *application, const char *what,
                             applied *out, mica_error *err) {
    bool keras3 = application_is_keras3(application);
    const char *key;
    json_t *value, *fields = json_object();
    *out = (applied){.inputs = json_array(), .named = l->kind->arguments != NULL};
    gather(keras3 ? json_object_get(application, "args") : application, out->inputs);
    for (int i = 0; i < MAX_LAYER_INPUTS; i++) out->role[i] = (signed char)i;
    mica_status status = MICA_OK;
    json_object_foreach((json_t *)arguments_of(application), key, value) if (status == MICA_OK)
        status = read_argument(l, key, value, keras3, fields, out, err);
    size_t count = json_array_size(out->inputs);
    if (status == MICA_OK && (count < 1 || count > MAX_LAYER_INPUTS))
        status = fail(err, MICA_FORMAT, "layer %s is applied to %zu tensors, expected 1 to %d",
                      l->name, count, MAX_LAYER_INPUTS);
    if (status == MICA_OK) status = read_fields(l, fields, out, err);
    if (status == MICA_OK && out->named) sort_roles(out);
    json_decref(fields);
    return status == MICA_OK ? status : fail_within(err, status, "%s", what);
}

/* ---- writing ---- */

int application_number(const mica_model *m, int node) {
    int number = 0;
    for (int i = 0; i < node; i++) number += m->nodes[i].layer == m->nodes[node].layer;
    return number;
}

json_t *reference_entry(const mica_model *m, reference r, const json_t *arguments) {
    const char *name = m->nodes[r.node].layer->name;
    int number = application_number(m, r.node);
    return json_pack("[s,i,i,O*]", name, number, r.tensor, arguments);
}

/* What the call was given beside tensors. */
static json_t *arguments_entry(const model_node *n) {
    const layer_kind *k = n->layer->kind;
    json_t *out = json_object(), *value;
    const char *key;
    void *next;
    if (n->arguments) fields_write(k->call_fields, n->arguments, out, NULL);
    json_object_foreach_safe(out, next, key, value) if (json_is_false(value))
        json_object_del(out, key);
    if (n->fixed_mode) json_object_set_new(out, "training", json_boolean(n->fixed_mode > 0));
    return out;
}

json_t *tensor_entry(const mica_model *m, reference r) {
    const model_node *from = &m->nodes[r.node];
    json_t *dims = json_array();
    for (int i = 0; i < from->out[r.tensor].rank; i++) {
        int64_t d = from->out[r.tensor].dims[i];
        json_array_append_new(dims, d < 0 ? json_null() : json_integer(d));
    }
    return json_pack("{s:s, s:{s:o, s:s, s:o}}", "class_name", "__keras_tensor__", "config",
                     "shape", dims, "dtype", mica_dtype_name(from->out_dtype[r.tensor]),
                     "keras_history", reference_entry(m, r, NULL));
}

/* Inputs with names: the first one as it is, the others by name. */
static json_t *named_entry(const mica_model *m, const model_node *n) {
    json_t *args = json_array(), *kwargs = arguments_entry(n);
    for (int i = 0; i < n->inputs; i++) {
        json_t *tensor = tensor_entry(m, n->in[i]);
        if (i == 0) json_array_append_new(args, tensor);
        else json_object_set_new(kwargs, n->layer->kind->arguments[(int)n->role[i]], tensor);
    }
    return json_pack("{s:o, s:o}", "args", args, "kwargs", kwargs);
}

/* As Keras 3 writes it; of the list that Keras 2 takes Keras 3 makes no first states. */
static json_t *states_entry(const mica_model *m, const model_node *n) {
    json_t *states = json_array(), *kwargs = arguments_entry(n);
    for (int i = 1; i < n->inputs; i++) json_array_append_new(states, tensor_entry(m, n->in[i]));
    json_object_set_new(kwargs, "initial_state", states);
    return json_pack("{s:[o], s:o}", "args", tensor_entry(m, n->in[0]), "kwargs", kwargs);
}

json_t *application_write(const mica_model *m, const model_node *n) {
    if (layer_is_operation(n->layer)) return operation_write(m, n);
    if (n->layer->kind->takes_states && n->inputs > 1) return states_entry(m, n);
    if (n->layer->kind->arguments && n->inputs > 1) return named_entry(m, n);
    json_t *inputs = json_array(), *arguments = arguments_entry(n);
    for (int k = 0; k < n->inputs; k++)
        json_array_append_new(inputs, reference_entry(m, n->in[k], arguments));
    json_decref(arguments);
    return inputs;
}
