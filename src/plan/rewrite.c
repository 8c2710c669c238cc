/* Rewriting graphs: see rewrite.h. */
#include "plan/rewrite.h"

#include <stdlib.h>
#include <string.h>

static void count_uses(const graph *g, int *uses) {
    for (size_t i = 0; i < g->node_count; i++)
        for (int k = 0; k < g->nodes[i].inputs; k++) uses[g->nodes[i].in[k]]++;
    for (size_t i = 0; i < g->output_count; i++) uses[g->outputs[i]]++;
    for (size_t i = 0; i < g->update_count; i++) uses[g->updates[i].value]++;
}

/* A value of r->to like one of r->from that no node makes; -1: no memory. */
static int brought(rewrite *r, const value *v) {
    switch (v->kind) {
    case VALUE_CONSTANT: return graph_constant(r->to, (mica_tensor *)v->info.value);
    case VALUE_VARIABLE: return graph_variable(r->to, v->variable);
    case VALUE_SHAPE: return graph_shape(r->to, v->info.dtype, &v->info.shape);
    default: return -1;
    }
}

int rewrite_value(rewrite *r, int number) {
    const value *v = &r->from->values[number];
    if (r->map[number] < 0 && (r->map[number] = brought(r, v)) < 0)
        r->no_memory |= v->kind != VALUE_NODE && v->kind != VALUE_INPUT;
    return r->map[number];
}

mica_status rewrite_lacks(const rewrite *r, const op *o, int inputs, const int *in) {
    for (int i = 0; i < inputs; i++)
        if (in[i] < 0)
            return r->no_memory ? fail_no_memory(r->err, "a plan")
                                : fail(r->err, MICA_INTERNAL,
                                       "plan: %s reads a value that is not there", o->name);
    return MICA_OK;
}

mica_status rewrite_node(rewrite *r, const node *n, const op *o, const void *attrs, int inputs,
                         const int *in) {
    operand info[MAX_OUTPUTS];
    for (int i = 0; i < n->outputs; i++) info[i] = r->from->values[n->out[i]].info;
    return rewrite_sized(r, n, o, attrs, inputs, in, info);
}

mica_status rewrite_sized(rewrite *r, const node *n, const op *o, const void *attrs, int inputs,
                          const int *in, const operand *info) {
    int out[MAX_OUTPUTS];
    TRY(rewrite_lacks(r, o, inputs, in));
    TRY(graph_append(r->to, o, attrs, inputs, in, n->outputs, info, out, r->err));
    TRY(graph_own_bodies(r->to, n->bodies, r->err));
    r->to->nodes[r->to->node_count - 1].recomputed = n->recomputed;
    for (int i = 0; i < n->outputs; i++) r->map[n->out[i]] = out[i];
    return MICA_OK;
}

mica_status rewrite_copy(rewrite *r, const node *n) {
    int in[MAX_INPUTS];
    for (int i = 0; i < n->inputs; i++) in[i] = rewrite_value(r, n->in[i]);
    return rewrite_node(r, n, n->op, n->attrs, n->inputs, in);
}

const node *made_by(const rewrite *r, int number, const op *o) {
    const value *v = &r->from->values[number];
    if (v->kind != VALUE_NODE) return NULL;
    const node *n = &r->from->nodes[v->node];
    return n->op == o ? n : NULL;
}

kernel_spec node_spec(const compiler *c, const graph *g, const node *n, operand *in, operand *out,
                      bool *constant, bool *variable) {
    for (int i = 0; i < n->inputs; i++) {
        const value *v = &g->values[n->in[i]];
        in[i] = v->info;
        variable[i] = v->kind == VALUE_VARIABLE;
        constant[i] = v->kind == VALUE_CONSTANT || (variable[i] && c->options->inference);
    }
    for (int i = 0; i < n->outputs; i++) out[i] = g->values[n->out[i]].info;
    return (kernel_spec){.op = n->op,
                         .attrs = n->attrs,
                         .inputs = n->inputs,
                         .outputs = n->outputs,
                         .in = in,
                         .out = out,
                         .in_constant = constant,
                         .in_variable = variable,
                         .threads = c->ctx->threads,
                         .inference = c->options->inference};
}

/* Inputs first, so that they keep their order. */
static mica_status begin(rewrite *r) {
    const graph *g = r->from;
    r->to = graph_new(g->ctx);
    r->map = malloc(sizeof(int) * (g->value_count + 1));
    r->uses = allocate(g->value_count + 1, sizeof(int));
    if (!r->to || !r->map || !r->uses) return fail_memory(r->err, g->value_count, "a plan");
    for (size_t i = 0; i < g->value_count; i++) r->map[i] = -1;
    count_uses(g, r->uses);
    for (size_t i = 0; i < g->input_count; i++) {
        const operand *info = &g->values[g->inputs[i]].info;
        r->map[g->inputs[i]] = graph_input(r->to, info->dtype, &info->shape);
        if (r->map[g->inputs[i]] < 0) return fail_no_memory(r->err, "a plan");
    }
    return MICA_OK;
}

static mica_status end(rewrite *r) {
    const graph *g = r->from;
    for (size_t i = 0; i < g->output_count; i++)
        TRY(graph_output(r->to, rewrite_value(r, g->outputs[i]), r->err));
    for (size_t i = 0; i < g->update_count; i++) {
        int variable = rewrite_value(r, g->updates[i].variable);
        TRY(graph_update(r->to, variable, rewrite_value(r, g->updates[i].value), r->err));
    }
    return MICA_OK;
}

static mica_status nodes(rewrite *r, const pass *p) {
    if (p->whole) return p->whole(r);
    for (size_t i = 0; i < r->from->node_count; i++) TRY(p->node(r, &r->from->nodes[i]));
    return MICA_OK;
}

mica_status pass_run(compiler *c, const pass *p, graph **g, mica_error *err) {
    rewrite r = {.c = c, .from = *g, .err = err};
    mica_status status = begin(&r);
    if (status == MICA_OK) status = nodes(&r, p);
    if (status == MICA_OK) status = end(&r);
    if (status == MICA_OK && c->options->check) {
        status = graph_check(r.to, err);
        if (status != MICA_OK) fail_within(err, status, "after pass %s", p->name);
    }
    free(r.map);
    free(r.uses);
    index_free(&r.made);
    graph_free(status == MICA_OK ? *g : r.to);
    if (status == MICA_OK) *g = r.to;
    return status;
}
