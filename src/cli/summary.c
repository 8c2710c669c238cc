/* mica summary: Keras's table of a model. */
#include "cli/cli.h"
#include "model/model.h"

typedef struct summary_options {
    common_options common;
} summary_options;

static const option options[] = {COMMON_OPTIONS(summary_options), END_OF_OPTIONS};

static json_t *node_json(const mica_model *m, const model_node *n) {
    json_t *extents = json_array(), *inputs = json_array();
    for (int k = 0; k < n->out[0].rank; k++)
        json_array_append_new(extents, n->out[0].dims[k] < 0 ? json_null()
                                                             : json_integer(n->out[0].dims[k]));
    for (int k = 0; k < n->inputs; k++)
        json_array_append_new(inputs, json_string(m->nodes[n->in[k].node].layer->name));
    return json_pack("{s:s, s:s, s:o, s:I, s:o}", "name", n->layer->name, "class",
                     layer_class(n->layer), "output_shape", extents, "parameters",
                     (json_int_t)layer_parameters(n->layer, false), "inputs", inputs);
}

static json_t *summary_json(const mica_model *m) {
    json_t *layers = json_array();
    for (size_t i = 0; i < m->node_count; i++)
        json_array_append_new(layers, node_json(m, &m->nodes[i]));
    return json_pack("{s:s, s:o, s:I, s:I}", "name", m->name, "layers", layers, "parameters",
                     (json_int_t)mica_model_parameters(m, false), "trainable_parameters",
                     (json_int_t)mica_model_parameters(m, true));
}

static int run(void *data) {
    const summary_options *o = data;
    mica_error err = {0};
    mica_model *model = NULL;
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    mica_status status = mica_model_load(ctx, o->common.argument[0], &model, &err);
    if (status == MICA_OK && o->common.json) print_json(summary_json(model));
    else if (status == MICA_OK) status = mica_model_summary(model, stdout, &err);
    return finish(ctx, &o->common, status, &err);
}

const command command_summary = {
    "summary", "MODEL", "layers, shapes, parameters", options, sizeof(summary_options), 1, 1,
    run,       NULL};
