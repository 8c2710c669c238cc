/* Opening a context: base makes it, this room gives it the emitter that runs things. */
#include "eager/eager.h"

mica_context *mica_open(const mica_context_options *options) {
    mica_context *ctx = context_new(options);
    if (ctx && !eager_install(ctx)) mica_close(&ctx);
    return ctx;
}
