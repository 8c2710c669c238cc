/* Making callbacks. To add one:
 *
 *   1. write src/train/foo.c: comment with source; the fields table of mica_foo_options
 *      (include/mica/train.h); make, which is given resolved options and fills a callback_new();
 *      `const callback_kind callback_foo`; mica_foo(ctx, …);
 *   2. add CALLBACK(foo) to src/train/callbacks.def. Recipes then name it under fit.callbacks. */
#ifndef TRAIN_CALLBACK_H
#define TRAIN_CALLBACK_H

#include "base/context.h"
#include "mica/train.h"
#include "part/kind.h"

#include <string.h>

typedef struct callback_kind {
    KIND_MEMBERS
    /* The options live as long as the context. NULL: the error is in the context. */
    const mica_callback *(*make)(mica_context *ctx, const void *options);
} callback_kind;

extern const callback_kind *const all_callbacks[]; /* ends in NULL */
extern const char *const callback_ignored[];       /* keys that change nothing: verbose */
#define CALLBACK(name) extern const callback_kind callback_##name;
#include "train/callbacks.def"
#undef CALLBACK

/* A callback and its zeroed state, both living as long as the context; NULL without memory (the
 * context has the error). */
mica_callback *callback_new(mica_context *ctx, size_t state_bytes, void **state);
/* Of options as a C caller fills them (NULL: defaults). NULL: the error is in the context. */
const mica_callback *callback_of(mica_context *ctx, const callback_kind *kind, const void *options);

/* Calls check of all of them (ends at the first NULL), before training; validated: with validation
 * data. */
mica_status callbacks_check(mica_model *m, bool validated, int epochs,
                            const mica_callback *const *callbacks, size_t most, mica_error *err);
/* Whether learning_rate is among the results: one of the callbacks or a schedule changes it. */
bool rate_changes(const mica_model *m, const mica_callback *const *callbacks, size_t most);
/* Whether the callback is an early_stopping that ended the training; *restored: the epoch (from 1)
 * whose weights it put back, unchanged where it did not. */
bool early_stopping_ended(const mica_callback *c, int *restored);
/* The check of callbacks that set the rate: STATE where the optimizer has a schedule. */
mica_status rate_check(const mica_fit_state *s, const char *callback, mica_error *err);

#define CALLBACK_CONSTRUCTOR(x)                                                                    \
    mica_##x##_options mica_##x##_defaults(void) {                                                 \
        return (mica_##x##_options){.size = sizeof(mica_##x##_options)};                           \
    }                                                                                              \
    const mica_callback *mica_##x(mica_context *ctx, const mica_##x##_options *options) {          \
        return callback_of(ctx, &callback_##x, options);                                           \
    }

#endif
