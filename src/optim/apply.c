/* A step outside of plans, and the end of training. The step is compiled once: gradients in, the
 * variables updated in place. */
#include "optim/optimizer.h"

#include "part/quiet.h"
#include "plan/function.h"

#include <stdlib.h>

/* The compiled step, for gradients of which the same ones are there. */
typedef struct compiled_step {
    function *function;
    int inputs;
    shape *shapes;      /* by input */
    const void **bytes; /* by input, for one call */
    bool *present;      /* by parameter: it has a gradient */
} compiled_step;

static void step_free(void *data) {
    compiled_step *s = data;
    if (!s) return;
    function_free(s->function);
    free(s->shapes);
    free(s->bytes);
    free(s->present);
    free(s);
}

static mica_status update_pairs(graph *g, mica_tensor **pairs, int count, mica_error *err) {
    TRY(mica_check(g->ctx, err));
    for (int i = 0; i < count; i++)
        TRY(graph_update(g, graph_value_of(g, pairs[2 * i]), graph_value_of(g, pairs[2 * i + 1]),
                         err));
    return MICA_OK;
}

/* What optimizer_emit fills; NULL without memory. */
static mica_tensor **room_for_pairs(const mica_optimizer *o) {
    size_t pairs = OPTIMIZER_SCALARS + (size_t)o->count * (size_t)(1 + o->slots_each);
    return allocate(2 * pairs, sizeof(mica_tensor *));
}

/* Gradients become inputs of a graph, in which the step is traced. */
static mica_status trace(mica_optimizer *o, mica_tensor *const *gradients, compiled_step *s,
                         graph *g, mica_error *err) {
    mica_tensor **pairs = room_for_pairs(o);
    mica_tensor **symbols = allocate((size_t)o->count, sizeof(mica_tensor *));
    tracer *t = pairs && symbols ? tracer_open(g) : NULL;
    mica_status status = t ? MICA_OK : fail_memory(err, (size_t)o->count, o->kind->name);
    for (int i = 0; i < o->count && status == MICA_OK; i++) {
        if (!gradients[i]) continue;
        s->present[i] = true;
        s->shapes[s->inputs++] = gradients[i]->shape;
        symbols[i] = graph_symbol(g, graph_input(g, gradients[i]->dtype, &gradients[i]->shape));
    }
    if (status == MICA_OK) status = update_pairs(g, pairs, optimizer_emit(o, symbols, pairs), err);
    tracer_close(&t);
    free(pairs);
    free(symbols);
    return status;
}

static mica_status compile(mica_optimizer *o, mica_tensor *const *gradients, compiled_step **out,
                           mica_error *err) {
    compiled_step *s = allocate(1, sizeof *s);
    graph *g = graph_new(o->ctx);
    size_t n = (size_t)o->count;
    if (s) {
        s->shapes = allocate(n, sizeof *s->shapes);
        s->bytes = allocate(n, sizeof *s->bytes);
        s->present = allocate(n, sizeof *s->present);
    }
    bool room = s && g && s->shapes && s->bytes && s->present;
    mica_status status = room ? trace(o, gradients, s, g, err) : fail_memory(err, n, o->kind->name);
    if (status == MICA_OK) status = function_new(g, NULL, &s->function, err);
    else graph_free(g);
    if (status == MICA_OK) *out = s;
    else step_free(s);
    return status;
}

static bool fits(const compiled_step *s, const mica_optimizer *o, mica_tensor *const *gradients) {
    for (int i = 0; i < o->count; i++)
        if (s->present[i] != (gradients[i] != NULL)) return false;
    return true;
}

/* Contiguous bytes of every gradient; copies belong to the open scope. */
static mica_status run(mica_optimizer *o, compiled_step *s, mica_tensor *const *gradients,
                       mica_error *err) {
    int input = 0;
    for (int i = 0; i < o->count; i++) {
        mica_tensor *g = gradients[i];
        if (!g) continue;
        if (!shape_equal(&g->shape, &o->parameters[i]->shape)) {
            char want[128], got[128];
            shape_format(&o->parameters[i]->shape, want), shape_format(&g->shape, got);
            return fail(err, MICA_SHAPE,
                        "optimizer %s: the gradient of %s has shape %s, expected %s", o->kind->name,
                        o->parameters[i]->variable->name, got, want);
        }
        if (!tensor_contiguous(g)) {
            mica_tensor *copy = tensor_alloc(o->ctx, g->dtype, &g->shape);
            if (copy->kind == TENSOR_POISON) return mica_check(o->ctx, err);
            tensor_copy_out(g, g->dtype, tensor_bytes(copy));
            g = copy;
        }
        s->bytes[input++] = tensor_bytes(g);
    }
    return function_run(s->function, s->shapes, s->bytes, NULL, err);
}

/* In a trace the step becomes a part of it. */
static mica_status trace_step(mica_optimizer *o, mica_tensor *const *gradients, mica_error *err) {
    mica_tensor **pairs = room_for_pairs(o);
    if (!pairs) return fail_memory(err, (size_t)o->count, o->kind->name);
    int count = optimizer_emit(o, gradients, pairs);
    mica_status status = mica_check(o->ctx, err);
    for (int i = 0; i < count && status == MICA_OK; i++)
        status = mica_assign(pairs[2 * i], pairs[2 * i + 1], err);
    free(pairs);
    return status;
}

static mica_status apply(mica_optimizer *o, mica_tensor *const *parameters,
                         mica_tensor *const *gradients, int count, mica_error *err) {
    emitter below;
    TRY(optimizer_build(o, parameters, count, err));
    if (emitter_tracing(emitter_of(o->ctx))) {
        quiet_begin(o->ctx, &below);
        mica_status status = trace_step(o, gradients, err);
        quiet_end(o->ctx, &below);
        return status;
    }
    for (int i = 0; i < count; i++)
        if (gradients[i] && gradients[i]->kind != TENSOR_CONCRETE &&
            gradients[i]->kind != TENSOR_VARIABLE)
            return fail(err, MICA_STATE, "optimizer %s: gradient %d is not a concrete tensor",
                        o->kind->name, i);
    compiled_step *s = o->compiled;
    if (s && !fits(s, o, gradients)) {
        step_free(s);
        o->compiled = s = NULL;
    }
    if (!s) {
        quiet_begin(o->ctx, &below);
        mica_status status = compile(o, gradients, &s, err);
        quiet_end(o->ctx, &below);
        TRY(status);
        o->compiled = s;
        o->compiled_free = step_free;
    }
    return run(o, s, gradients, err);
}

void mica_optimizer_apply(mica_optimizer *o, mica_tensor *const *parameters,
                          mica_tensor *const *gradients, int count) {
    if (!o || LACKS_EACH(o->ctx, parameters, count, "parameters") ||
        LACKS(o->ctx, gradients, "gradients"))
        return;
    mica_error err = {0};
    if (o->ctx->error.code != MICA_OK) return;
    if (apply(o, parameters, gradients, count, &err) != MICA_OK) context_fail_with(o->ctx, &err);
}

mica_status optimizer_finalize(mica_optimizer *o, mica_error *err) {
    for (int i = 0; i < o->count && o->options->use_ema; i++)
        TRY(mica_assign(o->parameters[i], o->slots[i * o->slots_each + o->kind_slots], err));
    return MICA_OK;
}
