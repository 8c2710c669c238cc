/* Tapes: see mica/tape.h. A tape runs each call by the emitter below and appends a node to a graph
 * of its own; for every value it keeps a handle, so that rules find the numbers again. */
#include "mica/tape.h"

#include "grad/gradient.h"
#include "mica/array.h"
#include "tensor/store.h"

#include <stdlib.h>
#include <string.h>

/* From a handle's id to the number of its value; open addressing, 0 is free. */
typedef struct id_map {
    uint64_t *ids;
    int *values;
    size_t count, room; /* room is a power of two */
} id_map;

struct mica_tape {
    emitter emitter; /* first: the emitter is the tape */
    graph *graph;
    mica_scope *scope;
    mica_tensor **kept; /* by value */
    size_t kept_count, kept_room;
    id_map map;
    bool persistent, by_hand, used, failed;
};

static size_t slot_of(const id_map *m, uint64_t id) {
    size_t at = (size_t)(id * 0x9E3779B97F4A7C15u >> 20) & (m->room - 1);
    while (m->ids[at] && m->ids[at] != id) at = (at + 1) & (m->room - 1);
    return at;
}

static int map_find(const id_map *m, uint64_t id) {
    if (!m->room) return -1;
    size_t at = slot_of(m, id);
    return m->ids[at] ? m->values[at] : -1;
}

static bool map_put(id_map *m, uint64_t id, int value) {
    if (2 * (m->count + 1) > m->room) {
        id_map bigger = {.room = m->room ? 2 * m->room : 64};
        bigger.ids = allocate(bigger.room, sizeof *bigger.ids);
        bigger.values = allocate(bigger.room, sizeof *bigger.values);
        if (!bigger.ids || !bigger.values) {
            free(bigger.ids), free(bigger.values);
            return false;
        }
        for (size_t i = 0; i < m->room; i++)
            if (m->ids[i]) map_put(&bigger, m->ids[i], m->values[i]);
        free(m->ids), free(m->values);
        *m = bigger;
    }
    size_t at = slot_of(m, id);
    m->count += m->ids[at] == 0;
    m->ids[at] = id;
    m->values[at] = value;
    return true;
}

/* Another handle of the same value: the same id, and the bytes as they are now. */
static bool keep(mica_tape *tape, int value, mica_tensor *t) {
    if (!grow(&tape->kept, &tape->kept_room, (size_t)value + 1, sizeof(mica_tensor *)))
        return false;
    while (tape->kept_count <= (size_t)value) tape->kept[tape->kept_count++] = NULL;
    mica_tensor *alias = tensor_view(t, &t->shape, t->strides, t->offset);
    if (alias->kind == TENSOR_POISON) return false;
    tensor_release(alias)->id = t->id;
    alias->variable = NULL;
    tape->kept[value] = alias;
    return map_put(&tape->map, t->id, value);
}

static int leaf(mica_tape *tape, mica_tensor *t) {
    int value = graph_input(tape->graph, t->dtype, &t->shape);
    return value >= 0 && keep(tape, value, t) ? value : -1;
}

/* The value of an input: what the tape knows, or a new leaf. A variable that was assigned since is
 * a new leaf as well. */
static int value_of(mica_tape *tape, mica_tensor *t) {
    int value = map_find(&tape->map, t->id);
    if (value >= 0 && (t->kind != TENSOR_VARIABLE || tape->kept[value]->buffer == t->buffer))
        return value;
    return leaf(tape, t);
}

static bool followed(const mica_tape *tape, const mica_tensor *t) {
    return (t->kind == TENSOR_VARIABLE && !tape->by_hand && !t->variable->frozen) ||
           map_find(&tape->map, t->id) >= 0;
}

static bool record(mica_tape *tape, const op *o, const void *attrs, int inputs,
                   mica_tensor *const *in, int outputs, mica_tensor **out) {
    int in_values[MAX_INPUTS], out_values[MAX_OUTPUTS];
    operand info[MAX_OUTPUTS];
    for (int i = 0; i < inputs; i++)
        if ((in_values[i] = value_of(tape, in[i])) < 0) return false;
    for (int i = 0; i < outputs; i++) info[i] = (operand){out[i]->dtype, out[i]->shape, NULL};
    if (graph_append(tape->graph, o, attrs, inputs, in_values, outputs, info, out_values, NULL))
        return false;
    for (int i = 0; i < outputs; i++)
        if (!keep(tape, out_values[i], out[i])) return false;
    return true;
}

static bool run_and_remember(emitter *self, const op *o, const void *attrs, int inputs,
                             mica_tensor *const *in, int *outputs, mica_tensor **out) {
    mica_tape *tape = (mica_tape *)self;
    bool any = false;
    if (!self->outer->emit(self->outer, o, attrs, inputs, in, outputs, out)) return false;
    for (int i = 0; i < inputs && !any; i++) any = followed(tape, in[i]);
    if (!any || !op_has_gradient(o) || record(tape, o, attrs, inputs, in, *outputs, out)) return true;
    context_fail(self->ctx, MICA_MEMORY, "the tape cannot remember %s", o->name);
    return false;
}

mica_tape_options mica_tape_defaults(void) {
    return (mica_tape_options){.size = sizeof(mica_tape_options)};
}

static void tape_free(mica_tape *tape) {
    for (size_t i = 0; i < tape->kept_count; i++) mica_tensor_destroy(&tape->kept[i]);
    graph_free(tape->graph);
    free(tape->kept), free(tape->map.ids), free(tape->map.values);
    free(tape);
}

mica_tape *mica_tape_open(mica_context *ctx, const mica_tape_options *options) {
    mica_tape *tape = allocate(1, sizeof *tape);
    if (!tape) return NULL;
    tape->emitter.emit = run_and_remember;
    tape->persistent = options && options->persistent;
    tape->by_hand = options && options->watch_by_hand;
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
    if (t->kind == TENSOR_POISON) return;
    if (t->kind == TENSOR_SYMBOLIC)
        context_fail(t->ctx, MICA_STATE, "watch: a traced tensor; tapes watch concrete ones");
    else if (map_find(&tape->map, t->id) < 0 && leaf(tape, t) < 0)
        context_fail(t->ctx, MICA_MEMORY, "watch: no memory");
}

static mica_tensor *kept_handle(void *user, int value) { return ((mica_tape *)user)->kept[value]; }

static mica_status compute(mica_tape *tape, mica_tensor *target, mica_tensor *const *sources,
                           int count, mica_tensor **gradients, mica_error *err) {
    mica_status status;
    gradient_source s = {tape->graph, kept_handle, tape, tape->graph->node_count};
    int to = target->kind == TENSOR_POISON ? -1 : map_find(&tape->map, target->id);
    int *values = allocate((size_t)count, sizeof *values);
    if (!values) return fail_memory(err, (size_t)count, "gradient");
    for (int i = 0; i < count; i++) {
        values[i] = to < 0 ? -1 : value_of(tape, sources[i]);
        gradients[i] = NULL;
    }
    status = to < 0 ? MICA_OK : gradients_of(&s, to, NULL, values, count, gradients, err);
    free(values);
    return status;
}

void mica_tape_gradient(mica_tape *tape, mica_tensor *target, mica_tensor *const *sources,
                        int count, mica_tensor **gradients) {
    mica_context *ctx = tape->emitter.ctx;
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
    mica_tape *t = *tape;
    if (!t) return;
    if (inside_another_tape(t) && t->scope->outer) scope_move(t->scope, t->scope->outer);
    emitter_pop(t->emitter.ctx, &t->emitter);
    mica_scope_close(&t->scope);
    tape_free(t);
    *tape = NULL;
}
