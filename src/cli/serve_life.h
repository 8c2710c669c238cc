/* The life of mica serve: signals, and what the service manager passes, asks and is told. */
#ifndef CLI_SERVE_LIFE_H
#define CLI_SERVE_LIFE_H

#include "cli/cli.h"
#include "serve/server.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum { MOST_CREDENTIALS = 10 };

typedef struct serve_life {
    const common_options *common;
    sigset_t signals;
    service_manager manager;
    char *credential[MOST_CREDENTIALS]; /* paths that options name */
    bool stuck;                         /* and so the watchdog is told no more */
    double drain_seconds;
    /* On the loader's thread: what is served from the start, and what SIGHUP reads behind
     * server_reread (NULL: nothing). */
    mica_status (*load)(void *user, server *s, mica_error *err);
    void (*reread)(void *user, server *s);
    void *user;
    /* ---- one of these, while it runs ---- */
    server *server;
    pthread_t first;   /* the thread that waits for signals */
    bool loads, again; /* again: SIGHUP came meanwhile */
    atomic_bool loaded;
    mica_status status;
    mica_error err;
} serve_life;

/* Before any thread: from here on signals wait. Puts sockets and credentials that were passed into
 * the options. */
mica_status life_begin(serve_life *l, const common_options *common, server_options *o,
                       mica_error *err);
/* From here on the process makes the system calls alone that serving needs (serve/sandbox.h).
 * `mode` is one of sandbox_modes; NULL: on, where that is possible. */
mica_status life_confine(const serve_life *l, const char *mode, mica_error *err);
/* What systemctl status shows. */
void life_status(serve_life *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Runs `load` while signals and the watchdog are looked after. *ended: it was told to end instead,
 * and what was accepted is answered. Errors: those of `load`. */
mica_status life_load(serve_life *l, server *s, bool *ended, mica_error *err);
/* Tells that it is ready, and returns when it was told to end and what was accepted is answered. */
void life_run(serve_life *l, server *s);
void life_end(serve_life *l);

#endif
