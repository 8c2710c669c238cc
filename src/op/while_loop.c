/* while_loop: carries c; c = body(c) while condition(c), for at most so many steps.
 * Gradient, where that number is given: that of a scan of so many steps, each a choice between the
 * body and what is there already. Source: keras.ops.while_loop; ONNX Loop. */
#include "op/while_loop.h"

#include "mica/array.h"
#include "mica/math.h"
#include "op/cond.h"
#include "op/scan.h"

/* The number of the node's input that is input i of a body. */
static int body_input(const while_attrs *a, int body, int i) {
    return body && i >= a->carries ? i + (int)a->captured : i;
}

static int body_inputs(const while_attrs *a, int inputs, int body) {
    return body ? inputs - (int)a->captured : (int)(a->carries + a->captured);
}

static mica_status while_operands(shape_frame *f, int body, operand *in) {
    for (int i = 0, n = body_inputs(f->attrs, f->inputs, body); i < n; i++) {
        const operand *o = &f->in[body_input(f->attrs, body, i)];
        in[i] = (operand){o->dtype, o->shape, NULL};
    }
    return MICA_OK;
}

static mica_status while_shape(shape_frame *f) {
    f->outputs = (int)((const while_attrs *)f->attrs)->carries;
    TRY(predicate_check("while_loop", &f->body_out[0][0], f->err));
    for (int i = 0; i < f->outputs; i++) {
        TRY(carry_check("while_loop", i, &f->in[i], &f->body_out[1][i], f->err));
        f->out[i] = (operand){f->in[i].dtype, f->in[i].shape, NULL};
    }
    return MICA_OK;
}

static void emit_while(mica_context *ctx, mica_body condition, mica_body body, void *user,
                       while_attrs a, mica_tensor *const *in, mica_tensor **out) {
    mica_tensor *all[3 * MAX_INPUTS];
    operand info[MAX_INPUTS];
    int carries = (int)a.carries;
    for (int i = 0; i < carries; i++) info[i] = tensor_operand(all[i] = in[i]);
    body_trace asked = {.what = "while_loop",
                        .function = condition,
                        .user = user,
                        .inputs = carries,
                        .outputs = 1,
                        .in = info};
    body_trace step = asked;
    step.function = body;
    step.outputs = carries;
    asked.captured = all + carries;
    bool done = body_trace_into(ctx, &asked);
    step.captured = asked.captured + asked.captures;
    done = done && body_trace_into(ctx, &step);
    a.captured = asked.captures;
    int inputs = carries + asked.captures + step.captures;
    if (done && inputs > MAX_INPUTS) {
        context_fail(ctx, MICA_UNSUPPORTED,
                     "while_loop: %d carries and captured tensors, expected "
                     "at most %d",
                     inputs, MAX_INPUTS);
        done = false;
    }
    op_call c = {
        &op_while_loop, &a, (struct graph *[]){asked.graph, step.graph}, inputs, carries, all, out};
    if (done) emit_call(ctx, &c);
    else all_poison(ctx, carries, out);
    if (asked.graph) asked.release(asked.graph);
    if (step.graph) step.release(step.graph);
}

/* ---- the gradient ---- */

static bool wanted(const gradient_frame *g, int i) {
    return g->need[i] && dtype_is_float(g->in[i]->dtype);
}

typedef struct unrolled {
    gradient_frame *g;
    mica_tensor *input[MAX_INPUTS]; /* the node's, each a value of its own */
    mica_tensor *const *carry;      /* of the step that is being traced */
} unrolled;

static void replay(const unrolled *u, int body, mica_tensor **out) {
    const while_attrs *a = u->g->attrs;
    mica_tensor *in[MAX_INPUTS];
    for (int i = 0, n = body_inputs(a, u->g->inputs, body); i < n; i++)
        in[i] = i < a->carries ? u->carry[i] : u->input[body_input(a, body, i)];
    u->g->replay(u->g->bodies[body], in, out);
}

static void next_carries(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out) {
    (void)ctx, (void)in;
    replay(user, 1, out);
}

static void same_carries(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out) {
    const unrolled *u = user;
    (void)ctx, (void)in;
    for (int i = 0; i < u->g->outputs; i++) out[i] = u->carry[i];
}

static void masked_step(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out) {
    unrolled *u = user;
    mica_tensor *holds;
    (void)ctx;
    u->carry = in;
    replay(u, 0, &holds);
    mica_cond(holds, next_carries, same_carries, u, u->g->outputs, out);
}

/* The loop as a scan, and its gradients: in a body, so that tapes outside see one node. */
static void whole_back(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out) {
    unrolled *u = user;
    const gradient_frame *g = u->g;
    const while_attrs *a = g->attrs;
    mica_tensor *made[MAX_OUTPUTS], *seed[MAX_OUTPUTS], *source[MAX_INPUTS];
    int targets = 0, sources = 0;
    (void)in;
    for (int i = 0; i < g->inputs; i++) {
        u->input[i] = mica_identity(g->in[i]);
        if (wanted(g, i)) source[sources++] = u->input[i];
    }
    emit_scan(ctx, (scan_attrs){.carries = a->carries, .length = a->most}, masked_step, u, u->input,
              made);
    for (int i = 0; i < g->outputs; i++) {
        if (!g->dout[i]) continue;
        made[targets] = made[i];
        seed[targets++] = g->dout[i];
    }
    bool done = !any_poison(targets, made) &&
                g->gradients(ctx, targets, made, seed, sources, source, out);
    if (!done) all_poison(ctx, sources, out);
    for (int i = 0; i < sources && done; i++)
        if (!out[i]) out[i] = mica_zeros_like(source[i]);
}

static void while_gradient(gradient_frame *g) {
    unrolled u = {.g = g};
    mica_tensor *out[MAX_INPUTS];
    mica_context *ctx = g->in[0]->ctx;
    int count = 0, next = 0;
    for (int i = 0; i < g->inputs; i++) count += wanted(g, i);
    if (((const while_attrs *)g->attrs)->most < 0) {
        context_fail(ctx, MICA_UNSUPPORTED,
                     "while_loop: its gradient needs maximum_iterations, which is not given");
        all_poison(ctx, count, out);
    } else {
        emit_scan(ctx, (scan_attrs){.summed = count, .length = 1}, whole_back, &u, NULL, out);
    }
    for (int i = 0; i < g->inputs; i++)
        if (wanted(g, i)) g->din[i] = out[next++];
}

/* ---- eager ---- */

static bool run_while(mica_context *ctx, mica_body condition, mica_body body, void *user,
                      const while_attrs *a, mica_tensor *const *in, mica_tensor **out) {
    int carries = (int)a->carries;
    mica_tensor *carry[MAX_INPUTS], *next[MAX_INPUTS], *holds;
    mica_error err = {0};
    bool done = true, again = true;
    for (int i = 0; i < carries; i++) carry[i] = in[i];
    for (int64_t t = 0; done && again && t != a->most; t++) {
        mica_scope *scope = mica_scope_open(ctx);
        done = scope && body_run(ctx, "while_loop", condition, user, carry, 1, &holds);
        operand asked = done ? tensor_operand(holds) : (operand){.dtype = MICA_BOOL};
        done = done && predicate_check("while_loop", &asked, &err) == MICA_OK;
        again = done && mica_tensor_item(holds) != 0;
        if (again) done = body_run(ctx, "while_loop", body, user, carry, carries, next);
        for (int i = 0; i < carries && done && again; i++) {
            operand began = tensor_operand(in[i]), became = tensor_operand(next[i]);
            done = carry_check("while_loop", i, &began, &became, &err) == MICA_OK;
            carry[i] = next[i];
        }
        if (err.code) context_fail_with(ctx, &err);
        if (scope) close_step(&scope, done && again ? carries : 0, next);
    }
    for (int i = 0; i < carries && done; i++) out[i] = carry[i];
    return done;
}

static const field while_fields[] = {
    INTEGER(while_attrs, carries, .help = "from step to step"),
    INTEGER(while_attrs, captured, .help = "by the condition"),
    INTEGER(while_attrs, most, .help = "steps; -1: any number"),
    END_OF_FIELDS,
};

static bool no_samples(int number, sample *s) { return (void)number, (void)s, false; }

const op op_while_loop = {
    .name = "while_loop",
    .inputs = VARIADIC,
    .outputs = VARIADIC,
    .traits = PURE,
    .fields = while_fields,
    .attrs_size = sizeof(while_attrs),
    .bodies = 2,
    .body_operands = while_operands,
    .shape = while_shape,
    .gradient = while_gradient,
    .samples = no_samples,
};

mica_while_loop_options mica_while_loop_defaults(void) {
    return (mica_while_loop_options){.size = sizeof(mica_while_loop_options)};
}

void mica_while_loop(mica_body condition, mica_body body, void *user,
                     const mica_while_loop_options *options, mica_tensor *const *in,
                     mica_tensor **out) {
    if (!in || !in[0] || LACKS(in[0]->ctx, out, "out")) return;
    mica_while_loop_options o = mica_while_loop_defaults();
    mica_error err = {0};
    if (options_take(&o, sizeof o, options, "while_loop", &err) != MICA_OK)
        context_fail_with(in[0]->ctx, &err);
    mica_context *ctx = in[0]->ctx;
    const while_attrs a = {.carries = o.carries,
                           .most = o.maximum_iterations ? o.maximum_iterations : -1};
    if (o.carries < 1 || o.carries > MAX_INPUTS || o.maximum_iterations < 0)
        context_fail(ctx, MICA_VALUE,
                     "while_loop: %d carries, at most %lld steps, expected 1 to %d carries and no "
                     "negative number",
                     o.carries, (long long)o.maximum_iterations, MAX_INPUTS);
    else if (LACKS_EACH(ctx, in, o.carries, "in") || any_poison(o.carries, in))
        all_poison(ctx, o.carries, out);
    else if (emitter_tracing(emitter_of(ctx))) emit_while(ctx, condition, body, user, a, in, out);
    else if (!run_while(ctx, condition, body, user, &a, in, out)) all_poison(ctx, o.carries, out);
}
