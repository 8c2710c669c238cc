/* Calls that no tape remembers: steps of optimizers, updates of metrics. */
#ifndef PART_QUIET_H
#define PART_QUIET_H

#include "op/emit.h"

/* Until quiet_end every call goes to the innermost trace, or where none is open to the bottom
 * emitter, which runs it. */
void quiet_begin(mica_context *ctx, emitter *e);
void quiet_end(mica_context *ctx, emitter *e);

#endif
