/* Specialising: see specialise.h. */
#include "plan/specialise.h"

#include <stdlib.h>

static mica_status copy_inputs(const graph *g, const shape *inputs, graph *to, int *map,
                               mica_error *err) {
    char want[128], got[128];
    for (size_t i = 0; i < g->value_count; i++) map[i] = -1;
    for (size_t i = 0; i < g->input_count; i++) {
        const operand *info = &g->values[g->inputs[i]].info;
        if (!shape_fits(&info->shape, &inputs[i]) || !shape_known(&inputs[i])) {
            shape_format(&info->shape, want), shape_format(&inputs[i], got);
            return fail(err, MICA_SHAPE, "input %zu has shape %s, expected %s", i, got, want);
        }
        map[g->inputs[i]] = graph_input(to, info->dtype, &inputs[i]);
        if (map[g->inputs[i]] < 0) return fail_no_memory(err, "a plan");
    }
    return MICA_OK;
}

static int bring(const graph *g, graph *to, int *map, int number) {
    const value *v = &g->values[number];
    if (map[number] >= 0) return map[number];
    if (v->kind == VALUE_CONSTANT)
        return map[number] = graph_constant(to, (mica_tensor *)v->info.value);
    if (v->kind == VALUE_SHAPE) /* in a body that a pass has been through: its shapes are known */
        return map[number] = graph_shape(to, v->info.dtype, &v->info.shape);
    return map[number] = graph_variable(to, v->variable);
}

/* The bodies of a node for the shapes that its inputs have now. */
static mica_status specialise_bodies(const node *n, const graph *to, const int *in, graph **bodies,
                                     mica_error *err) {
    operand info[MAX_INPUTS], inner[MAX_INPUTS];
    shape shapes[MAX_INPUTS];
    for (int i = 0; i < n->inputs; i++) {
        if (in[i] < 0) return fail_no_memory(err, "a plan");
        info[i] = to->values[in[i]].info;
    }
    for (int k = 0; k < n->op->bodies; k++) {
        shape_frame f = {
            .op = n->op, .attrs = n->attrs, .inputs = n->inputs, .in = info, .err = err};
        f.body_inputs[k] = (int)n->bodies[k]->input_count;
        TRY(n->op->body_operands(&f, k, inner));
        for (int i = 0; i < f.body_inputs[k]; i++) shapes[i] = inner[i].shape;
        TRY(specialise(n->bodies[k], shapes, &bodies[k], err));
    }
    return MICA_OK;
}

static mica_status copy_node(const node *n, graph *to, const int *in, int *out, mica_error *err) {
    graph *bodies[MAX_BODIES] = {NULL};
    int outputs = n->outputs;
    mica_status status = specialise_bodies(n, to, in, bodies, err);
    if (status == MICA_OK)
        status = graph_node(to, n->op, n->attrs, bodies, n->inputs, in, &outputs, out, err);
    for (int k = 0; k < n->op->bodies; k++) graph_free(bodies[k]); /* the node has its own */
    return status;
}

static mica_status copy_nodes(const graph *g, graph *to, int *map, mica_error *err) {
    int in[MAX_INPUTS], out[MAX_OUTPUTS];
    for (size_t at = 0; at < g->node_count; at++) {
        const node *n = &g->nodes[at];
        for (int i = 0; i < n->inputs; i++) in[i] = bring(g, to, map, n->in[i]);
        TRY(copy_node(n, to, in, out, err));
        to->nodes[to->node_count - 1].recomputed = n->recomputed;
        for (int i = 0; i < n->outputs; i++) map[n->out[i]] = out[i];
    }
    for (size_t i = 0; i < g->output_count; i++)
        TRY(graph_output(to, bring(g, to, map, g->outputs[i]), err));
    for (size_t i = 0; i < g->update_count; i++) {
        int variable = bring(g, to, map, g->updates[i].variable);
        TRY(graph_update(to, variable, bring(g, to, map, g->updates[i].value), err));
    }
    return MICA_OK;
}

mica_status graph_copy(const graph *g, graph **out, mica_error *err) {
    shape *inputs = allocate(g->input_count + 1, sizeof *inputs);
    if (!inputs) return fail_memory(err, g->input_count * sizeof *inputs, "a plan");
    for (size_t i = 0; i < g->input_count; i++) inputs[i] = g->values[g->inputs[i]].info.shape;
    mica_status status = specialise(g, inputs, out, err);
    free(inputs);
    return status;
}

mica_status specialise(const graph *g, const shape *inputs, graph **out, mica_error *err) {
    graph *to = graph_new(g->ctx);
    int *map = allocate(g->value_count, sizeof *map);
    mica_status status = MICA_OK;
    if (!to || !map) status = fail_memory(err, g->value_count, "a plan");
    if (status == MICA_OK) status = copy_inputs(g, inputs, to, map, err);
    if (status == MICA_OK) status = copy_nodes(g, to, map, err);
    free(map);
    if (status != MICA_OK) graph_free(to);
    else *out = to;
    return status;
}
