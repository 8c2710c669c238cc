/* Building graphs: see graph.h. */
#include "graph/graph.h"

#include <stdlib.h>
#include <string.h>

graph *graph_new(mica_context *ctx) {
    graph *g = allocate(1, sizeof *g);
    if (g) *g = (graph){.ctx = ctx, .refs = 1};
    return g;
}

graph *graph_share(graph *g) {
    __atomic_add_fetch(&g->refs, 1, __ATOMIC_RELAXED);
    return g;
}

void graph_free(graph *g) {
    if (!g || __atomic_sub_fetch(&g->refs, 1, __ATOMIC_ACQ_REL) > 0) return;
    for (size_t i = 0; i < g->node_count; i++)
        for (int k = 0; g->nodes[i].bodies && k < g->nodes[i].op->bodies; k++)
            graph_free(g->nodes[i].bodies[k]);
    for (size_t i = 0; i < g->value_count; i++) {
        mica_tensor *constant = (mica_tensor *)g->values[i].info.value;
        if (constant) mica_tensor_destroy(&constant);
    }
    arena_free(&g->arena);
    index_free(&g->leaves);
    free(g->values), free(g->nodes), free(g->inputs), free(g->outputs), free(g->updates);
    free(g);
}

static int add_value(graph *g, value_kind kind, mica_dtype dtype, const shape *s) {
    if (!grow(&g->values, &g->value_room, g->value_count + 1, sizeof *g->values)) return -1;
    g->values[g->value_count] = (value){
        .kind = kind, .info = {.dtype = dtype, .shape = *s}, .node = -1};
    return (int)g->value_count++;
}

static bool append(int **list, size_t *count, size_t *room, int value) {
    if (!grow(list, room, *count + 1, sizeof **list)) return false;
    (*list)[(*count)++] = value;
    return true;
}

int graph_input(graph *g, mica_dtype dtype, const shape *s) {
    int v = add_value(g, VALUE_INPUT, dtype, s);
    return v >= 0 && append(&g->inputs, &g->input_count, &g->input_room, v) ? v : -1;
}

int graph_shape(graph *g, mica_dtype dtype, const shape *s) {
    return add_value(g, VALUE_SHAPE, dtype, s);
}

static bool same_constant(const mica_tensor *a, const mica_tensor *b) {
    return a->buffer == b->buffer && a->offset == b->offset && a->dtype == b->dtype &&
           shape_equal(&a->shape, &b->shape) && !memcmp(a->strides, b->strides, sizeof a->strides);
}

int graph_constant(graph *g, mica_tensor *concrete) {
    uint64_t hash = (uint64_t)(uintptr_t)concrete->buffer + concrete->offset;
    size_t at = 0;
    for (int v; (v = index_next(&g->leaves, hash, &at)) >= 0;)
        if (g->values[v].kind == VALUE_CONSTANT && same_constant(g->values[v].info.value, concrete))
            return v;
    mica_tensor *held = tensor_view(concrete, &concrete->shape, concrete->strides,
                                    concrete->offset);
    int v = held->kind == TENSOR_POISON
                ? -1
                : add_value(g, VALUE_CONSTANT, concrete->dtype, &concrete->shape);
    if (v < 0) return -1;
    g->values[v].info.value = tensor_release(held);
    return index_add(&g->leaves, hash, v) ? v : -1;
}

int graph_variable(graph *g, mica_tensor *variable) {
    uint64_t hash = (uint64_t)(uintptr_t)variable;
    size_t at = 0;
    for (int v; (v = index_next(&g->leaves, hash, &at)) >= 0;)
        if (g->values[v].variable == variable) return v;
    int v = add_value(g, VALUE_VARIABLE, variable->dtype, &variable->shape);
    if (v < 0) return -1;
    g->values[v].variable = variable;
    return index_add(&g->leaves, hash, v) ? v : -1;
}

/* Room for a node and its values; nothing is changed where it fails. */
static node *add_node(graph *g, const op *o, const void *attrs, int inputs, const int *in,
                      int outputs) {
    if (!grow(&g->nodes, &g->node_room, g->node_count + 1, sizeof *g->nodes)) return NULL;
    node *n = &g->nodes[g->node_count];
    *n = (node){.op = o, .inputs = inputs, .outputs = outputs};
    n->in = arena_copy(&g->arena, in, sizeof(int) * (size_t)inputs);
    n->out = arena_take(&g->arena, sizeof(int) * (size_t)outputs);
    if (o->attrs_size && attrs) n->attrs = arena_copy(&g->arena, attrs, o->attrs_size);
    else if (o->attrs_size) n->attrs = arena_take(&g->arena, o->attrs_size);
    if (!n->in || !n->out || (o->attrs_size && !n->attrs)) return NULL;
    return n;
}

/* A value that could not be added for lack of memory is -1. */
static bool all_there(int count, const int *values) {
    for (int i = 0; i < count; i++)
        if (values[i] < 0) return false;
    return true;
}

mica_status graph_append(graph *g, const op *o, const void *attrs, int inputs, const int *in,
                         int outputs, const operand *info, int *out, mica_error *err) {
    if (!all_there(inputs, in)) return fail_no_memory(err, o->name);
    node *n = add_node(g, o, attrs, inputs, in, outputs);
    if (!n) return fail_memory(err, sizeof(node), o->name);
    for (int i = 0; i < outputs; i++) {
        int v = add_value(g, VALUE_NODE, info[i].dtype, &info[i].shape);
        if (v < 0) return fail_memory(err, sizeof(value), o->name);
        g->values[v].node = (int)g->node_count;
        g->values[v].output = i;
        out[i] = ((int *)n->out)[i] = v;
    }
    g->node_count++;
    return MICA_OK;
}

mica_status graph_own_bodies(graph *g, graph *const *bodies, mica_error *err) {
    node *n = &g->nodes[g->node_count - 1];
    if (!n->op->bodies) return MICA_OK;
    n->bodies = arena_copy(&g->arena, bodies, sizeof *bodies * (size_t)n->op->bodies);
    if (!n->bodies) return fail_memory(err, sizeof *bodies, n->op->name);
    for (int k = 0; k < n->op->bodies; k++) graph_share(bodies[k]);
    return MICA_OK;
}

mica_status graph_node(graph *g, const op *o, const void *attrs, graph *const *bodies, int inputs,
                       const int *in, int *outputs, int *out, mica_error *err) {
    operand info_in[MAX_INPUTS], info_out[MAX_OUTPUTS] = {0};
    if (inputs > MAX_INPUTS)
        return fail(err, MICA_SHAPE, "%s: %d inputs, expected at most %d", o->name, inputs,
                    MAX_INPUTS);
    if (!all_there(inputs, in)) return fail_no_memory(err, o->name);
    for (int i = 0; i < inputs; i++) info_in[i] = g->values[in[i]].info;
    TRY(infer_shapes(o, attrs, bodies, inputs, info_in, outputs, info_out, err));
    TRY(graph_append(g, o, attrs, inputs, in, *outputs, info_out, out, err));
    return graph_own_bodies(g, bodies, err);
}

mica_status graph_output(graph *g, int v, mica_error *err) {
    bool done = v >= 0 && append(&g->outputs, &g->output_count, &g->output_room, v);
    return done ? MICA_OK : fail_memory(err, sizeof(int), "a graph");
}

mica_status graph_update(graph *g, int variable, int v, mica_error *err) {
    if (variable < 0 || v < 0) return fail_no_memory(err, "a graph");
    for (size_t i = 0; i < g->update_count; i++)
        if (g->updates[i].variable == variable) return g->updates[i].value = v, MICA_OK;
    if (!grow(&g->updates, &g->update_room, g->update_count + 1, sizeof *g->updates))
        return fail_memory(err, sizeof(update), "a graph");
    g->updates[g->update_count++] = (update){variable, v};
    return MICA_OK;
}

int graph_value_of(graph *g, mica_tensor *t) {
    if (t->kind == TENSOR_SYMBOLIC) return t->graph == g ? t->value : -1;
    return t->kind == TENSOR_VARIABLE ? graph_variable(g, t) : graph_constant(g, t);
}

mica_tensor *graph_symbol(graph *g, int v) {
    const operand *info = &g->values[v].info;
    mica_tensor *t = tensor_symbol(g->ctx, info->dtype, &info->shape, g, v);
    if (t->kind == TENSOR_POISON) return t;
    if (g->values[v].id) t->id = g->values[v].id;
    else g->values[v].id = t->id;
    return t;
}
