/* The life of mica serve: signals, and what the service manager passes, asks and is told. */
#ifndef CLI_SERVE_LIFE_H
#define CLI_SERVE_LIFE_H

#include "cli/cli.h"
#include "serve/server.h"

#include <signal.h>

enum { MOST_CREDENTIALS = 10 };

typedef struct serve_life {
    const common_options *common;
    sigset_t signals;
    service_manager manager;
    char *credential[MOST_CREDENTIALS];    /* paths that options name */
    bool stuck;                            /* and so the watchdog is told no more */
    void (*reread)(void *user, server *s); /* after server_reread, on SIGHUP; NULL: nothing more */
    void *user;
} serve_life;

/* Before any thread: from here on signals wait. Puts sockets and credentials that were passed into
 * the options. */
mica_status life_begin(serve_life *l, const common_options *common, server_options *o,
                       mica_error *err);
/* From here on the process makes the system calls alone that serving needs (serve/sandbox.h).
 * `mode` is one of sandbox_modes; NULL: on, where that is possible. */
mica_status life_confine(const serve_life *l, const char *mode, mica_error *err);
/* What systemctl status shows. */
void life_status(const serve_life *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Tells that it is ready, and returns when it was told to end and what was accepted is answered. */
void life_run(serve_life *l, server *s, double drain_seconds);
void life_end(serve_life *l);

#endif
