/* Emission: see emit.h. */
#include "op/op.h"

#include "mica/math.h"

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

void emit_many(mica_context *ctx, const op *o, const void *attrs, int inputs,
               mica_tensor *const *in, int outputs, mica_tensor **out) {
    emitter *e = emitter_of(ctx);
    bool poisoned = false;
    for (int i = 0; i < inputs; i++) poisoned |= in[i]->kind == TENSOR_POISON;
    if (!poisoned && e && e->emit(e, o, attrs, inputs, in, &outputs, out)) return;
    if (!e) context_fail(ctx, MICA_STATE, "%s: the context has no emitter", o->name);
    for (int i = 0; i < outputs; i++) out[i] = tensor_poison(ctx);
}

mica_tensor *emit(const op *o, const void *attrs, int inputs, mica_tensor *const *in) {
    mica_tensor *out[MAX_OUTPUTS];
    emit_many(in[0]->ctx, o, attrs, inputs, in, o->outputs == VARIADIC ? 1 : o->outputs, out);
    return out[0];
}

mica_tensor *scalar_like(mica_tensor *t, double value) {
    return mica_scalar(t->ctx, t->dtype, value);
}

static mica_tensor *cast_to(mica_tensor *t, mica_dtype dtype) {
    if (t->kind == TENSOR_POISON || t->dtype == dtype) return t;
    return mica_cast(t, dtype);
}

mica_tensor *emit_binary(const op *o, mica_tensor *a, mica_tensor *b) {
    mica_dtype common = dtype_promote(a->dtype, b->dtype);
    return EMIT(o, NULL, cast_to(a, common), cast_to(b, common));
}
