/* The registry of a context: see registered.h. */
#include "part/registered.h"

#include "base/context.h"

#include <stdlib.h>

typedef struct registry {
    arena arena;
    const void **kinds[REGISTERED_SORTS]; /* whole tables; NULL: only built-in ones */
} registry;

static void destroy(void *data) {
    registry *r = data;
    for (int i = 0; i < REGISTERED_SORTS; i++) free(r->kinds[i]);
    arena_free(&r->arena);
    free(r);
}

static registry *registry_of(mica_context *ctx) {
    context_entry *slot = &ctx->slots[SLOT_REGISTRY];
    if (!slot->data) *slot = (context_entry){allocate(1, sizeof(registry)), destroy};
    if (!slot->data) slot->destroy = NULL;
    return slot->data;
}

arena *registered_arena(mica_context *ctx) {
    registry *r = registry_of(ctx);
    return r ? &r->arena : NULL;
}

const void *const *registered_kinds(mica_context *ctx, registered_sort sort,
                                    const void *const *builtin) {
    const registry *r = ctx->slots[SLOT_REGISTRY].data;
    return r && r->kinds[sort] ? r->kinds[sort] : builtin;
}

mica_status registered_add(mica_context *ctx, registered_sort sort, const void *const *builtin,
                           const void *kind, mica_error *err) {
    registry *r = registry_of(ctx);
    const void *const *old = r ? registered_kinds(ctx, sort, builtin) : NULL;
    size_t n = 0;
    while (old && old[n]) n++;
    const void **all = r ? allocate(n + 2, sizeof *all) : NULL;
    if (!all) return fail_memory(err, n * sizeof *all, "registering");
    for (size_t i = 0; i < n; i++) all[i] = old[i];
    all[n] = kind;
    free(r->kinds[sort]);
    r->kinds[sort] = all;
    return MICA_OK;
}

static const field_type types[] = {FIELD_INTEGER, FIELD_REAL, FIELD_BOOLEAN, FIELD_TEXT};

const field *registered_fields(arena *a, const field *common, const mica_option *options) {
    size_t shared = 0, own = 0;
    while (common[shared].name) shared++;
    while (options && options[own].name) own++;
    field *all = arena_take(a, (shared + own + 1) * sizeof *all);
    for (size_t i = 0; all && i < shared; i++) all[i] = common[i];
    for (size_t i = 0; all && i < own; i++) {
        const mica_option *o = &options[i];
        const char *name = arena_text(a, o->name);
        const char *text = o->initial_text ? arena_text(a, o->initial_text) : NULL;
        if (!name || (o->initial_text && !text)) return NULL;
        all[shared + i] = (field){.name = name,
                                  .type = types[o->type],
                                  .flags = o->required ? FIELD_REQUIRED : 0,
                                  .offset = o->offset,
                                  .count = 1,
                                  .initial = o->initial,
                                  .initial_text = text,
                                  .min = o->min,
                                  .max = o->max,
                                  .help = "of the user"};
    }
    return all;
}
