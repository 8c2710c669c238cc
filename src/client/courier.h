/* One connection to a server, kept from request to request: a request and its reply, once. */
#ifndef CLIENT_COURIER_H
#define CLIENT_COURIER_H

#include "base/strbuf.h"

typedef struct courier courier;

typedef struct courier_options {
    const char *ca, *certificate, *certificate_key, *proxy; /* NULL: none */
    size_t most;                                            /* bytes of a reply */
} courier_options;

/* Errors: UNSUPPORTED, there is no libcurl. */
mica_status courier_open(const courier_options *o, courier **out, mica_error *err);
void courier_close(courier *t);

typedef struct courier_request {
    const char *url;
    const char *const *headers; /* "Name: value", ending in NULL */
    const char *body;           /* NULL: GET; else POST */
    size_t length;
    int64_t timeout_ms;
} courier_request;

typedef struct courier_reply {
    int code;         /* of HTTP */
    const char *body; /* with a closing NUL behind it; until the next request */
    size_t length;
    size_t json_length; /* Inference-Header-Content-Length; SIZE_MAX: none was sent */
    int64_t retry_after_ms;
    char request_id[64];
    bool refused; /* there is none: nobody listens (yet) */
} courier_reply;

/* Any reply is OK, whatever its code. Errors: IO, TIMEOUT, FORMAT for a reply that is too long. */
mica_status courier_ask(courier *t, const courier_request *r, courier_reply *out, mica_error *err);

#endif
