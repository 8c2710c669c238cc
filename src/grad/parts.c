/* The gradient of a composite by its parts: see parts.h. */
#include "grad/parts.h"

#include "grad/gradient.h"
#include "tensor/store.h"

#include <stdlib.h>

/* Hands every call on and appends a node to a graph of its own; keeps the handle of each value. */
typedef struct recorder {
    emitter emitter; /* first: the emitter is the recorder */
    graph *graph;
    mica_tensor **kept; /* by value */
    size_t kept_count, kept_room;
    hash_index values; /* by the ids of their handles */
    bool failed;
} recorder;

/* Another handle of the value: t may go before the walk, with the scope of a loop's step. */
static bool keep(recorder *r, int value, mica_tensor *t) {
    if (value < 0 || !grow(&r->kept, &r->kept_room, (size_t)value + 1, sizeof(mica_tensor *)))
        return false;
    mica_tensor *alias = emitter_snapshot(r->emitter.outer, t);
    if (alias->kind == TENSOR_POISON) return false;
    tensor_release(alias)->id = t->id;
    r->kept[value] = alias;
    r->kept_count = (size_t)value + 1;
    return index_add(&r->values, t->id, value);
}

/* The value of a handle: what was recorded last, or a new leaf; -1 without memory. */
static int value_of(recorder *r, mica_tensor *t) {
    int value = index_newest(&r->values, t->id);
    if (value >= 0) return value;
    value = graph_input(r->graph, t->dtype, &t->shape);
    return keep(r, value, t) ? value : -1;
}

static bool emit_and_record(emitter *self, op_call *c) {
    recorder *r = (recorder *)self;
    int from[MAX_INPUTS], to[MAX_OUTPUTS];
    operand info[MAX_OUTPUTS];
    mica_error err = {0};
    if (!emitter_emit(self->outer, c)) return false;
    for (int i = 0; i < c->inputs; i++) r->failed |= (from[i] = value_of(r, c->in[i])) < 0;
    for (int i = 0; i < c->outputs; i++)
        info[i] = (operand){c->out[i]->dtype, c->out[i]->shape, NULL};
    r->failed = r->failed ||
                graph_append(r->graph, c->op, c->attrs, c->inputs, from, c->outputs, info, to,
                             &err) != MICA_OK ||
                graph_own_bodies(r->graph, c->bodies, &err) != MICA_OK;
    for (int i = 0; i < c->outputs && !r->failed; i++) r->failed |= !keep(r, to[i], c->out[i]);
    return true;
}

static mica_tensor *kept_handle(void *user, int value) { return ((recorder *)user)->kept[value]; }

static mica_status walk_back(recorder *r, gradient_frame *f, mica_tensor *const *made,
                             mica_error *err) {
    int targets[MAX_OUTPUTS], sources[MAX_INPUTS];
    mica_tensor *seeds[MAX_OUTPUTS];
    int count = 0;
    for (int i = 0; i < f->outputs; i++)
        if (f->dout[i]) seeds[count] = f->dout[i], targets[count++] = value_of(r, made[i]);
    for (int i = 0; i < f->inputs; i++) sources[i] = value_of(r, f->in[i]);
    for (int i = 0; i < count; i++) r->failed |= targets[i] < 0;
    for (int i = 0; i < f->inputs; i++) r->failed |= sources[i] < 0;
    if (r->failed) return fail_memory(err, r->kept_count, "gradients");
    gradient_source s = {r->graph, kept_handle, r, r->graph->node_count};
    return gradients_from(&s, targets, seeds, count, sources, f->inputs, f->din, err);
}

mica_status gradient_of_parts(gradient_frame *f, mica_error *err) {
    mica_context *ctx = f->in[0]->ctx;
    recorder r = {.emitter = {.emit = emit_and_record}, .graph = graph_new(ctx)};
    mica_tensor *made[MAX_OUTPUTS];
    mica_status status = MICA_OK;
    if (!r.graph) return fail_memory(err, sizeof(graph), "gradients");
    emitter_push(ctx, &r.emitter);
    for (int i = 0; i < f->inputs; i++) r.failed |= value_of(&r, f->in[i]) < 0;
    compose_frame c = {f->attrs, f->inputs, f->outputs, f->in, made};
    f->op->compose(&c);
    emitter_pop(ctx, &r.emitter);
    for (int i = 0; i < f->outputs && status == MICA_OK; i++)
        if (made[i]->kind == TENSOR_POISON)
            status = fail(err, ctx->error.code ? ctx->error.code : MICA_INTERNAL,
                          "gradient of %s: %s", f->op->name, ctx->error.message);
    if (status == MICA_OK) status = walk_back(&r, f, made, err);
    for (int i = 0; i < f->inputs; i++) {
        bool repeated = false; /* the same value twice: the first has the gradient of both */
        for (int k = 0; k < i; k++) repeated |= f->in[k]->id == f->in[i]->id;
        if (!f->need[i] || repeated) f->din[i] = NULL;
    }
    for (size_t i = 0; i < r.kept_count; i++) scope_link(store_of(ctx)->innermost, r.kept[i]);
    graph_free(r.graph);
    index_free(&r.values);
    free(r.kept);
    return status;
}
