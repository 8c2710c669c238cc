/* Compiled functions: see mica/function.h. One trace for each set of dtypes and shapes (those that
 * the options leave open count as one), each with its plans (plan/function.h). */
#include "mica/function.h"

#include "plan/function.h"
#include "tensor/store.h"

#include <stdlib.h>
#include <string.h>

#define MOST_TRACES 32

typedef struct trace {
    function *compiled;
    operand in[MAX_INPUTS];
    operand out[MAX_OUTPUTS]; /* as traced: extents may be unknown */
    uint64_t used;            /* when: the least recently used one goes */
    mica_tensor **variables;  /* that it reads and changes: held */
    size_t variable_count, variable_room;
} trace;

struct mica_function {
    mica_context *ctx;
    mica_body body;
    void *user;
    int inputs, outputs, traced;
    bool failed;
    shape *patterns;      /* by input; NULL: as the call has them */
    mica_tensor *counter; /* a variable: of random ops, the context's while the function runs */
    trace *traces[MOST_TRACES];
    int count;
    uint64_t clock;
    mica_function *next; /* in the context */
};

/* ---- made and freed ---- */

static void trace_free(trace *t) {
    if (!t) return;
    function_free(t->compiled);
    for (size_t i = 0; i < t->variable_count; i++) variable_drop(&t->variables[i]);
    free(t->variables);
    free(t);
}

static void release(mica_function *f) {
    for (int i = 0; i < f->count; i++) trace_free(f->traces[i]);
    if (f->counter) mica_tensor_destroy(&f->counter);
    free(f->patterns);
    free(f);
}

static void destroy_all(void *first) {
    for (mica_function *f = first, *next; f; f = next) {
        next = f->next;
        release(f);
    }
}

static mica_function **first_function(mica_context *ctx) {
    ctx->slots[SLOT_FUNCTIONS].destroy = destroy_all;
    return (mica_function **)&ctx->slots[SLOT_FUNCTIONS].data;
}

void mica_function_destroy(mica_function **f) {
    mica_function *gone = f ? *f : NULL;
    if (f) *f = NULL;
    if (!gone) return;
    mica_function **at = first_function(gone->ctx);
    while (*at && *at != gone) at = &(*at)->next;
    if (*at) *at = gone->next;
    release(gone);
}

static bool complete(mica_function *f, const mica_function_options *o) {
    if (f->inputs < 0 || f->inputs > MAX_INPUTS || f->outputs < 0 || f->outputs > MAX_OUTPUTS) {
        context_fail(f->ctx, MICA_VALUE, "function: %d inputs and %d outputs, expected 0 to %d",
                     f->inputs, f->outputs, MAX_INPUTS);
        return false;
    }
    mica_tensor *zero = mica_scalar(f->ctx, MICA_INT64, 0);
    mica_tensor *counter = mica_variable(zero, "random_counter");
    mica_tensor_destroy(&zero);
    if (counter->kind == TENSOR_POISON) return false;
    f->counter = counter;
    counter->variable->frozen = true;
    if (!o->shapes) return true;
    f->patterns = allocate((size_t)f->inputs, sizeof *f->patterns);
    if (!f->patterns) context_fail(f->ctx, MICA_MEMORY, "function: no memory");
    else memcpy(f->patterns, o->shapes, sizeof *f->patterns * (size_t)f->inputs);
    return f->patterns != NULL;
}

mica_function_options mica_function_defaults(void) {
    return (mica_function_options){.size = sizeof(mica_function_options)};
}

mica_function *mica_function_new(mica_context *ctx, mica_body body, void *user, int inputs,
                                 int outputs, const mica_function_options *options) {
    if (!ctx) return NULL;
    mica_function *f = allocate(1, sizeof *f);
    if (!f) return context_fail(ctx, MICA_MEMORY, "function: no memory"), NULL;
    mica_function **first = first_function(ctx);
    *f = (mica_function){.ctx = ctx, .body = body, .user = user, .next = *first};
    f->inputs = inputs, f->outputs = outputs;
    *first = f;
    mica_function_options o = mica_function_defaults();
    mica_error err = {0};
    if (options_take(&o, sizeof o, options, "function", &err) != MICA_OK)
        context_fail_with(ctx, &err);
    f->failed = LACKS(ctx, body, "body") || err.code != MICA_OK || !complete(f, &o);
    return f;
}

int mica_function_traces(const mica_function *f) { return f ? f->traced : 0; }

/* ---- tracing ---- */

/* Calls the body; its outputs become those of the graph. */
static mica_status call_body(mica_function *f, tracer *t, trace *made, mica_error *err) {
    graph *g = tracer_graph(t);
    mica_tensor *in[MAX_INPUTS], *out[MAX_OUTPUTS] = {NULL};
    tracer_count(t, f->counter);
    for (int i = 0; i < f->inputs; i++)
        in[i] = graph_symbol(g, graph_input(g, made->in[i].dtype, &made->in[i].shape));
    f->body(f->user, f->ctx, in, out);
    TRY(mica_check(f->ctx, err));
    if (emitter_of(f->ctx) != (emitter *)t)
        return fail(err, MICA_STATE, "function: its body left a tape open");
    for (int i = 0; i < f->outputs; i++) {
        if (!out[i]) return fail(err, MICA_VALUE, "function: its body left output %d unset", i);
        int value = tracer_value(t, out[i]);
        if (value < 0)
            return fail(err, MICA_STATE, "function: output %d is traced in another graph", i);
        made->out[i] = tensor_operand(out[i]);
        TRY(graph_output(g, value, err));
    }
    return MICA_OK;
}

/* They outlive their handles and layers for as long as the function can be called. */
static mica_status hold_variables(trace *made, const graph *g, mica_error *err) {
    for (size_t i = 0; i < g->value_count; i++) {
        mica_tensor *v = g->values[i].variable;
        if (!v) continue;
        if (!grow(&made->variables, &made->variable_room, made->variable_count + 1, sizeof v))
            return fail_no_memory(err, "function");
        variable_hold(made->variables[made->variable_count++] = v);
    }
    return MICA_OK;
}

static mica_status trace_body(mica_function *f, trace *made, mica_error *err) {
    graph *g = graph_new(f->ctx);
    tracer *t = g ? tracer_open(g) : NULL;
    mica_status status = t ? call_body(f, t, made, err) : fail_memory(err, sizeof *g, "function");
    tracer_close(&t);
    if (status == MICA_OK) status = hold_variables(made, g, err);
    if (status == MICA_OK) return function_new(g, NULL, &made->compiled, err);
    graph_free(g);
    return status;
}

/* The trace for these operands: its pattern where there is one. */
static mica_status pattern_of(const mica_function *f, int i, const mica_tensor *in, operand *out,
                              mica_error *err) {
    char want[128], got[128];
    *out = tensor_operand(in);
    if (!f->patterns) return MICA_OK;
    if (!shape_fits(&f->patterns[i], &in->shape)) {
        shape_format(&f->patterns[i], want), shape_format(&in->shape, got);
        return fail(err, MICA_SHAPE, "function: input %d has shape %s, expected %s", i, got, want);
    }
    out->shape = f->patterns[i];
    return MICA_OK;
}

static trace *find(mica_function *f, const operand *in) {
    for (int k = 0; k < f->count; k++) {
        trace *t = f->traces[k];
        bool same = true;
        for (int i = 0; i < f->inputs && same; i++)
            same = t->in[i].dtype == in[i].dtype && shape_equal(&t->in[i].shape, &in[i].shape);
        if (same) return t;
    }
    return NULL;
}

/* A free place, or that of the trace that was not used for longest. */
static trace **vacate(mica_function *f) {
    trace **oldest = &f->traces[0];
    if (f->count < MOST_TRACES) return &f->traces[f->count++];
    for (int i = 1; i < f->count; i++)
        if (f->traces[i]->used < (*oldest)->used) oldest = &f->traces[i];
    trace_free(*oldest);
    return oldest;
}

static mica_status trace_of(mica_function *f, mica_tensor *const *in, trace **out,
                            mica_error *err) {
    operand wanted[MAX_INPUTS];
    for (int i = 0; i < f->inputs; i++) TRY(pattern_of(f, i, in[i], &wanted[i], err));
    trace *t = find(f, wanted);
    if (!t) {
        if (!(t = allocate(1, sizeof *t))) return fail_memory(err, sizeof *t, "function");
        memcpy(t->in, wanted, sizeof *wanted * (size_t)f->inputs);
        mica_status status = trace_body(f, t, err);
        if (status != MICA_OK) {
            trace_free(t);
            return status;
        }
        f->traced++;
        *vacate(f) = t;
    }
    t->used = ++f->clock;
    *out = t;
    return MICA_OK;
}

/* ---- a call ---- */

/* What a run needs; the inputs' buffers are held, so that a variable among them that the function
 * assigns keeps its old value for the reader. */
typedef struct running {
    trace *trace;
    const plan *plan;
    shape shapes[MAX_INPUTS];
    buffer *held[MAX_INPUTS];
    const void *in[MAX_INPUTS];
    void *out[MAX_OUTPUTS];
} running;

static mica_status prepare(mica_function *f, mica_tensor *const *in, running *r, mica_error *err) {
    if (f->failed) return fail(err, MICA_STATE, "function: it was not made");
    for (int i = 0; i < f->inputs; i++)
        if (in[i]->kind == TENSOR_SYMBOLIC)
            return fail(err, MICA_STATE, "function: input %d is traced, and its trace is closed",
                        i);
    TRY(trace_of(f, in, &r->trace, err));
    for (int i = 0; i < f->inputs; i++) r->shapes[i] = in[i]->shape;
    return function_plan(r->trace->compiled, r->shapes, &r->plan, err);
}

static mica_status hold_inputs(mica_function *f, mica_tensor *const *in, running *r,
                               mica_error *err) {
    for (int i = 0; i < f->inputs; i++) {
        mica_tensor *t = in[i];
        if (!tensor_contiguous(t)) { /* the open scope owns the copy */
            t = tensor_alloc(f->ctx, in[i]->dtype, &in[i]->shape);
            if (t->kind == TENSOR_POISON) return mica_check(f->ctx, err);
            tensor_copy_out(in[i], t->dtype, tensor_bytes(t));
        }
        r->held[i] = buffer_share(t->buffer);
        r->in[i] = tensor_bytes(t);
    }
    return MICA_OK;
}

/* The context's counter of random ops goes with the function's. */
static mica_status run(mica_function *f, mica_tensor *const *in, running *r, mica_error *err) {
    mica_status status = hold_inputs(f, in, r, err);
    if (status == MICA_OK) status = variable_own(f->counter, err);
    int64_t *counter = tensor_bytes(f->counter);
    *counter = (int64_t)f->ctx->random_counter;
    if (status == MICA_OK) status = function_run(r->trace->compiled, r->shapes, r->in, r->out, err);
    if (status == MICA_OK) f->ctx->random_counter = *(const uint64_t *)tensor_bytes(f->counter);
    for (int i = 0; i < f->inputs; i++) buffer_drop(r->held[i]);
    return status;
}

/* Under a tape, or in a trace, other emitters stand before the one that runs. */
static bool alone(const mica_context *ctx) {
    return !((const emitter *)ctx->slots[SLOT_EMITTER].data)->outer;
}

static mica_status run_new(mica_function *f, mica_tensor *const *in, mica_tensor **out,
                           mica_error *err) {
    running r = {0};
    TRY(prepare(f, in, &r, err));
    for (int i = 0; i < f->outputs; i++) {
        operand o = plan_output(r.plan, i);
        out[i] = tensor_alloc(f->ctx, o.dtype, &o.shape);
        if (out[i]->kind == TENSOR_POISON) return mica_check(f->ctx, err);
        r.out[i] = tensor_bytes(out[i]);
    }
    TRY(run(f, in, &r, err));
    for (int i = 0; i < f->outputs; i++)
        if (!tensor_own_texts(out[i])) return fail_no_memory(err, "function");
    return MICA_OK;
}

static bool call_here(mica_function *f, mica_tensor *const *in, mica_tensor **out) {
    for (int i = 0; i < f->outputs; i++) out[i] = NULL;
    f->body(f->user, f->ctx, in, out);
    for (int i = 0; i < f->outputs; i++) {
        if (out[i]) continue;
        context_fail(f->ctx, MICA_VALUE, "function: its body left output %d unset", i);
        return false;
    }
    return true;
}

void mica_function_call(mica_function *f, mica_tensor *const *in, mica_tensor **out) {
    if (!f || (f->outputs > 0 && LACKS(f->ctx, out, "out"))) return;
    mica_error err = {0};
    bool done = !f->failed && !LACKS_EACH(f->ctx, in, f->inputs, "in");
    for (int i = 0; i < f->inputs && done; i++) done = in[i]->kind != TENSOR_POISON;
    if (done && !alone(f->ctx)) {
        done = call_here(f, in, out);
    } else if (done && f->ctx->error.code == MICA_OK) {
        done = run_new(f, in, out, &err) == MICA_OK;
        if (!done) context_fail_with(f->ctx, &err);
    }
    for (int i = 0; i < f->outputs && !done; i++) out[i] = tensor_poison(f->ctx);
}

/* Whether a run that writes `t` would write what it reads from `other`, or writes there too. Bytes
 * are compared, not buffers: those of callers (mica_tensor_over) may be one memory twice. */
static bool overlaps(const mica_tensor *t, const mica_tensor *other) {
    const char *begin = tensor_bytes(t), *data = other->buffer->data;
    size_t bytes = (size_t)shape_size(&t->shape) * mica_dtype_size(t->dtype);
    return begin < data + other->buffer->bytes && data < begin + bytes;
}

static mica_status check_apart(const mica_function *f, int i, mica_tensor *const *in,
                               mica_tensor *const *out, mica_error *err) {
    for (int k = 0; k < f->inputs; k++)
        if (overlaps(out[i], in[k]))
            return fail(err, MICA_STATE, "function: out %d shares its bytes with input %d", i, k);
    for (int k = 0; k < i; k++)
        if (overlaps(out[i], out[k]))
            return fail(err, MICA_STATE, "function: out %d shares its bytes with out %d", i, k);
    return MICA_OK;
}

static mica_status check_output(const plan *p, int i, const mica_tensor *t, mica_error *err) {
    char want[128], got[128];
    operand o = plan_output(p, i);
    if (t->kind != TENSOR_CONCRETE || !tensor_contiguous(t))
        return fail(err, MICA_STATE, "function: out %d is no contiguous concrete tensor", i);
    if (__atomic_load_n(&t->buffer->refs, __ATOMIC_ACQUIRE) != 1)
        return fail(err, MICA_STATE, "function: out %d shares its bytes with another tensor", i);
    if (t->dtype == o.dtype && shape_equal(&t->shape, &o.shape)) return MICA_OK;
    shape_format(&o.shape, want), shape_format(&t->shape, got);
    return fail(err, t->dtype == o.dtype ? MICA_SHAPE : MICA_TYPE,
                "function: out %d is %s %s, expected %s %s", i, mica_dtype_name(t->dtype), got,
                mica_dtype_name(o.dtype), want);
}

mica_status mica_function_run(mica_function *f, mica_tensor *const *in, mica_tensor *const *out,
                              mica_error *err) {
    REQUIRE(f, "function");
    if (f->failed) return fail(err, MICA_STATE, "function: it was not made");
    if (f->inputs) REQUIRE(in, "in");
    if (f->outputs) REQUIRE(out, "out");
    REQUIRE_EACH(in, f->inputs, "in");
    REQUIRE_EACH(out, f->outputs, "out");
    running r = {0};
    for (int i = 0; i < f->inputs; i++)
        if (in[i]->kind == TENSOR_POISON) return mica_check(f->ctx, err);
    if (!alone(f->ctx))
        return fail(err, MICA_STATE,
                    "function: run under a tape or in a trace; use "
                    "mica_function_call there");
    TRY(prepare(f, in, &r, err));
    for (int i = 0; i < f->outputs; i++) {
        TRY(check_output(r.plan, i, out[i], err));
        TRY(check_apart(f, i, in, out, err));
        r.out[i] = tensor_bytes(out[i]);
    }
    return run(f, in, &r, err);
}
