/* Gradients: see gradient.h. */
#include "grad/gradient.h"

#include "grad/parts.h"
#include "mica/array.h"
#include "mica/math.h"

#include <stdlib.h>
#include <string.h>

typedef struct walk {
    const gradient_source *source;
    mica_tensor **gradient; /* by value: the sum so far, NULL: nothing yet */
    bool *needed;           /* by value: it depends on a source */
    size_t value_count;     /* values of the forward part */
} walk;

/* Marks every value that depends on a source, in the order of computation. */
static void mark_needed(walk *w, const int *sources, int count) {
    const graph *g = w->source->graph;
    for (int i = 0; i < count; i++) w->needed[sources[i]] = true;
    for (size_t at = 0; at < w->source->node_count; at++) {
        const node *n = &g->nodes[at];
        bool any = false;
        for (int i = 0; i < n->inputs; i++) any |= w->needed[n->in[i]];
        for (int i = 0; i < n->outputs && any && op_has_gradient(n->op); i++)
            w->needed[n->out[i]] |= dtype_is_float(g->values[n->out[i]].info.dtype);
    }
}

static void add_to(walk *w, int value, mica_tensor *part) {
    mica_tensor **sum = &w->gradient[value];
    *sum = *sum ? mica_add(*sum, part) : part;
}

/* ---- what rules of ops with bodies ask for ---- */

static mica_tensor *symbol_of(void *user, int value) { return graph_symbol(user, value); }

static bool gradients_in_trace(mica_context *ctx, int targets, mica_tensor *const *target,
                               mica_tensor *const *seed, int sources, mica_tensor *const *source,
                               mica_tensor **gradient) {
    tracer *t = tracer_of(ctx);
    graph *g = tracer_graph(t);
    int to[MAX_OUTPUTS], from[MAX_INPUTS];
    mica_error err = {0};
    mica_status status = MICA_OK;
    for (int i = 0; i < targets; i++)
        if ((to[i] = tracer_value(t, target[i])) < 0) status = MICA_STATE;
    for (int i = 0; i < sources; i++)
        if ((from[i] = tracer_value(t, source[i])) < 0) status = MICA_STATE;
    gradient_source s = {g, symbol_of, g, g->node_count};
    if (status != MICA_OK) fail(&err, status, "gradient: a tensor of another trace");
    else status = gradients_from(&s, to, seed, targets, from, sources, gradient, &err);
    if (status != MICA_OK) context_fail_with(ctx, &err);
    return status == MICA_OK;
}

/* ---- the walk ---- */

/* One node's rule: from the gradients of its outputs to those of its inputs. */
static mica_status step_back(walk *w, size_t at, mica_error *err) {
    /* copied: rules append to the same graph while they run, and its arrays move */
    const node n = w->source->graph->nodes[at];
    mica_tensor *in[MAX_INPUTS], *out[MAX_OUTPUTS], *dout[MAX_OUTPUTS], *din[MAX_INPUTS] = {0};
    bool need[MAX_INPUTS], any_out = false, any_in = false;
    for (int i = 0; i < n.outputs; i++) any_out |= (dout[i] = w->gradient[n.out[i]]) != NULL;
    for (int i = 0; i < n.inputs; i++) any_in |= need[i] = w->needed[n.in[i]];
    if (!any_out || !any_in || !op_has_gradient(n.op)) return MICA_OK;
    for (int i = 0; i < n.inputs; i++) in[i] = w->source->handle(w->source->user, n.in[i]);
    for (int i = 0; i < n.outputs; i++) out[i] = w->source->handle(w->source->user, n.out[i]);
    gradient_frame f = {n.op, n.attrs, n.inputs, n.outputs, in,           out,
                        dout, din,     need,     n.bodies,  graph_replay, gradients_in_trace};
    if (n.op->gradient) n.op->gradient(&f);
    else TRY(gradient_of_parts(&f, err));
    for (int i = 0; i < n.inputs; i++) {
        if (!din[i] || !need[i]) continue;
        if (din[i]->kind == TENSOR_POISON) {
            mica_context *ctx = w->source->graph->ctx;
            return fail(err, ctx->error.code ? ctx->error.code : MICA_INTERNAL,
                        "gradient of %s: %s", n.op->name, ctx->error.message);
        }
        add_to(w, n.in[i], din[i]);
    }
    return MICA_OK;
}

mica_status gradients_from(const gradient_source *s, const int *targets, mica_tensor *const *seeds,
                           int target_count, const int *sources, int count, mica_tensor **gradients,
                           mica_error *err) {
    mica_status status = MICA_OK;
    walk w = {.source = s, .value_count = s->graph->value_count};
    w.gradient = allocate(w.value_count, sizeof *w.gradient);
    w.needed = allocate(w.value_count, sizeof *w.needed);
    if (!w.gradient || !w.needed) status = fail_memory(err, w.value_count, "gradients");
    if (status == MICA_OK) {
        mark_needed(&w, sources, count);
        for (int i = 0; i < target_count; i++) add_to(&w, targets[i], seeds[i]);
    }
    for (size_t at = s->node_count; at-- > 0 && status == MICA_OK;) status = step_back(&w, at, err);
    for (int i = 0; i < count && status == MICA_OK; i++) gradients[i] = w.gradient[sources[i]];
    free(w.gradient);
    free(w.needed);
    return status;
}

mica_status gradients_of(const gradient_source *s, int target, mica_tensor *seed,
                         const int *sources, int count, mica_tensor **gradients, mica_error *err) {
    if (!seed) seed = mica_fill_like(s->handle(s->user, target), 1);
    return gradients_from(s, &target, &seed, 1, sources, count, gradients, err);
}

mica_status graph_gradients(graph *g, mica_tensor *target, mica_tensor *const *sources, int count,
                            mica_tensor **gradients, mica_error *err) {
    gradient_source s = {g, symbol_of, g, g->node_count};
    int *values = allocate((size_t)count, sizeof *values);
    if (!values) return fail_memory(err, (size_t)count, "gradients");
    mica_status status = MICA_OK;
    for (int i = 0; i < count && status == MICA_OK; i++)
        if ((values[i] = graph_value_of(g, sources[i])) < 0)
            status = fail(err, MICA_STATE, "gradient: source %d is not of this trace", i);
    int to = graph_value_of(g, target);
    if (status == MICA_OK && to < 0)
        status = fail(err, MICA_STATE, "gradient: the target is not of this trace");
    if (status == MICA_OK) status = gradients_of(&s, to, NULL, values, count, gradients, err);
    free(values);
    return status;
}
