/* Making callbacks. To add one: src/train/foo.c with mica_foo(ctx, …), CALLBACK(foo) in
 * callbacks.def. */
#ifndef TRAIN_CALLBACK_H
#define TRAIN_CALLBACK_H

#include "base/context.h"
#include "mica/train.h"

#include <string.h>

/* A callback and its zeroed state, both living as long as the context; NULL without memory (the
 * context has the error). */
mica_callback *callback_new(mica_context *ctx, size_t state_bytes, void **state);
/* Their names; ends in NULL. */
extern const char *const all_callbacks[];

#endif
