/* Calls that no tape remembers: see quiet.h. */
#include "part/quiet.h"

static bool emit_below(emitter *self, op_call *c) {
    emitter *below = emitter_tracing(self->outer);
    if (below) return emitter_emit(below, c);
    for (below = self; below->outer;) below = below->outer;
    return emitter_emit(below, c);
}

void quiet_begin(mica_context *ctx, emitter *e) {
    *e = (emitter){.emit = emit_below};
    emitter_push(ctx, e);
}

void quiet_end(mica_context *ctx, emitter *e) { emitter_pop(ctx, e); }
