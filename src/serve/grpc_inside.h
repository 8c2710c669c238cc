/* What the files of gRPC share. Everything is the loop's thread's, but for what says otherwise. */
#ifndef SERVE_GRPC_INSIDE_H
#define SERVE_GRPC_INSIDE_H

#include "codec/bytes.h"
#include "serve/grpc.h"
#include "serve/grpc_messages.h"
#include "serve/pulse.h"
#include "serve/request.h"

#include <nghttp2/nghttp2.h>
#include <pthread.h>

/* Status codes of gRPC. */
typedef enum grpc_code {
    GRPC_OK = 0,
    GRPC_CANCELLED = 1,
    GRPC_INVALID_ARGUMENT = 3,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_NOT_FOUND = 5,
    GRPC_PERMISSION_DENIED = 7,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_INTERNAL = 13,
    GRPC_UNAVAILABLE = 14,
    GRPC_UNAUTHENTICATED = 16
} grpc_code;

struct grpc_call;

/* Bytes of replies that a client has not taken, beyond which no message of its connection is run.
 */
enum { UNREAD = 1 << 20 };
/* Bytes of a call's headers, counted as RFC 9113, 6.5.2 says. */
enum { MOST_METADATA = 16 << 10 };
/* Bytes of all calls that are open, without their messages, and of those that need no key: who has
 * none leaves half of it to the others. */
enum { MOST_OPEN = 64 << 20, MOST_KEYLESS = MOST_OPEN / 2 };

/* A method: reads the message, and puts the reply's message into call->out or hands the call to the
 * engine. */
typedef struct grpc_method {
    const char *path;
    bool stream, inference;
    bool of_all; /* of no model in particular */
    action action;
    mica_status (*run)(struct grpc_call *c, const void *message, size_t length, mica_error *err);
    const char *deed;  /* what the audit log calls it; NULL: nothing to record */
    const char *route; /* of the port of administration alone; and HTTP's route that does it */
} grpc_method;

const grpc_method *grpc_find_method(const char *path);

/* What of a connection is encrypted, or not. */
typedef struct grpc_transport {
    int fd;
    void *session;                 /* GnuTLS's; NULL: not encrypted */
    struct tls_identity *identity; /* what it shows, held */
    bool shaking;
    char name[64]; /* of the client's certificate; "": none */
} grpc_transport;

enum { TRANSPORT_AGAIN = -1, TRANSPORT_OVER = -2 };
mica_status transport_setup(server *s, void **credentials, mica_error *err);
void transport_teardown(void *credentials);
bool transport_open(grpc_transport *t, server *s, void *credentials, int fd);
void transport_close(grpc_transport *t);
/* Bytes, or AGAIN, or OVER: the other side closed, or what it sent is broken. `room` holds a record
 * of TLS, so that all that is taken from the socket is given: of the rest epoll tells. */
ssize_t transport_read(grpc_transport *t, server *s, void *to, size_t room);
/* Sends the end. What the other side sends still is read away until it ends too: closing a socket
 * with bytes unread would take away from it what it has not read of ours. */
void transport_finish(grpc_transport *t);
ssize_t transport_discard(grpc_transport *t);
ssize_t transport_write(grpc_transport *t, const void *from, size_t length);

/* A port that is listened on. */
typedef struct grpc_door {
    int fd, port; /* fd -1: not any more, or there is none */
    int most, count;
    bool accepts, control; /* control: of administration */
} grpc_door;

typedef struct grpc_connection {
    grpc_server *g;
    grpc_door *door;
    grpc_transport transport;
    nghttp2_session *session;
    strbuf unsent;                   /* what the socket did not take */
    size_t sent;                     /* of it */
    bool waits_to_write, over, goes; /* goes: it was told that the server ends */
    double finished; /* clock_seconds() when the last byte was sent, and the end; 0: it goes on */
    double moved;    /* bytes went either way last then */
    double patience; /* control frames that it may still send: a flood ends it */
    double patience_at, going_since;
    struct grpc_call *calls;
    size_t unread; /* bytes of replies that the client has not taken: see call_account */
    bool holds;    /* calls wait until it has */
    struct grpc_connection *next, **at;
} grpc_connection;

typedef struct grpc_call {
    grpc_connection *connection; /* NULL: it is gone */
    grpc_server *g;
    int32_t stream;
    const grpc_method *method;
    char path[96], content_type[32], encoding[16], request_id[REQUEST_ID_ROOM];
    char *authorization; /* NULL: none */
    int64_t timeout_us;
    size_t metadata;                                            /* bytes of its headers so far */
    bool is_post, ended, replied, finished, running, raw, held; /* held: until replies are read */
    bool by_traffic;                                            /* no version was asked for */
    grpc_code code;
    mica_error err;
    strbuf in, out;
    size_t taken, given;    /* of `in`, of `out` */
    size_t unconsumed;      /* bytes whose window was not given back */
    size_t counted, unread; /* what call_account counted of it */
    size_t bytes;           /* of the call itself, in g->open */
    bool keyless;           /* and in g->keyless */
    double began, touched;
    grpc_names asked; /* by the last message to infer */
    inference work;
    served *served;
    identity who;
    mica_status status; /* of the inference, or of what was loaded */
    mica_error told;    /* its words: another thread's, while the loop's are in `err` */
    struct grpc_call *next, **at, *next_done;
} grpc_call;

struct grpc_server {
    grpc_options o;
    void *credentials;
    grpc_door door[2]; /* for all, and of administration */
    int epoll, wake;
    atomic_bool runs;
    pthread_t thread;
    atomic_bool stop, draining, woken;
    atomic_int active;
    pthread_mutex_t lock;
    grpc_call *done; /* of any thread, under the lock: what the engine is ready with */
    grpc_connection *connections;
    atomic_int connection_count;
    int running;     /* calls that the engine or the loader has */
    size_t buffered; /* bytes of messages that were not run, and of replies that were not sent */
    size_t open, keyless; /* bytes of calls: see MOST_OPEN */
    request_draws draws;
    grpc_call *free; /* used again, the first of them with their room */
    int free_count;
    strbuf log, trail;
    double swept;
    pulse pulse;
};

/* ---- grpc_connection.c ---- */
/* Takes fd; NULL: it was closed. */
grpc_connection *connection_open(grpc_server *g, grpc_door *door, int fd);
void connection_close(grpc_connection *c);
void connection_ready(grpc_connection *c, bool readable); /* its socket is */
bool connection_feed(grpc_connection *c, const void *bytes, size_t length);
void connection_send(grpc_connection *c);
void connection_sweep(grpc_connection *c, double now);
void connection_refuse(grpc_connection *c); /* the server ends: all that does not run */

/* ---- grpc_call.c ---- */
/* NULL: too much is open, or there is no memory. */
grpc_call *call_open(grpc_connection *c, int32_t stream);
void call_header(grpc_call *c, const char *name, size_t name_length, const char *value,
                 size_t length);
void call_begin(grpc_call *c); /* its headers are complete */
void call_data(grpc_call *c, const uint8_t *bytes, size_t length);
void call_end(grpc_call *c); /* the client sends no more */
/* The stream is closed. */
void call_close(grpc_call *c);
void call_fail(grpc_call *c, grpc_code code, const char *text);
void call_submit(grpc_call *c); /* to the engine */
/* From here on another thread has it, until that calls call_told. */
void call_runs(grpc_call *c);
void call_told(void *call, mica_status status, const mica_error *err); /* any thread */
void call_done(grpc_call *c);  /* call_told's word, on the loop's thread */
void call_go_on(grpc_call *c); /* replies were read: the messages that were held */
/* To be called where `in`, `out` or `given` changed: brings the sums of the connection and of the
 * server up to date. */
void call_account(grpc_call *c);
/* Bytes that messages and replies may take together, and so many more fit. */
bool call_fits(const grpc_call *c, size_t bytes);
void calls_free(grpc_server *g);
/* A message was answered, or the call refused (denied says why; NULL: it was not). */
void call_observe(const grpc_call *c, const char *model, grpc_code code, const char *denied);
grpc_code code_of(mica_status status);
/* ---- grpc_methods.c ---- */
void grpc_answer(grpc_call *c); /* what the engine said, or why it could not */
void grpc_answer_failed(grpc_call *c, mica_status status);
credentials call_credentials(const grpc_call *c);
size_t grpc_begin_message(grpc_call *c);
mica_status grpc_end_message(grpc_call *c, size_t begun, mica_error *err);
/* ---- grpc_repository.c ---- */
mica_status grpc_index(grpc_call *c, const void *message, size_t length, mica_error *err);
mica_status grpc_load(grpc_call *c, const void *message, size_t length, mica_error *err);
mica_status grpc_unload(grpc_call *c, const void *message, size_t length, mica_error *err);
/* The loader's word became c->status. */
void grpc_answer_loaded(grpc_call *c);
/* ---- grpc_reply.c ---- */
void reply_update(grpc_call *c);                     /* there is more to send, or the end */
int64_t timeout_of(const char *text, size_t length); /* "250m" in microseconds; 0: it is none */

#endif
