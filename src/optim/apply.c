/* A step outside of plans, and the end of training. */
#include "optim/optimizer.h"

#include "part/quiet.h"

#include <stdlib.h>

static mica_status assign_pairs(mica_optimizer *o, mica_tensor *const *gradients,
                                mica_tensor **pairs, mica_error *err) {
    int n = optimizer_emit(o, gradients, pairs);
    TRY(mica_check(o->ctx, err));
    for (int i = 0; i < n; i++) TRY(mica_assign(pairs[2 * i], pairs[2 * i + 1], err));
    return MICA_OK;
}

static mica_status apply(mica_optimizer *o, mica_tensor *const *parameters,
                         mica_tensor *const *gradients, int count, mica_error *err) {
    TRY(optimizer_build(o, parameters, count, err));
    for (int i = 0; i < count; i++)
        if (gradients[i] && gradients[i]->kind == TENSOR_SYMBOLIC)
            return fail(err, MICA_STATE, "optimizer %s: gradient %d is a traced tensor",
                        o->kind->name, i);
    size_t entries = 2 + 2 * (size_t)count * (size_t)(1 + o->slots_each);
    mica_tensor **pairs = allocate(entries, sizeof(mica_tensor *));
    mica_scope *scope = pairs ? mica_scope_open(o->ctx) : NULL;
    emitter below;
    mica_status status;
    quiet_begin(o->ctx, &below);
    if (scope) status = assign_pairs(o, gradients, pairs, err);
    else status = fail_memory(err, entries * sizeof(mica_tensor *), o->kind->name);
    quiet_end(o->ctx, &below);
    if (scope) mica_scope_close(&scope);
    free(pairs);
    return status;
}

void mica_optimizer_apply(mica_optimizer *o, mica_tensor *const *parameters,
                          mica_tensor *const *gradients, int count) {
    mica_error err = {0};
    if (!o || o->ctx->error.code != MICA_OK) return;
    if (apply(o, parameters, gradients, count, &err) != MICA_OK) context_fail_with(o->ctx, &err);
}

mica_status optimizer_finalize(mica_optimizer *o, mica_error *err) {
    for (int i = 0; i < o->count && o->options->use_ema; i++)
        TRY(mica_assign(o->parameters[i], o->slots[i * o->slots_each + o->kind_slots], err));
    return MICA_OK;
}
