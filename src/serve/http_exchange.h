/* One request on its way through a lane. */
#ifndef SERVE_HTTP_EXCHANGE_H
#define SERVE_HTTP_EXCHANGE_H

#include "serve/pulse.h"
#include "serve/server.h"

#include <microhttpd.h>
#include <pthread.h>

typedef struct exchange_state { /* begun anew with each request */
    served *served;             /* held; NULL: none */
    size_t received, announced; /* bytes of the body; announced SIZE_MAX: it is not known */
    bool parsed, failed, submitted, answered, inferred, denied; /* denied: by access_check */
    mica_status status;                                         /* of the inference */
    double began;
} exchange_state;

typedef struct http_exchange {
    exchange x;
    exchange_state state;
    inference work;
    identity who;
    char model[256], version[64];
    struct lane *lane;
    struct MHD_Connection *connection;
    strbuf body;
    mica_error err;
    struct http_exchange *next; /* in the lane's list of free ones */
} http_exchange;

typedef struct lane {
    server *http_server;
    int number, listens, epoll, wake;
    bool control;
    atomic_bool runs;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    atomic_bool stop;
    pulse pulse;
    atomic_bool woken; /* another thread resumed a connection of this lane, and wrote to `wake` */
    atomic_int suspended; /* connections that wait for the engine */
    atomic_int active;    /* requests that were begun and are not answered */
    unsigned long turns;  /* rises with all that happens */
    int tries;            /* how often it looks out before it sleeps: see lane_wait */
    http_exchange *free;  /* used again, with their room */
    uint64_t requests;    /* counted, for their ids */
    strbuf log, trail;    /* lines and events that are not handed over yet */
} lane;

/* A connection that is encrypted: libmicrohttpd's context of its socket. */
typedef struct secure_peer {
    lane *lane;
    bool looked; /* whether its certificate was looked at: after the handshake, once */
    bool known;
    char name[64]; /* of its certificate, where that holds */
} secure_peer;

/* libmicrohttpd's callbacks; their first argument is the lane. */
enum MHD_Result exchange_step(void *lane, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state);
void exchange_completed(void *lane, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode why);
/* ---- http_tls.c ---- */
struct MHD_OptionItem;
/* Adds what TLS needs to a daemon's options, from *n on; its flags. */
unsigned secure_options(lane *l, struct MHD_OptionItem *items, int *n);
/* The verified name of the connection's certificate; NULL: none. */
const char *secure_name(struct MHD_Connection *connection);

void lane_flush(lane *l);
/* Has the lane look again; any thread. */
void lane_wake(lane *l);
void lane_free(lane *l);

/* ---- http_reply.c ---- */
enum MHD_Result exchange_send(http_exchange *e);

#endif
