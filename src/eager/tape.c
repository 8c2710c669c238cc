/* Tapes: see mica/tape.h. A tape runs each call by the emitter below and appends a node to a graph
 * of its own; for every value it keeps a handle, so that rules find the numbers again. */
#include "mica/tape.h"

#include "base/index.h"
#include "grad/gradient.h"
#include "mica/array.h"
#include "tensor/store.h"

#include <stdlib.h>
#include <string.h>

struct mica_tape {
    emitter emitter; /* first: the emitter is the tape */
    graph *graph;
    mica_scope *scope;
    mica_tensor **kept; /* by value */
    size_t kept_count, kept_room;
    hash_index values; /* by the ids of their handles */
    bool persistent, by_hand, used, failed;
};

/* Another handle of the same value as it is now, with the same id. */
static bool keep(mica_tape *tape, int value, mica_tensor *t) {
    if (!grow(&tape->kept, &tape->kept_room, (size_t)value + 1, sizeof(mica_tensor *)))
        return false;
    while (tape->kept_count <= (size_t)value) tape->kept[tape->kept_count++] = NULL;
    mica_tensor *alias = emitter_snapshot(tape->emitter.outer, t);
    if (alias->kind == TENSOR_POISON) return false;
    tensor_release(alias)->id = t->id;
    tape->kept[value] = alias;
    return index_add(&tape->values, t->id, value);
}

static int leaf(mica_tape *tape, mica_tensor *t) {
    int value = graph_input(tape->graph, t->dtype, &t->shape);
    return value >= 0 && keep(tape, value, t) ? value : -1;
}

/* Whether a variable still has the value that was kept. */
static bool unchanged(const mica_tape *tape, const mica_tensor *kept, mica_tensor *variable) {
    if (kept->kind != TENSOR_SYMBOLIC) return kept->buffer == variable->buffer;
    tracer *t = (tracer *)emitter_tracing(tape->emitter.outer);
    return t && kept->value == tracer_value(t, variable);
}

/* The value of an input: what the tape knows, or a new leaf. A variable that was assigned since is
 * a new leaf as well. */
static int value_of(mica_tape *tape, mica_tensor *t) {
    int value = index_newest(&tape->values, t->id);
    if (value >= 0 && (t->kind != TENSOR_VARIABLE || unchanged(tape, tape->kept[value], t)))
        return value;
    return leaf(tape, t);
}

static bool followed(const mica_tape *tape, const mica_tensor *t) {
    return (t->kind == TENSOR_VARIABLE && !tape->by_hand && !t->variable->frozen) ||
           index_newest(&tape->values, t->id) >= 0;
}

static bool record(mica_tape *tape, const op_call *c) {
    int in_values[MAX_INPUTS], out_values[MAX_OUTPUTS];
    operand info[MAX_OUTPUTS];
    for (int i = 0; i < c->inputs; i++)
        if ((in_values[i] = value_of(tape, c->in[i])) < 0) return false;
    for (int i = 0; i < c->outputs; i++)
        info[i] = (operand){c->out[i]->dtype, c->out[i]->shape, NULL};
    if (graph_append(tape->graph, c->op, c->attrs, c->inputs, in_values, c->outputs, info,
                     out_values, NULL) ||
        graph_own_bodies(tape->graph, c->bodies, NULL))
        return false;
    for (int i = 0; i < c->outputs; i++)
        if (!keep(tape, out_values[i], c->out[i])) return false;
    return true;
}

static bool run_and_remember(emitter *self, op_call *c) {
    mica_tape *tape = (mica_tape *)self;
    bool any = false;
    if (!emitter_emit(self->outer, c)) return false;
    for (int i = 0; i < c->inputs && !any; i++) any = followed(tape, c->in[i]);
    if (!any || !op_has_gradient(c->op) || record(tape, c)) return true;
    context_fail(self->ctx, MICA_MEMORY, "the tape cannot remember %s", c->op->name);
    return false;
}

static bool follows(emitter *self, const mica_tensor *t) { return followed((mica_tape *)self, t); }

mica_tape_options mica_tape_defaults(void) {
    return (mica_tape_options){.size = sizeof(mica_tape_options)};
}

static void tape_free(mica_tape *tape) {
    for (size_t i = 0; i < tape->kept_count; i++) mica_tensor_destroy(&tape->kept[i]);
    graph_free(tape->graph);
    index_free(&tape->values);
    free(tape->kept);
    free(tape);
}

mica_tape *mica_tape_open(mica_context *ctx, const mica_tape_options *options) {
    if (!ctx) return NULL;
    mica_tape *tape = allocate(1, sizeof *tape);
    if (!tape) return NULL;
    mica_tape_options o = mica_tape_defaults();
    mica_error err = {0};
    if (options_take(&o, sizeof o, options, "tape", &err) != MICA_OK) context_fail_with(ctx, &err);
    tape->emitter = (emitter){.emit = run_and_remember, .follows = follows};
    tape->persistent = o.persistent;
    tape->by_hand = o.watch_by_hand;
    tape->graph = graph_new(ctx);
    tape->scope = tape->graph ? mica_scope_open(ctx) : NULL;
    if (!tape->scope) {
        tape_free(tape);
        return NULL;
    }
    emitter_push(ctx, &tape->emitter);
    return tape;
}

void mica_tape_watch(mica_tape *tape, mica_tensor *t) {
    if (!t || LACKS(t->ctx, tape, "tape")) return;
    if (t->kind == TENSOR_POISON) return;
    if (index_newest(&tape->values, t->id) < 0 && leaf(tape, t) < 0)
        context_fail(t->ctx, MICA_MEMORY, "watch: no memory");
}

static mica_tensor *kept_handle(void *user, int value) { return ((mica_tape *)user)->kept[value]; }

static mica_status compute(mica_tape *tape, mica_tensor *target, mica_tensor *const *sources,
                           int count, mica_tensor **gradients, mica_error *err) {
    mica_status status;
    gradient_source s = {tape->graph, kept_handle, tape, tape->graph->node_count};
    int to = target->kind == TENSOR_POISON ? -1 : index_newest(&tape->values, target->id);
    int *values = allocate((size_t)count, sizeof *values);
    if (!values) return fail_memory(err, (size_t)count, "gradient");
    for (int i = 0; i < count; i++) {
        values[i] = to < 0 ? -1 : value_of(tape, sources[i]);
        gradients[i] = NULL;
    }
    if (to < 0) status = MICA_OK;
    else status = gradients_of(&s, to, NULL, values, count, gradients, err);
    free(values);
    return status;
}

void mica_tape_gradient(mica_tape *tape, mica_tensor *target, mica_tensor *const *sources,
                        int count, mica_tensor **gradients) {
    if (!target || LACKS(target->ctx, gradients, "gradients")) return;
    mica_context *ctx = target->ctx;
    bool lacking = LACKS_EACH(ctx, sources, count, "sources");
    if (lacking || !tape) {
        if (!lacking) context_fail(ctx, MICA_STATE, "gradient: the tape is closed");
        for (int i = 0; i < count; i++) gradients[i] = tensor_poison(ctx);
        return;
    }
    mica_error err = {0};
    emitter *open = emitter_of(ctx);
    bool poisoned = target->kind == TENSOR_POISON;
    for (int i = 0; i < count; i++) poisoned |= sources[i]->kind == TENSOR_POISON;
    if (tape->used && !tape->persistent)
        context_fail(ctx, MICA_STATE, "gradient: asked for twice; open the tape with persistent");
    if (open == &tape->emitter && !tape->persistent) ctx->slots[SLOT_EMITTER].data = open->outer;
    if (poisoned || (tape->used && !tape->persistent)) {
        for (int i = 0; i < count; i++) gradients[i] = tensor_poison(ctx);
    } else if (compute(tape, target, sources, count, gradients, &err) != MICA_OK) {
        context_fail_with(ctx, &err);
        for (int i = 0; i < count; i++) gradients[i] = tensor_poison(ctx);
    }
    for (int i = 0; i < count; i++)
        if (!gradients[i]) gradients[i] = mica_fill_like(sources[i], 0);
    ctx->slots[SLOT_EMITTER].data = open;
    tape->used = true;
}

static bool inside_another_tape(const mica_tape *tape) {
    for (emitter *e = tape->emitter.outer; e; e = e->outer)
        if (e->emit == run_and_remember) return true;
    return false;
}

void mica_tape_close(mica_tape **tape) {
    mica_tape *t = tape ? *tape : NULL;
    if (!t) return;
    if (inside_another_tape(t) && t->scope->outer) scope_move(t->scope, t->scope->outer);
    emitter_pop(t->emitter.ctx, &t->emitter);
    mica_scope_close(&t->scope);
    tape_free(t);
    *tape = NULL;
}
