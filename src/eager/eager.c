/* Eager execution: see eager.h. */
#include "eager/eager.h"

#include "backend/choose.h"
#include "backend/prepared.h"
#include "graph/graph.h"
#include "mica/math.h"

#include <stdlib.h>
#include <string.h>

typedef struct eager {
    emitter emitter; /* first: the emitter is the eager state */
    kernel_cache cache;
    const backend *const *backends;
} eager;

static bool failed(mica_context *ctx, const mica_error *err) {
    context_fail_with(ctx, err);
    return false;
}

/* An output that shares the input's bytes, where the op allows it. */
static bool run_view(const op *o, const void *attrs, mica_tensor *in, const operand *info,
                     mica_tensor **out) {
    int64_t strides[MAX_RANK] = {0}, offset = 0;
    view_frame v = {attrs, &in->shape, &info->shape, in->strides, strides, &offset};
    if (!o->view(&v)) return false;
    size_t bytes = (size_t)offset * mica_dtype_size(in->dtype);
    *out = tensor_view(in, &info->shape, strides, in->offset + bytes);
    return true;
}

/* A row-major tensor with the elements of t: t itself, or a copy that the open scope owns. */
static mica_tensor *row_major(mica_tensor *t) {
    if (tensor_contiguous(t)) return t;
    mica_tensor *copy = tensor_alloc(t->ctx, t->dtype, &t->shape);
    if (copy->kind != TENSOR_POISON) tensor_copy_out(t, t->dtype, tensor_bytes(copy));
    return copy;
}

/* An output that is an input, or another output, becomes a handle of its own: a tape tells them
 * apart by their handles. */
static mica_tensor *own_handle(mica_tensor *t, int inputs, mica_tensor *const *in, int outputs,
                               mica_tensor *const *out) {
    bool shared = false;
    for (int i = 0; i < inputs; i++) shared |= in[i] == t;
    for (int i = 0; i < outputs; i++) shared |= out[i] == t;
    return shared ? tensor_view(t, &t->shape, t->strides, t->offset) : t;
}

/* Runs a composite by its rule; its calls come back to the eager emitter, not to a tape. */
static bool run_composite(eager *e, const op *o, const void *attrs, int inputs,
                          mica_tensor *const *in, int outputs, mica_tensor **out) {
    mica_context *ctx = e->emitter.ctx;
    emitter *open = emitter_of(ctx);
    compose_frame f = {attrs, inputs, outputs, (mica_tensor **)in, out};
    ctx->slots[SLOT_EMITTER].data = &e->emitter;
    o->compose(&f);
    ctx->slots[SLOT_EMITTER].data = open;
    for (int i = 0; i < outputs; i++) {
        if (out[i]->kind == TENSOR_POISON) return false;
        out[i] = own_handle(out[i], inputs, in, i, out);
        if (out[i]->kind == TENSOR_POISON) return false;
    }
    return true;
}

/* Half precision in float32 between casts; none of it is seen by a tape. */
static bool run_widened(eager *e, const op_call *c, const operand *info) {
    mica_context *ctx = e->emitter.ctx;
    emitter *open = emitter_of(ctx);
    mica_tensor *wide[MAX_INPUTS], *got[MAX_OUTPUTS];
    bool done = true;
    ctx->slots[SLOT_EMITTER].data = &e->emitter;
    for (int i = 0; i < c->inputs; i++)
        wide[i] = dtype_is_half(c->in[i]->dtype) ? mica_cast(c->in[i], MICA_FLOAT32) : c->in[i];
    emit_many(ctx, c->op, c->attrs, c->inputs, wide, c->outputs, got);
    for (int i = 0; i < c->outputs; i++) {
        bool same = got[i]->dtype == info[i].dtype;
        c->out[i] = same ? got[i] : mica_cast(got[i], info[i].dtype);
        done = done && c->out[i]->kind != TENSOR_POISON;
        if (!same) mica_tensor_destroy(&got[i]);
    }
    for (int i = 0; i < c->inputs; i++)
        if (wide[i] != c->in[i]) mica_tensor_destroy(&wide[i]);
    ctx->slots[SLOT_EMITTER].data = open;
    return done;
}

static bool run_kernel(eager *e, const prepared *p, const kernel_spec *s, mica_tensor *const *in,
                       mica_tensor **out) {
    mica_context *ctx = e->emitter.ctx;
    const void *in_bytes[MAX_INPUTS];
    void *out_bytes[MAX_OUTPUTS];
    mica_tensor *copies[MAX_INPUTS];
    int copied = 0;
    bool done;
    for (int i = 0; i < s->inputs; i++) {
        mica_tensor *plain = row_major(in[i]);
        if (plain != in[i]) copies[copied++] = plain;
        if (plain->kind == TENSOR_POISON) return false;
        in_bytes[i] = tensor_bytes(plain);
    }
    for (int i = 0; i < s->outputs; i++) {
        out[i] = tensor_alloc(ctx, s->out[i].dtype, &s->out[i].shape);
        if (out[i]->kind == TENSOR_POISON) return false;
        out_bytes[i] = tensor_bytes(out[i]);
    }
    mica_error err = {0};
    done = prepared_run(&e->cache, p, s, in_bytes, out_bytes, ctx->team, &err) == MICA_OK;
    if (!done) context_fail_with(ctx, &err);
    for (int i = 0; i < s->outputs && done; i++) /* before the inputs may go */
        if (!(done = tensor_own_texts(out[i])))
            context_fail(ctx, MICA_MEMORY, "%s: no memory for strings", s->op->name);
    while (copied) mica_tensor_destroy(&copies[--copied]);
    return done;
}

static bool run(emitter *self, op_call *c) {
    static const bool no[MAX_INPUTS] = {false};
    eager *e = (eager *)self;
    const op *o = c->op;
    const void *attrs = c->attrs;
    mica_tensor *const *in = c->in, **out = c->out;
    int inputs = c->inputs;
    operand info_in[MAX_INPUTS], info_out[MAX_OUTPUTS];
    mica_error err = {0};
    if (inputs > MAX_INPUTS) {
        fail(&err, MICA_SHAPE, "%s: %d inputs, expected at most %d", o->name, inputs, MAX_INPUTS);
        return failed(e->emitter.ctx, &err);
    }
    for (int i = 0; i < inputs; i++) {
        info_in[i] = (operand){in[i]->dtype, in[i]->shape, in[i]};
        if (in[i]->kind != TENSOR_SYMBOLIC) continue;
        fail(&err, MICA_STATE,
             "%s: input %d is a symbol: one of mica_input or mica_apply goes to layers "
             "(mica_apply), "
             "and its trace is closed for any other",
             o->name, i);
        return failed(e->emitter.ctx, &err);
    }
    if (infer_shapes(o, attrs, c->bodies, inputs, info_in, &c->outputs, info_out, &err) != MICA_OK)
        return failed(e->emitter.ctx, &err);
    if (o->view && run_view(o, attrs, in[0], info_out, out)) return out[0]->kind != TENSOR_POISON;
    kernel_spec s = {.op = o,
                     .attrs = attrs,
                     .inputs = inputs,
                     .outputs = c->outputs,
                     .in = info_in,
                     .out = info_out,
                     .in_constant = no,
                     .in_variable = no,
                     .threads = e->emitter.ctx->threads,
                     .plain = true};
    const prepared *p = cache_find(&e->cache, e->backends, &s, &err);
    if (!p) return failed(e->emitter.ctx, &err);
    if (!p->kernel) return run_composite(e, o, attrs, inputs, in, c->outputs, out);
    return p->widen ? run_widened(e, c, info_out) : run_kernel(e, p, &s, in, out);
}

static mica_tensor *snapshot(emitter *self, mica_tensor *t) {
    (void)self;
    return tensor_view(t, &t->shape, t->strides, t->offset);
}

static mica_status assign(emitter *self, mica_tensor *variable, const mica_tensor *value,
                          mica_error *err) {
    (void)self;
    return variable_set(variable, value, err);
}

static void eager_destroy(void *data) {
    eager *e = data;
    cache_free(&e->cache);
    free(e);
}

bool eager_install(mica_context *ctx) {
    eager *e = allocate(1, sizeof *e);
    if (!e) return false;
    e->emitter = (emitter){.emit = run, .snapshot = snapshot, .assign = assign};
    e->backends = backends_of(ctx);
    ctx->slots[SLOT_EAGER] = (context_entry){e, eager_destroy};
    emitter_push(ctx, &e->emitter);
    return true;
}
