/* Locks against a second process (or context) that writes the same file: PATH.lock, held by
 * flock(2) and removed when it is given back. A killed process holds nothing: its PATH.lock may
 * stay, and the next one takes it over. Where a file system knows no locks, none is held. */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include "base/context.h"

/* May be taken again in the same context, and is given back as often. Errors: BUSY, with the file
 * and the number of the process that holds it; IO. */
mica_status lock_take(mica_context *ctx, const char *path, mica_error *err);
/* The same, but where another one holds it, until that one gives it back. Errors: IO. */
mica_status lock_wait(mica_context *ctx, const char *path, mica_error *err);
void lock_give(mica_context *ctx, const char *path);
/* Whether another process, or context, holds it; *left: nobody does, but PATH.lock is there, as a
 * killed process leaves it. */
bool lock_held(const char *path, bool *left);
/* All that the context still holds. */
void lock_give_all(mica_context *ctx);

#endif
