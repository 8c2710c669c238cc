/* decompose: composites that no backend runs whole become the ops of their rule. */
#include "plan/rewrite.h"

#include <stdlib.h>

static mica_status place(rewrite *r, const node *n, int depth);

static bool runs_whole(rewrite *r, const graph *g, const node *n) {
    operand in[MAX_INPUTS], out[MAX_OUTPUTS];
    bool constant[MAX_INPUTS], variable[MAX_INPUTS];
    if (!n->op->compose) return true;
    kernel_spec s = node_spec(r->c, g, n, in, out, constant, variable);
    return kernel_choose(r->c->backends, &s, NULL) != NULL;
}

/* Traces the rule into a graph of its own, whose inputs are the node's. */
static mica_status trace_rule(rewrite *r, const graph *g, const node *n, graph **out) {
    mica_tensor *in[MAX_INPUTS], *made[MAX_OUTPUTS];
    mica_context *ctx = g->ctx;
    mica_status status = MICA_OK;
    graph *body = graph_new(ctx);
    tracer *t = body ? tracer_open(body) : NULL;
    if (!t) {
        graph_free(body);
        return fail_memory(r->err, sizeof(graph), "a plan");
    }
    for (int i = 0; i < n->inputs && status == MICA_OK; i++) {
        const value *v = &g->values[n->in[i]];
        int number = v->kind == VALUE_CONSTANT ? graph_constant(body, (mica_tensor *)v->info.value)
                                               : graph_input(body, v->info.dtype, &v->info.shape);
        if (number < 0) status = fail_no_memory(r->err, "a plan");
        else in[i] = graph_symbol(body, number);
    }
    compose_frame f = {n->attrs, n->inputs, n->outputs, in, made};
    if (status == MICA_OK) n->op->compose(&f);
    for (int i = 0; i < n->outputs && status == MICA_OK; i++) {
        if (made[i]->kind == TENSOR_POISON)
            status = mica_check(ctx, r->err) ? r->err->code : MICA_INTERNAL;
        else status = graph_output(body, graph_value_of(body, made[i]), r->err);
    }
    tracer_close(&t);
    if (status == MICA_OK) *out = body;
    else graph_free(body);
    return status;
}

/* Appends the body's nodes to r->to; `map` is body's values to r->to's. */
static mica_status splice(rewrite *r, const graph *body, int *map, int depth) {
    rewrite inner = *r;
    inner.from = body;
    inner.map = map;
    for (size_t i = 0; i < body->node_count; i++) TRY(place(&inner, &body->nodes[i], depth + 1));
    return MICA_OK;
}

static mica_status expand(rewrite *r, const node *n, int depth) {
    graph *body = NULL;
    if (depth > 16)
        return fail(r->err, MICA_INTERNAL, "plan: %s is composed of itself", n->op->name);
    TRY(trace_rule(r, r->from, n, &body));
    int *map = allocate(body->value_count, sizeof *map);
    mica_status status = map ? MICA_OK : fail_memory(r->err, body->value_count, "a plan");
    for (size_t i = 0; map && i < body->value_count; i++) map[i] = -1;
    size_t next = 0; /* the body's inputs are the node's that are no constants, in order */
    for (int i = 0; map && i < n->inputs; i++)
        if (r->from->values[n->in[i]].kind != VALUE_CONSTANT)
            map[body->inputs[next++]] = rewrite_value(r, n->in[i]);
    if (status == MICA_OK) status = splice(r, body, map, depth);
    if (status == MICA_OK) {
        rewrite inner = *r;
        inner.from = body;
        inner.map = map;
        for (int i = 0; i < n->outputs; i++)
            r->map[n->out[i]] = rewrite_value(&inner, body->outputs[i]);
    }
    free(map);
    graph_free(body);
    return status;
}

static mica_status place(rewrite *r, const node *n, int depth) {
    return runs_whole(r, r->from, n) ? rewrite_copy(r, n) : expand(r, n, depth);
}

static mica_status decompose(rewrite *r, const node *n) { return place(r, n, 0); }

const pass pass_decompose = {"decompose", decompose, NULL};
