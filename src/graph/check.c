/* The graph checker: see graph_check. */
#include "graph/graph.h"

static mica_status wrong(mica_error *err, const node *n, size_t at, const char *what) {
    return fail(err, MICA_INTERNAL, "graph: node %zu (%s): %s", at, n->op->name, what);
}

static mica_status check_node(const graph *g, size_t at, mica_error *err) {
    const node *n = &g->nodes[at];
    operand in[MAX_INPUTS], out[MAX_OUTPUTS] = {0};
    int outputs = n->outputs;
    for (int i = 0; i < n->inputs; i++) {
        if (n->in[i] < 0 || (size_t)n->in[i] >= g->value_count)
            return wrong(err, n, at, "no such input");
        const value *v = &g->values[n->in[i]];
        if (v->kind == VALUE_NODE && (size_t)v->node >= at)
            return wrong(err, n, at, "read before made");
        in[i] = v->info;
    }
    TRY(infer_shapes(n->op, n->attrs, n->bodies, n->inputs, in, &outputs, out, err));
    for (int k = 0; k < n->op->bodies; k++) TRY(graph_check(n->bodies[k], err));
    if (outputs != n->outputs) return wrong(err, n, at, "another number of outputs");
    for (int i = 0; i < outputs; i++) {
        const value *v = &g->values[n->out[i]];
        if (v->kind != VALUE_NODE || v->node != (int)at || v->output != i)
            return wrong(err, n, at, "an output that is not its own");
        if (v->info.dtype != out[i].dtype || !shape_fits(&v->info.shape, &out[i].shape))
            return wrong(err, n, at, "another shape than its rule gives");
    }
    return MICA_OK;
}

mica_status graph_check(const graph *g, mica_error *err) {
    for (size_t i = 0; i < g->node_count; i++) TRY(check_node(g, i, err));
    for (size_t i = 0; i < g->output_count; i++)
        if (g->outputs[i] < 0 || (size_t)g->outputs[i] >= g->value_count)
            return fail(err, MICA_INTERNAL, "graph: output %zu is no value", i);
    for (size_t i = 0; i < g->update_count; i++) {
        const value *to = &g->values[g->updates[i].variable],
                    *from = &g->values[g->updates[i].value];
        if (to->kind != VALUE_VARIABLE || to->info.dtype != from->info.dtype ||
            !shape_fits(&to->info.shape, &from->info.shape))
            return fail(err, MICA_INTERNAL, "graph: update %zu does not fit its variable", i);
    }
    return MICA_OK;
}
