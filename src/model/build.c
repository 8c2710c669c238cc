/* Adding layers to a model: nodes, names, shapes. */
#include "graph/graph.h"
#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_layer(const mica_model *m, const mica_layer *l) {
    for (size_t i = 0; i < m->layer_count; i++)
        if (m->layers[i] == l) return true;
    return false;
}

mica_status model_name_layer(mica_model *m, mica_layer *l, mica_error *err) {
    if (has_layer(m, l)) return MICA_OK;
    for (size_t i = 0; i < m->layer_count; i++)
        if (!strcmp(m->layers[i]->name, l->name))
            return fail(err, MICA_NAME, "model %s: two layers are called %s; names must differ",
                        m->name, l->name);
    if (!grow(&m->layers, &m->layer_room, m->layer_count + 1, sizeof *m->layers))
        return fail_no_memory(err, m->name);
    m->layers[m->layer_count++] = l;
    layer_hold(l);
    return MICA_OK;
}

const shape *model_input_shape(const mica_model *m, int i) {
    return &m->nodes[m->inputs[i].node].out[m->inputs[i].tensor];
}

const shape *model_output_shape(const mica_model *m, int i) {
    return &m->nodes[m->outputs[i].node].out[m->outputs[i].tensor];
}

/* The layer is called in a graph that is then thrown away. */
static mica_status trace_call(graph *g, mica_layer *l, layer_frame *f, const operand *in,
                              operand *made, mica_error *err) {
    mica_tensor *x[MAX_LAYER_INPUTS], *out[MAX_LAYER_OUTPUTS];
    for (int i = 0; i < f->inputs; i++)
        x[i] = graph_symbol(g, graph_input(g, in[i].dtype, &in[i].shape));
    f->in = x, f->out = out, f->outputs = 1;
    layer_call(l, f);
    TRY(mica_check(l->ctx, err));
    for (int i = 0; i < f->outputs; i++) made[i] = (operand){out[i]->dtype, out[i]->shape, NULL};
    return MICA_OK;
}

mica_status model_infer(mica_layer *l, layer_frame *f, const operand *in, operand *out,
                        mica_error *err) {
    graph *g = graph_new(l->ctx);
    tracer *t = g ? tracer_open(g) : NULL;
    mica_status status = t ? trace_call(g, l, f, in, out, err)
                           : fail_memory(err, sizeof *g, l->name);
    if (t) tracer_close(&t);
    graph_free(g);
    return status;
}

/* Builds the layer, and tells the shapes of what comes out. */
static mica_status infer(mica_model *m, model_node *n, mica_error *err) {
    operand in[MAX_LAYER_INPUTS], out[MAX_LAYER_OUTPUTS];
    for (int i = 0; i < n->inputs; i++) {
        const model_node *from = &m->nodes[n->in[i].node];
        in[i] = (operand){from->out_dtype[n->in[i].tensor], from->out[n->in[i].tensor], NULL};
    }
    layer_frame f = model_call_frame(n);
    f.counter = m->counter;
    TRY(model_infer(n->layer, &f, in, out, err));
    n->outputs = f.outputs;
    for (int i = 0; i < f.outputs; i++) n->out[i] = out[i].shape, n->out_dtype[i] = out[i].dtype;
    return MICA_OK;
}

layer_frame model_call_frame(const model_node *n) {
    bool named = n->layer->kind->arguments != NULL;
    return (layer_frame){.inputs = n->inputs,
                         .outputs = n->outputs,
                         .role = named ? n->role : NULL,
                         .arguments = n->arguments};
}

mica_status model_add_node(mica_model *m, mica_layer *l, const reference *in, int inputs,
                           mica_error *err) {
    model_node call = {.layer = l, .inputs = inputs};
    if (inputs) memcpy(call.in, in, sizeof *in * (size_t)inputs);
    for (int i = 0; i < inputs; i++) call.role[i] = (signed char)i;
    return model_add_call(m, &call, err);
}

mica_status model_add_call(mica_model *m, const model_node *call, mica_error *err) {
    mica_layer *l = call->layer;
    if (!grow(&m->nodes, &m->node_room, m->node_count + 1, sizeof *m->nodes))
        return fail_memory(err, sizeof *m->nodes, m->name);
    model_node *n = &m->nodes[m->node_count];
    *n = *call;
    n->outputs = 1;
    if (l->kind == &layer_input_layer) {
        n->out[0] = OPTIONS_OF(l, input_layer)->batch_shape;
        n->out_dtype[0] = l->compute_dtype;
    } else {
        TRY(model_adapt_call(m, n, err));
        TRY(infer(m, n, err));
    }
    TRY(model_name_layer(m, l, err));
    m->node_count++;
    return MICA_OK;
}

/* The layer refuses a rank that is too high. */
static shape with_batch(mica_shape s) {
    shape batched = {.rank = s.rank < 0 || s.rank > MAX_RANK ? MAX_RANK + 1 : s.rank + 1,
                     .dims = {-1}};
    for (int i = 0; i < s.rank && i + 1 < MAX_RANK; i++) batched.dims[i + 1] = s.dims[i];
    return batched;
}

static mica_status begin_sequential(mica_model *m, const shape *batched, mica_error *err) {
    mica_layer *input = mica_layer_input_layer(m->ctx,
                                               MICA_OPTIONS(input_layer, .batch_shape = *batched));
    if (!input || input->failed) return layer_discard(input), mica_check(m->ctx, err);
    TRY(model_add_node(m, input, NULL, 0, err));
    m->input_count = m->output_count = 1;
    return MICA_OK;
}

mica_model *mica_sequential(mica_context *ctx, mica_shape input) {
    if (!ctx) return NULL;
    mica_error err = {0};
    shape batched = with_batch(input);
    mica_model *m = model_new(ctx, "sequential", true);
    if (m && begin_sequential(m, &batched, &err) != MICA_OK) {
        context_fail_with(ctx, &err);
        m->failed = true;
    }
    return m;
}

static mica_status add(mica_model *m, mica_layer *l, mica_error *err) {
    if (!l || l->failed)
        return mica_check(m->ctx, err)
                   ? err->code
                   : fail(err, MICA_STATE, "model %s: the layer was not made", m->name);
    if (l->ctx != m->ctx)
        return fail(err, MICA_STATE, "model %s: layer %s is of another context", m->name, l->name);
    TRY(model_add_node(m, l, &m->outputs[0], 1, err));
    m->outputs[0] = (reference){(int)m->node_count - 1, 0};
    return MICA_OK;
}

void mica_model_add(mica_model *m, mica_layer *l) {
    mica_error err = {0};
    if (!m || m->failed || m->ctx->error.code != MICA_OK) return;
    if (!m->sequential)
        fail(&err, MICA_STATE, "model %s: layers are added to Sequential models only", m->name);
    else add(m, l, &err);
    if (err.code != MICA_OK) context_fail_with(m->ctx, &err);
}
