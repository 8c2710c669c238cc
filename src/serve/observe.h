/* What is kept of a request when it is over: a record of the audit log, and of
 * the prediction log. */
#ifndef SERVE_OBSERVE_H
#define SERVE_OBSERVE_H

#include "serve/server.h"

#include <sys/socket.h>

typedef struct observed {
    const char *request_id, *model, *version; /* NULL: none */
    const char *deed; /* "predict", "load" …; NULL: only that it was refused is worth a record */
    const char *denied; /* why who asked may not; NULL: who asked may */
    const identity *who;
    served *served;                 /* NULL: none */
    const inference *work;          /* with its answer; NULL: there is none */
    const struct sockaddr *address; /* NULL: not known */
    int code; /* HTTP's, of gRPC's calls the one that is like theirs; 200: it was done */
} observed;

/* What of the next inference is kept: KEEP_…; random: any number. */
unsigned observe_what(const server *s, uint32_t random);
/* `gathered` is the thread's own, and goes to trail_flush. */
void observe(server *s, strbuf *gathered, const observed *o);

/* What no request asked for: "start", "stop", "loaded" …; detail is JSON or NULL, err NULL: it went
 * well. Any thread. */
void observe_server(server *s, const char *action, const char *model, const char *version,
                    const char *detail, const mica_error *err);

#endif
