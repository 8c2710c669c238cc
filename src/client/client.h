/* A client from inside: what its calls share. courier.h sends, reply.h reads. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "client/courier.h"
#include "mica/client.h"

struct mica_client {
    courier *courier;
    char *url;           /* without a slash at its end */
    char *authorization; /* "Authorization: Bearer …"; NULL: none. It is wiped */
    int64_t timeout_ms, retries, retry_ms;
    double deadline;      /* of the call that runs: seconds of clock_seconds() */
    uint64_t seed, draws; /* of waits */
    strbuf path, body;    /* of the call that runs */
    arena memory;         /* what it gives */
    int code;
    char request_id[64]; /* of the last reply, until the next: calls may be given it */
    mica_client_model model;
    mica_answer answer;
};

typedef struct question {
    const char *model;      /* for errors; NULL: none */
    const char *type;       /* of the body, which is c->body; NULL: GET */
    size_t json_length;     /* of a body with binary tensors; 0: none */
    const char *request_id; /* NULL: the server makes one */
    bool once;              /* 429 and 503 are answers */
} question;

/* Every public call begins so: its time begins. */
void client_begin(mica_client *c);
/* "/v2/models/NAME" or "…/versions/V", percent signs put in; errors: VALUE for an empty name. */
mica_status client_path(mica_client *c, const char *before, const char *model, const char *version,
                        mica_error *err);
/* Asks c->path, again where that may help; a code of 200 … 299 is OK, every other its error. What
 * the last call gave, which this one may have been asked with, goes only now. */
mica_status client_ask(mica_client *c, const question *q, courier_reply *out, mica_error *err);
/* Milliseconds before try number n (from 1) after one that failed: twice as many each time, a
 * minute at most. */
int64_t client_pause_ms(int64_t retry_ms, int64_t n);
/* Milliseconds that are left to the call; 0: none. */
int64_t client_left(const mica_client *c);

#endif
