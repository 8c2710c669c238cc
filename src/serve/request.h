/* What a request goes through whatever protocol it came by: its id, which version answers it,
 * what of it is kept. What it was when it is over is told to observe.h. */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include "serve/server.h"

/* Random numbers for a thread's requests. */
typedef struct request_draws {
    int lane;       /* the thread's number */
    uint64_t count; /* of numbers that were drawn */
} request_draws;

/* 32 hexadecimal letters that no other request has. */
void request_id_new(char id[REQUEST_ID_ROOM], const server *s, request_draws *draws);
/* KEEP_… of the next inference. */
unsigned request_keeps(const server *s, request_draws *draws);
/* The version that answers an inference, held; version NULL: it goes by the rules of traffic.
 * Errors: NAME. */
mica_status request_hold(const server *s, const char *model, const char *version, const char *id,
                         served **out, mica_error *err);
/* What holding a version said, as a client is to hear it: while the server starts, what is not
 * there may come, and is asked for again (INTERRUPTED instead of NAME). */
mica_status request_missing(const server *s, mica_status status, mica_error *err);
/* Bytes of requests that all clients of a protocol together may have the server keep, where one
 * request may have `largest`. */
size_t request_room(size_t largest);

#endif
