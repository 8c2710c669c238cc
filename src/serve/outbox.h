/* Blocks of bytes on their way to one thread that writes them, so that no thread of connections
 * waits for a disk or a database. */
#ifndef SERVE_OUTBOX_H
#define SERVE_OUTBOX_H

#include "base/error.h"

#include <stdbool.h>

typedef struct outbox outbox;

typedef struct outbox_work {
    void (*take)(void *user, void *block); /* the writer's thread; each in order. It frees it */
    void (*rest)(void *user);              /* behind those that came together; and once a second */
    void *user;
    size_t most; /* bytes that may wait */
} outbox_work;

mica_status outbox_open(const outbox_work *work, outbox **out, mica_error *err);
/* Any thread. False: too much waits, or it has ended, and the block (malloc) stays the caller's. */
bool outbox_put(outbox *o, void *block, size_t size);
size_t outbox_waiting(outbox *o);
/* Returns when all that was put is taken; from then on nothing is. One thread, as outbox_close. */
void outbox_end(outbox *o);
/* The same, and nobody uses it any more. */
void outbox_close(outbox *o);

#endif
