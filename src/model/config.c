/* The architecture as Keras writes it, in the form that Keras 2 and 3 both read. */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

/* A layer's entry of a Sequential; its first layer carries the input shape as Keras 2 wants it. */
static json_t *layer_entry(const mica_layer *l, mica_error *err) { return layer_config(l, err); }

static json_t *sequential_config(const mica_model *m, mica_error *err) {
    json_t *layers = json_array(), *entry;
    for (size_t i = 0; i < m->node_count; i++) {
        if (!(entry = layer_entry(m->nodes[i].layer, err))) {
            json_decref(layers);
            return NULL;
        }
        json_array_append_new(layers, entry);
    }
    return json_pack("{s:s, s:{s:s, s:o}}", "class_name", "Sequential", "config", "name", m->name,
                     "layers", layers);
}

/* The number of this application among those of its layer. */
static int application_number(const mica_model *m, int node) {
    int number = 0;
    for (int i = 0; i < node; i++) number += m->nodes[i].layer == m->nodes[node].layer;
    return number;
}

/* ["layer", application, output, {}]: Keras 2's way, which Keras 3 reads too. */
static json_t *reference_entry(const mica_model *m, reference r, bool with_arguments) {
    const char *name = m->nodes[r.node].layer->name;
    int number = application_number(m, r.node);
    return with_arguments ? json_pack("[s,i,i,{}]", name, number, r.tensor)
                          : json_pack("[s,i,i]", name, number, r.tensor);
}

static json_t *inbound_nodes(const mica_model *m, const mica_layer *l) {
    json_t *nodes = json_array();
    for (size_t i = 0; i < m->node_count; i++) {
        if (m->nodes[i].layer != l || !m->nodes[i].inputs) continue;
        json_t *inputs = json_array();
        for (int k = 0; k < m->nodes[i].inputs; k++)
            json_array_append_new(inputs, reference_entry(m, m->nodes[i].in[k], true));
        json_array_append_new(nodes, inputs);
    }
    return nodes;
}

static json_t *functional_config(const mica_model *m, mica_error *err) {
    json_t *layers = json_array(), *inputs = json_array(), *outputs = json_array(), *entry;
    for (size_t i = 0; i < m->layer_count; i++) {
        if (!(entry = layer_entry(m->layers[i], err))) break;
        json_object_set_new(entry, "name", json_string(m->layers[i]->name));
        json_object_set_new(entry, "inbound_nodes", inbound_nodes(m, m->layers[i]));
        json_array_append_new(layers, entry);
    }
    for (int i = 0; i < m->input_count; i++) json_array_append_new(inputs, reference_entry(m, m->inputs[i], false));
    for (int i = 0; i < m->output_count; i++) json_array_append_new(outputs, reference_entry(m, m->outputs[i], false));
    return json_pack("{s:s, s:{s:s, s:b, s:o, s:o, s:o}}", "class_name", "Functional", "config", "name",
                     m->name, "trainable", 1, "layers", layers, "input_layers", inputs, "output_layers", outputs);
}

mica_status model_config(const mica_model *m, json_t **out, mica_error *err) {
    *out = m->sequential ? sequential_config(m, err) : functional_config(m, err);
    if (*out) return MICA_OK;
    return err && err->code ? err->code : fail_memory(err, 1, m->name);
}
