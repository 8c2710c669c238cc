/* Opening a context: base makes it, this room gives it the emitter that runs things. */
#include "eager/eager.h"

#include "backend/choose.h"
#include "base/strbuf.h"

#include <string.h>

/* An unknown backend is an error of the context, not another choice. */
static void check_backend(mica_context *ctx) {
    const char *wanted = ctx->options.backend, *names[16] = {NULL};
    int count = 0;
    for (const backend *const *b = backends(); *b && count < 15; b++) names[count++] = (*b)->name;
    for (int i = 0; i < count; i++)
        if (!wanted || !strcmp(wanted, names[i])) return;
    const char *near = nearest_name(wanted, names);
    context_fail(ctx, MICA_NAME, "backend '%s' is not in this build; %s%s%s", wanted,
                 near ? "did you mean '" : "mica list backends tells which are", near ? near : "",
                 near ? "'?" : "");
}

mica_context *mica_open(const mica_context_options *options) {
    mica_context *ctx = context_new(options);
    if (ctx && !eager_install(ctx)) mica_close(&ctx);
    if (ctx) check_backend(ctx);
    return ctx;
}
