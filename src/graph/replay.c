/* A graph as calls: see graph_replay. */
#include "graph/graph.h"

#include <stdlib.h>

static mica_tensor *leaf(const graph *g, int number) {
    const value *v = &g->values[number];
    if (v->kind == VALUE_CONSTANT) return (mica_tensor *)v->info.value;
    return v->kind == VALUE_VARIABLE ? v->variable : tensor_poison(g->ctx);
}

static void replay_node(const graph *g, const node *n, mica_tensor **handles) {
    mica_tensor *in[MAX_INPUTS], *out[MAX_OUTPUTS];
    op_call c = {n->op, n->attrs, n->bodies, n->inputs, n->outputs, in, out};
    for (int i = 0; i < n->inputs; i++) in[i] = handles[n->in[i]];
    emit_call(g->ctx, &c);
    for (int i = 0; i < n->outputs; i++) handles[n->out[i]] = out[i];
}

void graph_replay(const graph *g, mica_tensor *const *in, mica_tensor **out) {
    mica_tensor **handles = allocate(g->value_count + 1, sizeof *handles);
    if (!handles) context_fail(g->ctx, MICA_MEMORY, "a body cannot be called again");
    for (size_t i = 0; handles && i < g->value_count; i++)
        if (g->values[i].kind != VALUE_NODE) handles[i] = leaf(g, (int)i);
    for (size_t i = 0; handles && i < g->input_count; i++) handles[g->inputs[i]] = in[i];
    for (size_t i = 0; handles && i < g->node_count; i++) replay_node(g, &g->nodes[i], handles);
    for (size_t i = 0; i < g->output_count; i++)
        out[i] = handles ? handles[g->outputs[i]] : tensor_poison(g->ctx);
    free(handles);
}
