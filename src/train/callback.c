/* See callback.h. */
#include "train/callback.h"

const char *const all_callbacks[] = {
#define CALLBACK(name) #name,
#include "train/callbacks.def"
#undef CALLBACK
    NULL,
};

mica_callback *callback_new(mica_context *ctx, size_t state_bytes, void **state) {
    mica_callback *c = arena_take(&ctx->texts, sizeof *c);
    *state = arena_take(&ctx->texts, state_bytes);
    if (c && *state) return c->user = *state, c;
    context_fail(ctx, MICA_MEMORY, "a callback: no memory");
    return NULL;
}
