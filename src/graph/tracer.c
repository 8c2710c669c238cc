/* The tracer: an emitter that appends to a graph; and bodies, traced by one tracer inside another.
 * See graph.h and op/emit.h. */
#include "graph/graph.h"

#include "mica/math.h"
#include "tensor/store.h"

#include <stdlib.h>

/* A value of the trace around a body that the body uses. */
typedef struct capture {
    int outer, inner;    /* its numbers in both graphs */
    mica_tensor *handle; /* of the outer one, kept until the body's tracer is closed */
} capture;

struct tracer {
    emitter emitter; /* first: the emitter is the tracer */
    graph *graph;
    mica_scope *scope;
    mica_tensor *counter; /* variable: of random ops; NULL: they count as if run eagerly */
    tracer *outer; /* of a body: the trace around it; NULL: none, or what is around is not seen */
    int captures;
    capture captured[MAX_INPUTS];
};

/* A handle of the same value, for tapes too, that lives until it is given to a scope. */
static mica_tensor *hold(mica_tensor *t) {
    if (t->kind == TENSOR_VARIABLE) return t;
    mica_tensor *alias = t->kind == TENSOR_SYMBOLIC
                             ? tensor_symbol(t->ctx, t->dtype, &t->shape, t->graph, t->value)
                             : tensor_view(t, &t->shape, t->strides, t->offset);
    if (alias->kind != TENSOR_POISON) tensor_release(alias)->id = t->id;
    return alias;
}

static int capture_value(tracer *t, mica_tensor *handle) {
    int outer = tracer_value(t->outer, handle);
    if (outer < 0) return -1;
    for (int i = 0; i < t->captures; i++)
        if (t->captured[i].outer == outer) return t->captured[i].inner;
    if (t->graph->input_count >= MAX_INPUTS) {
        context_fail(t->graph->ctx, MICA_UNSUPPORTED,
                     "a body uses more than %d tensors, its own inputs among them", MAX_INPUTS);
        return -1;
    }
    const operand *info = &t->outer->graph->values[outer].info;
    int inner = graph_input(t->graph, info->dtype, &info->shape);
    mica_tensor *held = inner < 0 ? tensor_poison(t->graph->ctx) : hold(handle);
    if (held->kind == TENSOR_POISON) return -1;
    t->captured[t->captures++] = (capture){outer, inner, held};
    return inner;
}

/* Whether a tape between here and the outermost trace follows t. */
static bool followed(const tracer *t, const mica_tensor *handle) {
    for (const tracer *at = t; at->outer; at = at->outer)
        for (emitter *e = at->emitter.outer; e != &at->outer->emitter; e = e->outer)
            if (e->follows && e->follows(e, handle)) return true;
    return false;
}

/* The number of a variable's value: at the start, or after the update that was traced last. */
static int variable_value(graph *g, mica_tensor *variable) {
    for (size_t i = 0; i < g->update_count; i++)
        if (g->values[g->updates[i].variable].variable == variable) return g->updates[i].value;
    return graph_variable(g, variable);
}

int tracer_value(tracer *t, mica_tensor *handle) {
    if (handle->kind == TENSOR_SYMBOLIC && handle->graph == t->graph) return handle->value;
    if (t->outer && (handle->kind != TENSOR_CONCRETE || followed(t, handle)))
        return capture_value(t, handle);
    if (handle->kind == TENSOR_VARIABLE) return variable_value(t->graph, handle);
    return graph_value_of(t->graph, handle);
}

/* ---- the emitter ---- */

static bool foreign(mica_context *ctx, const char *what, int input) {
    context_fail(ctx, MICA_STATE, "%s: input %d is traced in another graph", what, input);
    return false;
}

static bool trace_call(emitter *self, op_call *c) {
    tracer *t = (tracer *)self;
    graph *g = t->graph;
    int in_values[MAX_INPUTS], out_values[MAX_OUTPUTS];
    mica_error err = {0};
    for (int i = 0; i < c->inputs && i < MAX_INPUTS; i++)
        if ((in_values[i] = tracer_value(t, c->in[i])) < 0) return foreign(g->ctx, c->op->name, i);
    if (graph_node(g, c->op, c->attrs, c->bodies, c->inputs, in_values, &c->outputs, out_values,
                   &err) != MICA_OK) {
        context_fail_with(g->ctx, &err);
        return false;
    }
    for (int i = 0; i < c->outputs; i++) c->out[i] = graph_symbol(g, out_values[i]);
    return true;
}

static mica_tensor *snapshot(emitter *self, mica_tensor *handle) {
    tracer *t = (tracer *)self;
    int value = tracer_value(t, handle);
    if (value >= 0) return graph_symbol(t->graph, value);
    foreign(t->graph->ctx, "a tape", 0);
    return tensor_poison(t->graph->ctx);
}

static mica_status assign(emitter *self, mica_tensor *variable, const mica_tensor *value,
                          mica_error *err) {
    tracer *t = (tracer *)self;
    const char *name = variable->variable->name;
    char want[128], got[128];
    if (t->outer) return refuse_assign(variable, err);
    if (value->kind == TENSOR_POISON) return fail(err, MICA_STATE, "assign to %s: poison", name);
    if (!shape_fits(&value->shape, &variable->shape)) {
        shape_format(&variable->shape, want), shape_format(&value->shape, got);
        return fail(err, MICA_SHAPE, "assign to %s: shape %s, expected %s", name, got, want);
    }
    mica_tensor *cast = (mica_tensor *)value;
    if (cast->dtype != variable->dtype) cast = mica_cast(cast, variable->dtype);
    int number = cast->kind == TENSOR_POISON ? -1 : tracer_value(t, cast);
    if (number < 0) return fail(err, MICA_STATE, "assign to %s: a value of another trace", name);
    return graph_update(t->graph, graph_variable(t->graph, variable), number, err);
}

/* ---- bodies ---- */

static tracer *open_inside(graph *g, tracer *outer);

/* The body's calls, and what it gives as outputs of its graph. */
static bool trace_outputs(tracer *t, const body_trace *b) {
    mica_context *ctx = t->graph->ctx;
    mica_tensor *in[MAX_INPUTS], *out[MAX_OUTPUTS] = {NULL};
    for (int i = 0; i < b->inputs; i++) {
        int value = graph_input(t->graph, b->in[i].dtype, &b->in[i].shape);
        in[i] = value < 0 ? tensor_poison(ctx) : graph_symbol(t->graph, value);
    }
    b->function(b->user, ctx, in, out);
    for (int i = 0; i < b->outputs; i++) {
        if (!out[i]) context_fail(ctx, MICA_VALUE, "%s: its body left output %d unset", b->what, i);
        if (!out[i] || out[i]->kind == TENSOR_POISON) return false;
        int value = tracer_value(t, out[i]);
        if (value < 0) return foreign(ctx, b->what, i);
        if (graph_output(t->graph, value, NULL) != MICA_OK) return false;
    }
    return true;
}

static bool trace_body(emitter *self, body_trace *b) {
    mica_context *ctx = self->ctx;
    graph *g = graph_new(ctx);
    tracer *t = g ? open_inside(g, (tracer *)self) : NULL;
    bool done = t && trace_outputs(t, b);
    if (!done) context_fail(ctx, MICA_MEMORY, "%s: its body cannot be traced", b->what);
    for (int i = 0; t && i < t->captures; i++) b->captured[i] = t->captured[i].handle;
    b->captures = t ? t->captures : 0;
    tracer_close(&t);
    for (int i = 0; i < b->captures; i++) /* to the scope that is open around the body */
        if (b->captured[i]->kind != TENSOR_VARIABLE)
            scope_link(store_of(ctx)->innermost, b->captured[i]);
    b->release = graph_free;
    b->graph = done ? g : NULL;
    if (!done) graph_free(g);
    return done;
}

/* ---- opening and closing ---- */

static tracer *open_inside(graph *g, tracer *outer) {
    tracer *t = allocate(1, sizeof *t);
    if (!t) return NULL;
    *t = (tracer){.graph = g, .outer = outer, .scope = mica_scope_open(g->ctx)};
    t->emitter = (emitter){
        .emit = trace_call, .snapshot = snapshot, .assign = assign, .trace = trace_body};
    if (!t->scope) {
        free(t);
        return NULL;
    }
    emitter_push(g->ctx, &t->emitter);
    return t;
}

tracer *tracer_open(graph *g) { return open_inside(g, NULL); }

void tracer_close(tracer **t) {
    if (!*t) return;
    emitter_pop((*t)->graph->ctx, &(*t)->emitter);
    mica_scope_close(&(*t)->scope);
    free(*t);
    *t = NULL;
}

/* The variable's value, and one more for the next; these calls stand in the trace around bodies. */
static mica_tensor *next_counter(emitter *self) {
    mica_tensor *variable = ((tracer *)self)->counter;
    mica_context *ctx = self->ctx;
    emitter *open = emitter_of(ctx);
    ctx->slots[SLOT_EMITTER].data = self;
    mica_tensor *now = snapshot(self, variable);
    assign(self, variable, mica_add(now, mica_scalar(ctx, MICA_INT64, 1)), NULL);
    ctx->slots[SLOT_EMITTER].data = open;
    return now;
}

void tracer_count(tracer *t, mica_tensor *variable) {
    t->counter = variable;
    t->emitter.counter = next_counter;
}

tracer *tracer_of(mica_context *ctx) { return (tracer *)emitter_tracing(emitter_of(ctx)); }

graph *tracer_graph(tracer *t) { return t->graph; }
