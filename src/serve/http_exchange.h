/* One request on its way through a lane. */
#ifndef SERVE_HTTP_EXCHANGE_H
#define SERVE_HTTP_EXCHANGE_H

#include "serve/pulse.h"
#include "serve/request.h"
#include "serve/server.h"

#include <microhttpd.h>
#include <pthread.h>

typedef struct exchange_state { /* begun anew with each request */
    served *served;             /* held; NULL: none */
    size_t received, announced; /* bytes of the body; announced SIZE_MAX: it is not known */
    bool parsed, failed, submitted, answered, inferred, denied; /* denied: by access_check */
    bool told;                                                  /* the reply is there already */
    bool early;         /* it is sent at once, and the connection ends */
    bool unread;        /* its body is not waited for */
    mica_status status; /* of the inference */
    double began;
} exchange_state;

typedef struct unpacker unpacker;

typedef struct http_exchange {
    exchange x;
    exchange_state state;
    inference work;
    identity who;
    char model[256], version[64];
    char host[256]; /* of the request's line; see path_of */
    char allow[64]; /* methods that the path has; "": it is not told */
    struct lane *lane;
    struct peer *peer; /* NULL: no memory was left for one */
    struct MHD_Connection *connection;
    strbuf body;
    unpacker *unpacker;   /* of a body that is packed; NULL: it is not */
    size_t counted, kept; /* of it, in server->bodies, in server->kept_bodies */
    size_t untaken;       /* of the reply, in server->replies_untaken */
    mica_error err;
    struct http_exchange *next; /* in the lane's list of free ones */
} http_exchange;

/* A connection that was closed before its request had come; see http_peer.c. */
typedef struct lingerer {
    int fd;
    double since;
} lingerer;

enum { MOST_LINGERERS = 64 };
/* Bytes of a connection, for headers and for a request that is parsed in place. The library clears
 * all of it after each request. */
enum { CONNECTION_POOL = 16 << 10 };
/* Buffers that one large request made are not kept, nor those of many at once: of so many of a
 * thread's exchanges that are free, and so many exchanges. */
enum { MOST_KEPT = 1 << 20, MOST_ROOMS = 32, MOST_FREE = 1024 };

typedef struct lane {
    server *http_server;
    int number, listens, epoll, wake;
    bool control;
    atomic_bool runs;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    atomic_bool stop;
    pulse pulse;
    atomic_bool quiet, settled; /* no more connections are taken; those that waited were */
    atomic_bool woken; /* another thread resumed a connection of this lane, and wrote to `wake` */
    atomic_int suspended; /* connections that wait for the engine */
    atomic_int active;    /* requests that were begun and are not answered */
    atomic_int connections;
    int most;           /* connections */
    struct peer *peers; /* the newest first */
    int lingerers;
    lingerer linger[MOST_LINGERERS];
    double paused, swept; /* none are taken until then; clock_seconds() of the last look at peers */
    unsigned long turns;  /* rises with all that happens */
    bool left;            /* a connection, to other lanes, and it may wait still */
    int tries;            /* how often it looks out before it sleeps: see lane_wait */
    http_exchange *free;  /* used again, the first of them with their room */
    int free_count;
    request_draws draws;
    uint64_t begun, seen; /* counted; of them, before the last wait */
    strbuf log, trail;    /* lines and events that are not handed over yet */
    double told; /* clock_seconds() of the library's last word, and how many were left out */
    unsigned untold;
    char word[400]; /* the library's last one, of a handshake; until it is known whose */
} lane;

/* A connection: libmicrohttpd's context of its socket. */
typedef enum peer_phase { PEER_ASKS, PEER_SENDS, PEER_WAITS, PEER_TAKES } peer_phase;
typedef struct peer {
    lane *lane;
    int fd;
    peer_phase phase; /* what goes on: a head, a body, the engine runs, a reply */
    double since;     /* clock_seconds() when it began */
    size_t bytes;     /* of the body so far, or of the reply */
    bool cut;
    bool asked;  /* a request came: there was no fault in the handshake */
    bool early;  /* it was answered before its body had come */
    bool looked; /* whether its certificate was looked at: after the handshake, once */
    bool known;
    char name[64];                 /* of its certificate, where that holds */
    struct tls_identity *identity; /* the server's, that it was shown, held; NULL: none yet */
    struct peer *next, **at;
} peer;

/* libmicrohttpd's callbacks; their first argument is the lane. */
enum MHD_Result exchange_step(void *lane, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state);
void exchange_completed(void *lane, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode why);
/* ---- http_body.c ---- */
#define TOO_MANY_BODIES "the server reads too many bodies at once"
/* Bytes that a body may have: few, where the route has no use for one. */
size_t body_limit(const http_exchange *e);
/* Whether a body of so many bytes can be kept now; what comes at once needs not be. */
bool body_fits(const http_exchange *e, size_t length);
/* Adds to what is kept. Errors: BUSY, all bodies together are too many; MEMORY. Nothing is kept
 * then. */
mica_status body_keep(http_exchange *e, const char *bytes, size_t count, mica_error *err);
void body_drop(http_exchange *e); /* gives its memory back */
void body_done(http_exchange *e); /* the exchange is over: its buffer may be the next one's */
/* ---- http_content.c ---- */
/* Whether the route takes such a body and such parameters; false: e->err and the code say why. */
bool content_check(http_exchange *e);
/* Unpacks a piece of the body into what is kept. Errors: the code is set. */
mica_status content_unpack(http_exchange *e, const char *bytes, size_t count, mica_error *err);
/* There is no more of it. */
mica_status content_end(http_exchange *e, mica_error *err);
void content_done(http_exchange *e);
/* ---- http_peer.c ---- */
/* What a daemon's options need so that its connections are known; from *n on. */
void peer_options(lane *l, struct MHD_OptionItem *items, int *n);
peer *peer_of(struct MHD_Connection *connection);
void peer_goes_on(peer *p, peer_phase phase, size_t bytes);
/* Takes some of the connections that wait; where that cannot be, it is tried again a little later.
 * False: there was none, or none could be taken. */
bool peers_accept(lane *l);
/* Whether to take a connection, if one waits. Who has more than others leaves it to these; for a
 * moment, then it is taken whatever they do, unless one of them took it. */
bool peers_take(lane *l, bool waits);
/* Reads away what comes on connections that were closed early; `all`: closes them now. */
void peers_discard(lane *l, bool all);
/* Cuts those that take too long; once a second. */
void peers_sweep(lane *l);
/* ---- http_head.c ---- */
/* What RFC 9112 has refused before anything is made of a request, with its code; NULL: nothing. */
const char *head_problem(struct MHD_Connection *connection, const char *version, int *code);
/* ---- http_tls.c ---- */
/* Adds what TLS needs to a daemon's options, from *n on; its flags. */
unsigned secure_options(lane *l, struct MHD_OptionItem *items, int *n);
/* A connection is over. */
void secure_end(peer *p);
/* The verified name of the connection's certificate; NULL: none. */
const char *secure_name(struct MHD_Connection *connection);

/* A connection of TLS ends that never asked anything; the library's word was about it. */
void lane_tell_handshake(lane *l, const struct sockaddr *from, bool hello);
void lane_flush(lane *l);
/* Has the lane look again; any thread. */
void lane_wake(lane *l);
void lane_free(lane *l);

/* ---- http_reply.c ---- */
enum MHD_Result exchange_send(http_exchange *e);

#endif
