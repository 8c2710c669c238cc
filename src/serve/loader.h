/* The thread that loads models: at the start, on SIGHUP, by request. A load takes as long as the
 * disk does, and cannot be broken off; so whoever answers requests, or is looked at by a service
 * manager, puts it here and goes on. One at a time, in the order in which they came. */
#ifndef SERVE_LOADER_H
#define SERVE_LOADER_H

#include "base/error.h"

#include <stdbool.h>

typedef struct loader loader;

enum { MOST_LOADS = 16 }; /* that clients may have wait */

typedef mica_status load_work(void *user, const char *model, const char *version, mica_error *err);

typedef struct load_job {
    load_work *work; /* on the loader's thread */
    void *user;
    const char *model, *version; /* copied; NULL: none */
    int most;                    /* it is refused where so many wait already; 0: never */
    /* Once, on any thread: how it went. INTERRUPTED: the loader ends; the work was not begun, or
     * goes on and nobody is told how it went. */
    void (*done)(void *waiter, mica_status status, const mica_error *err);
    void *waiter;
} load_job;

mica_status loader_open(loader **out, mica_error *err);
/* Any thread; returns at once. Errors (`done` is not called): BUSY, MEMORY; INTERRUPTED behind
 * loader_stop. */
mica_status loader_put(loader *l, const load_job *job, mica_error *err);
/* Nothing more is begun. Returns at once. */
void loader_stop(loader *l);
/* Whether something runs; behind loader_stop, false is for ever. */
bool loader_busy(loader *l);
/* Behind loader_stop, instead of the close: its thread is left to itself, all of it as it is. */
void loader_leave(loader *l);
/* Behind loader_stop, where nothing runs. */
void loader_close(loader *l);

#endif
