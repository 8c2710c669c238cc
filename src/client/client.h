/* Asking a server over HTTP or HTTPS (libcurl). One thread; the connection is kept from request to
 * request. Certificates are checked, redirections are not followed, and nothing but http and https
 * is spoken. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "base/strbuf.h"

typedef struct client client;

typedef struct client_options {
    const char *ca;     /* PEM file of who signed the server's certificate; NULL: the system's */
    int64_t timeout_ms; /* of one request; 0: 30 s */
} client_options;

/* URL of the server, "https://host:port", which names no user. Connects at the first request.
 * UNSUPPORTED: this build has no libcurl. */
mica_status client_open(const char *url, const client_options *o, client **out, mica_error *err);
void client_close(client *c);

typedef struct client_reply {
    int code;         /* of HTTP */
    const char *body; /* with a closing NUL behind it; until the next request */
    size_t length;
} client_reply;
/* Any reply is OK, whatever its code. IO: there is none; TIMEOUT: not in time; FORMAT: more than
 * 64 MiB. */
mica_status client_get(client *c, const char *path, client_reply *out, mica_error *err);
/* Whether the server is ready for predictions: BUSY and what it says where it is not yet. */
mica_status client_ready(client *c, mica_error *err);

#endif
