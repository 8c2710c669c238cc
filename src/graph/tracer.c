/* The tracer: an emitter that appends to a graph. See graph.h. */
#include "graph/graph.h"

#include <stdlib.h>

struct tracer {
    emitter emitter; /* first: the emitter is the tracer */
    graph *graph;
    mica_scope *scope;
};

static bool trace(emitter *self, const op *o, const void *attrs, int inputs, mica_tensor *const *in,
                  int *outputs, mica_tensor **out) {
    graph *g = ((tracer *)self)->graph;
    int in_values[MAX_INPUTS], out_values[MAX_OUTPUTS];
    mica_error err = {0};
    for (int i = 0; i < inputs && i < MAX_INPUTS; i++) {
        in_values[i] = graph_value_of(g, in[i]);
        if (in_values[i] >= 0) continue;
        context_fail(g->ctx, MICA_STATE, "%s: input %d is traced in another graph", o->name, i);
        return false;
    }
    if (graph_node(g, o, attrs, inputs, in_values, outputs, out_values, &err) != MICA_OK) {
        context_fail_with(g->ctx, &err);
        return false;
    }
    for (int i = 0; i < *outputs; i++) out[i] = graph_symbol(g, out_values[i]);
    return true;
}

tracer *tracer_open(graph *g) {
    tracer *t = allocate(1, sizeof *t);
    if (!t) return NULL;
    *t = (tracer){.emitter = {.emit = trace}, .graph = g, .scope = mica_scope_open(g->ctx)};
    if (!t->scope) {
        free(t);
        return NULL;
    }
    emitter_push(g->ctx, &t->emitter);
    return t;
}

void tracer_close(tracer **t) {
    if (!*t) return;
    emitter_pop((*t)->graph->ctx, &(*t)->emitter);
    mica_scope_close(&(*t)->scope);
    free(*t);
    *t = NULL;
}
