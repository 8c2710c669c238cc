/* scan: carries c and sequences x over T steps, c_{t+1}, y_t = body(c_t, x_t); y stacked.
 * Traced: one node that owns its body. Eager: the steps one after the other. scan_gradient.c has
 * the gradient.  Source: keras.ops.scan, jax.lax.scan; ONNX Scan. */
#include "op/scan.h"

#include "op/array.h"

#include <stdlib.h>

int64_t scan_steps(const scan_attrs *a, const operand *in) {
    int64_t steps = a->length;
    for (int64_t i = a->carries; i < a->carries + a->sequences && steps < 0; i++)
        steps = in[i].shape.dims[0];
    return steps;
}

/* The body's inputs: sequences lose their first axis. */
static mica_status scan_operands(shape_frame *f, int body, operand *in) {
    const scan_attrs *a = f->attrs;
    int64_t steps = scan_steps(a, f->in);
    (void)body;
    for (int i = 0; i < f->inputs; i++) {
        in[i] = (operand){f->in[i].dtype, f->in[i].shape, NULL};
        if (i < a->carries || i >= a->carries + a->sequences) continue;
        TRY(require_rank_between(f, i, 1, MAX_RANK));
        shape *s = &in[i].shape;
        if (s->dims[0] >= 0 && s->dims[0] != steps)
            return shape_fail(f, "sequence %d has %lld steps, expected %lld", i - (int)a->carries,
                              (long long)s->dims[0], (long long)steps);
        s->rank--;
        for (int k = 0; k < s->rank; k++) s->dims[k] = s->dims[k + 1];
    }
    return MICA_OK;
}

static shape stacked_shape(int64_t steps, const shape *one) {
    shape s = {one->rank + 1, {steps}};
    for (int k = 0; k < one->rank; k++) s.dims[k + 1] = one->dims[k];
    return s;
}

static mica_status scan_shape(shape_frame *f) {
    const scan_attrs *a = f->attrs;
    const operand *body = f->body_out[0];
    int carries = (int)a->carries, stacked = (int)a->stacked;
    int64_t steps = scan_steps(a, f->in);
    f->outputs = carries + stacked + (int)a->summed;
    if (f->body_outputs[0] != f->outputs || f->body_inputs[0] != f->inputs)
        return fail(f->err, MICA_INTERNAL, "scan: its body has %d inputs and %d outputs",
                    f->body_inputs[0], f->body_outputs[0]);
    for (int i = 0; i < f->outputs; i++) f->out[i] = (operand){body[i].dtype, body[i].shape, NULL};
    for (int i = 0; i < carries; i++) {
        TRY(carry_check("scan", i, &f->in[i], &body[i], f->err));
        f->out[i].shape = f->in[i].shape;
    }
    for (int i = carries; i < carries + stacked; i++) {
        if (body[i].shape.rank >= MAX_RANK)
            return shape_fail(f, "output %d has rank %d, expected less", i - carries, MAX_RANK);
        f->out[i].shape = stacked_shape(steps, &body[i].shape);
    }
    return MICA_OK;
}

/* ---- traced ---- */

typedef struct saving {
    mica_body step;
    void *user;
    int carries, stacked, summed;
} saving;

/* The step's outputs, and between the stacked ones and the summands the carries as it found them.
 */
static void save_carries(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out) {
    const saving *s = user;
    mica_tensor **saved = out + s->carries + s->stacked;
    s->step(s->user, ctx, in, out);
    for (int i = s->summed - 1; i >= 0; i--) saved[s->carries + i] = saved[i];
    for (int i = 0; i < s->carries; i++) saved[i] = in[i];
}

void emit_scan(mica_context *ctx, scan_attrs a, mica_body step, void *user, mica_tensor *const *in,
               mica_tensor **out) {
    mica_tensor *all[MAX_INPUTS], *captured[MAX_INPUTS], *made[MAX_OUTPUTS];
    operand info[MAX_INPUTS], body_in[MAX_INPUTS];
    mica_error err = {0};
    saving s = {step, user, (int)a.carries, (int)a.stacked, (int)a.summed};
    int inputs = (int)(a.carries + a.sequences), wanted = s.carries + s.stacked + s.summed;
    a.stacked += a.carries;
    for (int i = 0; i < inputs; i++) info[i] = tensor_operand(all[i] = in[i]);
    shape_frame f = {.op = &op_scan, .attrs = &a, .inputs = inputs, .in = info, .err = &err};
    body_trace b = {.what = "scan",
                    .function = save_carries,
                    .user = &s,
                    .inputs = inputs,
                    .outputs = wanted + s.carries,
                    .in = body_in,
                    .captured = captured};
    if (wanted + s.carries > MAX_OUTPUTS)
        fail(&err, MICA_UNSUPPORTED, "scan: %d carries and outputs, expected at most %d",
             wanted + s.carries, MAX_OUTPUTS);
    if (err.code == MICA_OK) scan_operands(&f, 0, body_in);
    if (err.code != MICA_OK) context_fail_with(ctx, &err);
    if (err.code != MICA_OK || !body_trace_into(ctx, &b)) {
        all_poison(ctx, wanted, out);
        return;
    }
    for (int i = 0; i < b.captures; i++) all[inputs + i] = captured[i];
    op_call c = {&op_scan, &a, &b.graph, inputs + b.captures, wanted + s.carries, all, made};
    emit_call(ctx, &c);
    b.release(b.graph);
    for (int i = 0; i < wanted; i++) out[i] = made[i < s.carries + s.stacked ? i : i + s.carries];
}

/* ---- eager: the steps as calls ---- */

#define MOST_JOINED (MAX_INPUTS - 1)

/* rows (…) to (T, …); rows are overwritten. */
static mica_tensor *stack_rows(mica_tensor **rows, int64_t count) {
    for (int64_t i = 0; i < count; i++) rows[i] = mica_expand_dims(rows[i], 0);
    while (count > 1) {
        int64_t joined = 0;
        for (int64_t i = 0; i < count; i += MOST_JOINED) {
            int64_t n = count - i < MOST_JOINED ? count - i : MOST_JOINED;
            rows[joined++] = mica_concatenate(rows + i, (int)n, 0);
        }
        count = joined;
    }
    return rows[0];
}

typedef struct eager_scan {
    const scan_attrs *attrs;
    mica_context *ctx;
    mica_body step;
    void *user;
    mica_tensor *carry[MAX_INPUTS];
    mica_tensor *const *sequence;
    mica_tensor **row[MAX_OUTPUTS]; /* by output, by step */
} eager_scan;

static bool eager_step(eager_scan *s, int64_t t) {
    const scan_attrs *a = s->attrs;
    int carries = (int)a->carries, outputs = carries + (int)a->stacked;
    mica_tensor *in[MAX_INPUTS], *out[MAX_OUTPUTS];
    mica_error err = {0};
    mica_scope *scope = mica_scope_open(s->ctx);
    if (!scope) return false;
    for (int i = 0; i < carries; i++) in[i] = s->carry[i];
    for (int i = 0; i < a->sequences; i++)
        in[carries + i] = mica_squeeze(slice_axis(s->sequence[i], 0, t, t + 1), MICA_AXES(0));
    bool done = body_run(s->ctx, "scan", s->step, s->user, in, outputs, out);
    for (int i = 0; i < carries && done; i++) {
        operand began = tensor_operand(in[i]), became = tensor_operand(out[i]);
        done = carry_check("scan", i, &began, &became, &err) == MICA_OK;
        if (!done) context_fail_with(s->ctx, &err);
        else s->carry[i] = out[i];
    }
    for (int i = 0; i < a->stacked && done; i++) s->row[i][t] = out[carries + i];
    close_step(&scope, done ? outputs : 0, out);
    return done;
}

/* Without steps: a call on zeros tells what the outputs would be. */
static bool no_steps(eager_scan *s, mica_tensor **out) {
    const scan_attrs *a = s->attrs;
    int carries = (int)a->carries;
    mica_tensor *in[MAX_INPUTS], *one[MAX_OUTPUTS];
    mica_scope *scope = mica_scope_open(s->ctx);
    if (!scope) return false;
    for (int i = 0; i < carries; i++) in[i] = s->carry[i];
    for (int i = 0; i < a->sequences; i++) {
        shape slice = s->sequence[i]->shape;
        slice.rank--;
        for (int k = 0; k < slice.rank; k++) slice.dims[k] = slice.dims[k + 1];
        in[carries + i] = mica_tensor_new(s->ctx, s->sequence[i]->dtype, slice, NULL);
    }
    bool done = body_run(s->ctx, "scan", s->step, s->user, in, carries + (int)a->stacked, one);
    for (int i = 0; i < a->stacked && done; i++) {
        shape empty = stacked_shape(0, &one[carries + i]->shape);
        out[carries + i] = mica_tensor_new(s->ctx, one[carries + i]->dtype, empty, NULL);
    }
    close_step(&scope, done ? (int)a->stacked : 0, out + carries);
    return done;
}

static bool all_steps(eager_scan *s, int64_t steps, mica_tensor **out) {
    const scan_attrs *a = s->attrs;
    bool done = true;
    for (int i = 0; i < a->stacked && done; i++)
        done = (s->row[i] = allocate((size_t)steps, sizeof **s->row)) != NULL;
    if (!done) context_fail(s->ctx, MICA_MEMORY, "scan: %lld steps", (long long)steps);
    for (int64_t i = 0; i < steps && done; i++)
        done = eager_step(s, a->reverse ? steps - 1 - i : i);
    for (int i = 0; i < a->stacked && done; i++) out[a->carries + i] = stack_rows(s->row[i], steps);
    for (int i = 0; i < a->stacked; i++) free(s->row[i]);
    return done;
}

static void run_scan(const scan_attrs *a, mica_body step, void *user, mica_tensor *const *in,
                     mica_tensor **out) {
    eager_scan s = {.attrs = a, .ctx = in[0]->ctx, .step = step, .user = user};
    operand info[MAX_INPUTS], slices[MAX_INPUTS];
    mica_error err = {0};
    int inputs = (int)(a->carries + a->sequences);
    shape_frame f = {.op = &op_scan, .attrs = a, .inputs = inputs, .in = info, .err = &err};
    for (int i = 0; i < inputs; i++) info[i] = tensor_operand(in[i]);
    for (int i = 0; i < a->carries; i++) s.carry[i] = in[i];
    s.sequence = in + a->carries;
    bool done = scan_operands(&f, 0, slices) == MICA_OK;
    if (!done) context_fail_with(s.ctx, &err);
    int64_t steps = done ? scan_steps(a, info) : 0;
    if (done) done = steps ? all_steps(&s, steps, out) : no_steps(&s, out);
    for (int i = 0; i < a->carries && done; i++) out[i] = s.carry[i];
    if (!done) all_poison(s.ctx, (int)(a->carries + a->stacked), out);
}

static const field scan_fields[] = {
    INTEGER(scan_attrs, carries, .help = "from step to step"),
    INTEGER(scan_attrs, sequences, .help = "taken apart along axis 0"),
    INTEGER(scan_attrs, stacked, .help = "outputs of every step"),
    INTEGER(scan_attrs, summed, .help = "outputs summed over the steps"),
    INTEGER(scan_attrs, length, .help = "steps; -1: as the sequences say"),
    INTEGER(scan_attrs, reverse, .help = "1: the last step first"),
    END_OF_FIELDS,
};

static bool no_samples(int number, sample *s) { return (void)number, (void)s, false; }

const op op_scan = {
    .name = "scan",
    .inputs = VARIADIC,
    .outputs = VARIADIC,
    .traits = PURE,
    .fields = scan_fields,
    .attrs_size = sizeof(scan_attrs),
    .bodies = 1,
    .body_operands = scan_operands,
    .shape = scan_shape,
    .gradient = scan_gradient,
    .samples = no_samples,
};

mica_scan_options mica_scan_defaults(void) {
    return (mica_scan_options){.size = sizeof(mica_scan_options)};
}

void mica_scan(mica_body body, void *user, const mica_scan_options *options, mica_tensor *const *in,
               mica_tensor **out) {
    if (!in || !in[0] || LACKS(in[0]->ctx, out, "out")) return;
    mica_scan_options o = mica_scan_defaults();
    mica_error err = {0};
    if (options_take(&o, sizeof o, options, "scan", &err) != MICA_OK)
        context_fail_with(in[0]->ctx, &err);
    const scan_attrs a = {.carries = o.carries,
                          .sequences = o.sequences,
                          .stacked = o.outputs,
                          .length = o.sequences && !o.length ? -1 : o.length,
                          .reverse = o.reverse};
    int inputs = o.carries + o.sequences, outputs = o.carries + o.outputs;
    mica_context *ctx = in[0]->ctx;
    if (o.carries < 0 || o.sequences < 0 || inputs < 1 || inputs > MAX_INPUTS || o.outputs < 0 ||
        outputs > MAX_OUTPUTS || o.length < 0) {
        context_fail(ctx, MICA_VALUE,
                     "scan: %d carries, %d sequences, %d outputs, %lld steps, expected 1 to %d "
                     "inputs and no negative number",
                     o.carries, o.sequences, o.outputs, (long long)o.length, MAX_INPUTS);
        all_poison(ctx, outputs > 0 && outputs <= MAX_OUTPUTS ? outputs : 0, out);
    } else if (LACKS_EACH(ctx, in, inputs, "in") || any_poison(inputs, in)) {
        all_poison(ctx, outputs, out);
    } else if (emitter_tracing(emitter_of(ctx))) {
        emit_scan(ctx, a, body, user, in, out);
    } else {
        run_scan(&a, body, user, in, out);
    }
}
