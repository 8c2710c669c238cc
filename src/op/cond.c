/* cond: the outputs of one of two bodies. Traced, both become graphs and the one that is chosen is
 * run; eager, the one that is chosen is called.
 * Gradient: a choice between the bodies' gradients; zeros for what only the other one uses.
 * Source: keras.ops.cond; ONNX If. */
#include "op/cond.h"

#include "mica/array.h"
#include "mica/math.h"

/* The inputs of the node that body number `body` gets. */
static void captured_range(const cond_attrs *a, int inputs, int body, int *from, int *to) {
    *from = body ? 1 + (int)a->captured : 1;
    *to = body ? inputs : 1 + (int)a->captured;
}

static mica_status cond_operands(shape_frame *f, int body, operand *in) {
    int from, to;
    captured_range(f->attrs, f->inputs, body, &from, &to);
    for (int i = from; i < to; i++) in[i - from] = (operand){f->in[i].dtype, f->in[i].shape, NULL};
    return MICA_OK;
}

/* Extents that only one of them knows, or on which they differ, are not known. */
static shape common_shape(const shape *a, const shape *b) {
    shape s = *a;
    for (int i = 0; i < s.rank; i++)
        if (s.dims[i] != b->dims[i]) s.dims[i] = -1;
    return s;
}

static mica_status cond_shape(shape_frame *f) {
    const cond_attrs *a = f->attrs;
    const operand *yes = f->body_out[0], *no = f->body_out[1];
    TRY(predicate_check("cond", &f->in[0], f->err));
    f->outputs = (int)a->outputs;
    for (int i = 0; i < f->outputs; i++) {
        char first[128], second[128];
        shape_format(&yes[i].shape, first), shape_format(&no[i].shape, second);
        if (!operands_agree(&yes[i], &no[i]))
            return shape_fail(f, "output %d is %s %s where true, %s %s where false", i,
                              mica_dtype_name(yes[i].dtype), first, mica_dtype_name(no[i].dtype),
                              second);
        f->out[i] = (operand){yes[i].dtype, common_shape(&yes[i].shape, &no[i].shape), NULL};
    }
    return MICA_OK;
}

void emit_cond(mica_tensor *predicate, mica_body if_true, mica_body if_false, void *user,
               int outputs, mica_tensor **out) {
    mica_context *ctx = predicate->ctx;
    mica_tensor *in[2 * MAX_INPUTS + 1] = {predicate};
    body_trace yes = {.what = "cond", .function = if_true, .user = user, .outputs = outputs};
    body_trace no = {.what = "cond", .function = if_false, .user = user, .outputs = outputs};
    yes.captured = in + 1;
    bool done = body_trace_into(ctx, &yes);
    no.captured = in + 1 + yes.captures;
    done = done && body_trace_into(ctx, &no);
    cond_attrs a = {yes.captures, outputs};
    int inputs = 1 + yes.captures + no.captures;
    if (done && inputs > MAX_INPUTS) {
        context_fail(ctx, MICA_UNSUPPORTED, "cond: its bodies use %d tensors, expected at most %d",
                     inputs - 1, MAX_INPUTS - 1);
        done = false;
    }
    op_call c = {&op_cond, &a, (struct graph *[]){yes.graph, no.graph}, inputs, outputs, in, out};
    if (done) emit_call(ctx, &c);
    else all_poison(ctx, outputs, out);
    if (yes.graph) yes.release(yes.graph);
    if (no.graph) no.release(no.graph);
}

/* ---- the gradient ---- */

typedef struct backward {
    gradient_frame *g;
    bool along[MAX_INPUTS]; /* by input: a gradient comes out for it */
} backward;

static void branch_back(const backward *b, int body, mica_context *ctx, mica_tensor **out) {
    const gradient_frame *g = b->g;
    mica_tensor *input[MAX_INPUTS], *made[MAX_OUTPUTS], *seed[MAX_OUTPUTS], *source[MAX_INPUTS];
    mica_tensor *gradient[MAX_INPUTS];
    int from, to, targets = 0, sources = 0;
    captured_range(g->attrs, g->inputs, body, &from, &to);
    for (int i = from; i < to; i++) {
        input[i - from] = mica_identity(g->in[i]);
        if (b->along[i]) source[sources++] = input[i - from];
    }
    g->replay(g->bodies[body], input, made);
    for (int i = 0; i < g->outputs; i++) {
        if (!g->dout[i]) continue;
        made[targets] = made[i];
        seed[targets++] = g->dout[i];
    }
    bool done = !any_poison(targets, made) &&
                g->gradients(ctx, targets, made, seed, sources, source, gradient);
    for (int i = 1, next = 0; i < g->inputs; i++) {
        if (!b->along[i]) continue;
        mica_tensor *found = i >= from && i < to && done ? gradient[next++] : NULL;
        if (!done) *out++ = tensor_poison(ctx);
        else *out++ = found ? found : mica_zeros_like(g->in[i]);
    }
}

static void true_back(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out) {
    (void)in;
    branch_back(user, 0, ctx, out);
}

static void false_back(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out) {
    (void)in;
    branch_back(user, 1, ctx, out);
}

static void cond_gradient(gradient_frame *g) {
    backward b = {.g = g};
    mica_tensor *out[MAX_OUTPUTS];
    int count = 0, next = 0;
    for (int i = 1; i < g->inputs; i++)
        count += b.along[i] = g->need[i] && dtype_is_float(g->in[i]->dtype);
    emit_cond(g->in[0], true_back, false_back, &b, count, out);
    for (int i = 1; i < g->inputs; i++)
        if (b.along[i]) g->din[i] = out[next++];
}

static const field cond_fields[] = {
    INTEGER(cond_attrs, captured, .help = "inputs of the body for true"),
    INTEGER(cond_attrs, outputs, .help = "of either body"),
    END_OF_FIELDS,
};

static bool no_samples(int number, sample *s) { return (void)number, (void)s, false; }

const op op_cond = {
    .name = "cond",
    .inputs = VARIADIC,
    .outputs = VARIADIC,
    .traits = PURE,
    .fields = cond_fields,
    .attrs_size = sizeof(cond_attrs),
    .bodies = 2,
    .body_operands = cond_operands,
    .shape = cond_shape,
    .gradient = cond_gradient,
    .samples = no_samples,
};

static bool run_cond(mica_tensor *predicate, mica_body if_true, mica_body if_false, void *user,
                     int outputs, mica_tensor **out) {
    mica_context *ctx = predicate->ctx;
    mica_error err = {0};
    operand p = tensor_operand(predicate);
    if (predicate_check("cond", &p, &err) != MICA_OK) return context_fail_with(ctx, &err), false;
    mica_body chosen = mica_tensor_item(predicate) != 0 ? if_true : if_false;
    return body_run(ctx, "cond", chosen, user, NULL, outputs, out);
}

void mica_cond(mica_tensor *predicate, mica_body if_true, mica_body if_false, void *user,
               int outputs, mica_tensor **out) {
    if (!predicate || LACKS(predicate->ctx, out, "out")) return;
    mica_context *ctx = predicate->ctx;
    bool fits = outputs >= 1 && outputs <= MAX_OUTPUTS;
    if (!fits)
        context_fail(ctx, MICA_VALUE, "cond: %d outputs, expected 1 to %d", outputs, MAX_OUTPUTS);
    else if (predicate->kind == TENSOR_POISON) all_poison(ctx, outputs, out);
    else if (emitter_tracing(emitter_of(ctx)))
        emit_cond(predicate, if_true, if_false, user, outputs, out);
    else if (!run_cond(predicate, if_true, if_false, user, outputs, out))
        all_poison(ctx, outputs, out);
}
