/* Emission: see emit.h. */
#include "op/op.h"

#include "mica/math.h"

#include <string.h>

emitter *emitter_of(mica_context *ctx) { return ctx->slots[SLOT_EMITTER].data; }

void emitter_push(mica_context *ctx, emitter *e) {
    e->ctx = ctx;
    e->outer = emitter_of(ctx);
    ctx->slots[SLOT_EMITTER].data = e;
}

void emitter_pop(mica_context *ctx, emitter *e) {
    emitter *at = emitter_of(ctx);
    if (at == e) {
        ctx->slots[SLOT_EMITTER].data = e->outer;
        return;
    }
    while (at && at->outer != e) at = at->outer;
    if (at) at->outer = e->outer;
}

mica_status refuse_assign(const mica_tensor *variable, mica_error *err) {
    return fail(err, MICA_STATE, "assign to %s: in the body of a loop or choice; carry it instead",
                variable->variable->name);
}

emitter *emitter_tracing(emitter *e) {
    while (e && !e->trace) e = e->outer;
    return e;
}

bool emitter_emit(emitter *e, op_call *c) {
    while (!e->emit) e = e->outer;
    return e->emit(e, c);
}

mica_tensor *emitter_snapshot(emitter *e, mica_tensor *t) {
    while (!e->snapshot) e = e->outer;
    return e->snapshot(e, t);
}

mica_tensor *emitter_counter(mica_context *ctx) {
    emitter *e = emitter_of(ctx);
    while (e && !e->counter) e = e->outer;
    return e ? e->counter(e) : mica_scalar(ctx, MICA_INT64, (double)ctx->random_counter++);
}

void emit_call(mica_context *ctx, op_call *c) {
    emitter *e = ctx ? emitter_of(ctx) : NULL;
    bool poisoned = false;
    for (int i = 0; i < c->inputs; i++) {
        if (!c->in[i]) {
            context_fail(ctx, MICA_VALUE, "%s: input %d is NULL", c->op->name, i);
            poisoned = true;
            continue;
        }
        poisoned |= c->in[i]->kind == TENSOR_POISON;
        if (c->in[i]->dtype == MICA_STRING && !(c->op->traits & TEXTS)) {
            context_fail(ctx, MICA_TYPE,
                         "%s: input %d is strings, expected numbers (mica/categories.h makes "
                         "numbers of strings)",
                         c->op->name, i);
            poisoned = true;
        }
        if (c->in[i]->ctx == ctx) continue;
        context_fail(ctx, MICA_STATE, "%s: input %d is of another context", c->op->name, i);
        poisoned = true;
    }
    if (!poisoned && e && emitter_emit(e, c)) return;
    if (!e && ctx) context_fail(ctx, MICA_STATE, "%s: the context has no emitter", c->op->name);
    for (int i = 0; i < c->outputs; i++) c->out[i] = tensor_poison(ctx);
}

void emit_many(mica_context *ctx, const op *o, const void *attrs, int inputs,
               mica_tensor *const *in, int outputs, mica_tensor **out) {
    op_call c = {o, attrs, NULL, inputs, outputs, in, out};
    emit_call(ctx, &c);
}

mica_context *context_among(mica_tensor *const *in, int count) {
    for (int i = 0; i < count; i++)
        if (in[i]) return in[i]->ctx;
    return NULL;
}

bool lacks(const char *function, const char *names, mica_tensor *const *in, int count,
           mica_tensor **failed) {
    mica_context *ctx = context_among(in, count);
    int at = 0;
    while (at < count && in[at]) at++;
    if (at == count) return false;
    for (int i = 0; i < at; i++) names = strchr(names, ',') + 2;
    context_fail(ctx, MICA_VALUE, "%s: %.*s is NULL", function + (sizeof "mica_" - 1),
                 (int)strcspn(names, ","), names);
    *failed = tensor_poison(ctx);
    return true;
}

mica_tensor *emit(const op *o, const void *attrs, int inputs, mica_tensor *const *in) {
    mica_tensor *out[MAX_OUTPUTS];
    emit_many(context_among(in, inputs), o, attrs, inputs, in,
              o->outputs == VARIADIC ? 1 : o->outputs, out);
    return out[0];
}

mica_tensor *scalar_like(mica_tensor *t, double value) {
    return t ? mica_scalar(t->ctx, t->dtype, value) : NULL;
}

static mica_tensor *cast_to(mica_tensor *t, mica_dtype dtype) {
    if (t->kind == TENSOR_POISON || t->dtype == dtype) return t;
    return mica_cast(t, dtype);
}

mica_tensor *emit_binary(const op *o, mica_tensor *a, mica_tensor *b) {
    if (!a || !b) return EMIT(o, NULL, a, b);
    mica_dtype common = dtype_promote(a->dtype, b->dtype);
    return EMIT(o, NULL, cast_to(a, common), cast_to(b, common));
}

mica_status mica_assign(mica_tensor *v, const mica_tensor *value, mica_error *err) {
    if (!v || !value) return fail(err, MICA_VALUE, "assign: %s is NULL", v ? "value" : "variable");
    if (v->kind != TENSOR_VARIABLE) return fail(err, MICA_TYPE, "assign: not a variable");
    emitter *e = emitter_of(v->ctx);
    while (e && !e->assign) e = e->outer;
    return e ? e->assign(e, v, value, err) : variable_set(v, value, err);
}
