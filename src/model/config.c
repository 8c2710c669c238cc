/* The architecture as Keras writes it, in the form that Keras 2 and 3 both read. */
#include "model/application.h"
#include "model/operation.h"

#include <stdlib.h>
#include <string.h>

/* Keras 3 writes further keys of initializers, null, that Keras 2 refuses. */
static void drop_new_keys(json_t *value) {
    const char *key;
    json_t *part;
    size_t i;
    if (json_is_null(json_object_get(value, "input_axes"))) json_object_del(value, "input_axes");
    if (json_is_null(json_object_get(value, "output_axes"))) json_object_del(value, "output_axes");
    json_object_foreach(value, key, part) drop_new_keys(part);
    json_array_foreach(value, i, part) drop_new_keys(part);
}

static json_t *functional_config(const mica_model *m, mica_error *err);
static json_t *sequential_config(const mica_model *m, mica_error *err);

/* A model as a layer. A Sequential in a functional model is written without its InputLayer: then
 * Keras 2 and 3 both count its applications from 0. (Of functional ones Keras 2 counts from 1, so
 * tf_keras does not open a functional model in a functional one.) */
static json_t *inner_entry(const mica_model *m, bool in_functional, const mica_layer *l,
                           mica_error *err) {
    json_t *entry = m->sequential ? sequential_config(m, err) : functional_config(m, err);
    if (m->sequential && in_functional) {
        json_t *config = json_object_get(entry, "config"),
               *layers = json_object_get(config, "layers");
        const json_t *input = json_object_get(json_array_get(layers, 0), "config");
        json_object_set(config, "mica_input_shape", json_object_get(input, "batch_input_shape"));
        json_array_remove(layers, 0);
    }
    json_object_set_new(json_object_get(entry, "config"), "name", json_string(l->name));
    if (l->options->frozen)
        json_object_set_new(json_object_get(entry, "config"), "trainable", json_false());
    return entry;
}

/* A layer as both Keras 3 and Keras 2 read it. */
static json_t *layer_entry(const mica_model *m, const mica_layer *l, mica_error *err) {
    if (layer_is_operation(l)) return operation_entry(l);
    if (layer_model(l)) return inner_entry(layer_model(l), !m->sequential, l, err);
    json_t *entry = layer_config(l, err);
    drop_new_keys(json_object_get(entry, "config"));
    return entry;
}

static json_t *sequential_config(const mica_model *m, mica_error *err) {
    json_t *layers = json_array();
    for (size_t i = 0; i < m->node_count && layers; i++)
        if (json_array_append_new(layers, layer_entry(m, m->nodes[i].layer, err))) {
            json_decref(layers);
            return NULL;
        }
    return json_pack("{s:s, s:{s:s, s:o}}", "class_name", "Sequential", "config", "name", m->name,
                     "layers", layers);
}

static json_t *inbound_nodes(const mica_model *m, const mica_layer *l) {
    json_t *nodes = json_array();
    for (size_t i = 0; i < m->node_count; i++)
        if (m->nodes[i].layer == l && m->nodes[i].inputs)
            json_array_append_new(nodes, application_write(m, &m->nodes[i]));
    return nodes;
}

/* Here Keras 3 counts the applications of a functional model from 1. */
static json_t *ends(const mica_model *m, const reference *list, const char *const *keys,
                    int count) {
    json_t *out = keys[0] ? json_object() : json_array();
    for (int i = 0; i < count; i++) {
        const mica_model *inner = layer_model(m->nodes[list[i].node].layer);
        json_t *entry = reference_entry(m, list[i], NULL);
        if (inner && !inner->sequential)
            json_array_set_new(entry, 1, json_integer(application_number(m, list[i].node) + 1));
        if (keys[0]) json_object_set_new(out, keys[i], entry);
        else json_array_append_new(out, entry);
    }
    return out;
}

static json_t *layer_entries(const mica_model *m, mica_error *err) {
    json_t *layers = json_array();
    for (size_t i = 0; i < m->layer_count && layers; i++) {
        json_t *entry = layer_entry(m, m->layers[i], err);
        json_object_set_new(entry, "name", json_string(m->layers[i]->name));
        json_object_set_new(entry, "inbound_nodes", inbound_nodes(m, m->layers[i]));
        if (json_array_append_new(layers, entry)) {
            json_decref(layers);
            return NULL;
        }
    }
    return layers;
}

static json_t *functional_config(const mica_model *m, mica_error *err) {
    json_t *layers = layer_entries(m, err);
    if (!layers) return NULL;
    return json_pack("{s:s, s:{s:s, s:b, s:o, s:o, s:o}}", "class_name", "Functional", "config",
                     "name", m->name, "trainable", 1, "layers", layers, "input_layers",
                     ends(m, m->inputs, m->input_key, m->input_count), "output_layers",
                     ends(m, m->outputs, m->output_key, m->output_count));
}

mica_status model_config(const mica_model *m, json_t **out, mica_error *err) {
    mica_error own = {0};
    if (!err) err = &own;
    *out = m->sequential ? sequential_config(m, err) : functional_config(m, err);
    if (*out) return MICA_OK;
    return err->code ? err->code
                     : fail(err, MICA_INTERNAL, "model %s: its layers cannot be written", m->name);
}
