/* Bodies of loops and choices: see control.h. */
#include "op/control.h"

static mica_status refuse(emitter *self, mica_tensor *assigned, const mica_tensor *value,
                          mica_error *err) {
    (void)self, (void)value;
    return refuse_assign(assigned, err);
}

static bool outputs_are_set(mica_context *ctx, const char *what, int outputs, mica_tensor **out) {
    for (int i = 0; i < outputs; i++) {
        if (!out[i]) context_fail(ctx, MICA_VALUE, "%s: its body left output %d unset", what, i);
        if (!out[i] || out[i]->kind == TENSOR_POISON) return false;
    }
    return true;
}

bool body_run(mica_context *ctx, const char *what, mica_body function, void *user,
              mica_tensor *const *in, int outputs, mica_tensor **out) {
    emitter guard = {.assign = refuse};
    for (int i = 0; i < outputs; i++) out[i] = NULL;
    emitter_push(ctx, &guard);
    function(user, ctx, in, out);
    emitter_pop(ctx, &guard);
    return outputs_are_set(ctx, what, outputs, out);
}

bool body_trace_into(mica_context *ctx, body_trace *b) {
    emitter *e = emitter_tracing(emitter_of(ctx));
    return e->trace(e, b);
}

bool operands_agree(const operand *a, const operand *b) {
    if (a->dtype != b->dtype || a->shape.rank != b->shape.rank) return false;
    for (int i = 0; i < a->shape.rank; i++) {
        int64_t m = a->shape.dims[i], n = b->shape.dims[i];
        if (m >= 0 && n >= 0 && m != n) return false;
    }
    return true;
}

mica_status carry_check(const char *what, int carry, const operand *began, const operand *became,
                        mica_error *err) {
    char want[128], got[128];
    if (operands_agree(began, became)) return MICA_OK;
    shape_format(&began->shape, want), shape_format(&became->shape, got);
    return fail(err, began->dtype == became->dtype ? MICA_SHAPE : MICA_TYPE,
                "%s: carry %d becomes %s %s, expected %s %s as it began", what, carry,
                mica_dtype_name(became->dtype), got, mica_dtype_name(began->dtype), want);
}

mica_status predicate_check(const char *what, const operand *predicate, mica_error *err) {
    char got[128];
    if (predicate->dtype == MICA_BOOL && predicate->shape.rank == 0) return MICA_OK;
    shape_format(&predicate->shape, got);
    return fail(err, MICA_TYPE, "%s: its condition is %s %s, expected a bool scalar", what,
                mica_dtype_name(predicate->dtype), got);
}

void all_poison(mica_context *ctx, int count, mica_tensor **out) {
    for (int i = 0; i < count; i++) out[i] = tensor_poison(ctx);
}

bool any_poison(int count, mica_tensor *const *t) {
    for (int i = 0; i < count; i++)
        if (t[i]->kind == TENSOR_POISON) return true;
    return false;
}

void close_step(mica_scope **scope, int count, mica_tensor *const *kept) {
    for (int i = 0; i < count; i++)
        if (kept[i]->scope == *scope) mica_keep(kept[i]);
    mica_scope_close(scope);
}
