/* The server: its options, its life, and what routes ask of it. */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include "serve/access.h"
#include "serve/engine.h"
#include "serve/listen.h"
#include "serve/loader.h"
#include "serve/models.h"
#include "serve/recorder.h"
#include "serve/shadow.h"
#include "serve/sources.h"
#include "serve/systemd.h"
#include "serve/trail.h"

enum { REPLY_CODES = 600 };
/* Lanes are those of connections, of workers, of administration, of gRPC. */
enum { MOST_CONNECTION_LANES = MOST_LANES / 2 - 1 };
enum { BY_HTTP, BY_GRPC };

/* Zero is the default where a number has one. Texts are the caller's while the server lives. */
typedef struct server_options {
    const char *host;       /* an address (default 127.0.0.1) */
    int port;               /* of predictions (default 8080; -1: any that is free) */
    int control_port;       /* of metrics and administration (default: port + 1; -1: any) */
    int grpc_port;          /* of gRPC (0: none; -1: any that is free) */
    int grpc_control_port;  /* of administration by gRPC (the same); wants grpc_port */
    passed_sockets sockets; /* that listen already: their addresses and ports are taken */
    int lanes;              /* threads of connections (default: as the machine has) */
    int workers;            /* threads for slow models (default: as many) */
    int connections;        /* at once (default 16,384, or what the limit of files leaves) */
    int control_connections, grpc_connections; /* of these, for their ports; server_open's */
    size_t most_body;                          /* bytes of a request (default 64 MiB) */
    int idle_seconds; /* a connection that sends or takes nothing is cut (default 30) */
    bool insecure;    /* may listen beyond the loopback without keys and TLS */
    const char *const *host_names; /* that requests may call this server by; the address and
                                           localhost always */
    int host_count;
    served_options model; /* of each model: name, version, path aside */
    access_options access;
    bool open;  /* no keys are asked for */
    bool check; /* nothing will be answered: logs are looked at, and not opened */
    const char *certificate, *key, *client_ca; /* TLS, PEM files; NULL: none */
    const char *access_log;   /* a file for JSON lines, "-": standard output; NULL: none */
    trail_options audit;      /* folder NULL: none */
    recorder_options records; /* database NULL: none */
    void (*log)(void *user, mica_log_level level, const char *text);
    void *log_user;
} server_options;

struct server {
    server_options o;
    models *models;
    traffic *traffic;
    engine *engine;
    shadows *shadows;
    loader *loader;                        /* what loads, but for the repository's own thread */
    sources *sources;                      /* of models that are not the repository's */
    struct repository *_Atomic repository; /* NULL: none; it comes when lanes run already */
    access_control *access;                /* NULL: open to all */
    struct tls *tls;                       /* NULL: not encrypted */
    struct http *_Atomic http;             /* connections; its lanes run before it is here */
    struct grpc_server *grpc;              /* NULL: no gRPC */
    pthread_mutex_t loading;               /* one at a time */
    struct access_log *log;
    char address[ADDRESS_TEXT]; /* of the socket that was passed */
    trail *trail;               /* the audit log; NULL: none */
    recorder *recorder;         /* the prediction log; NULL: none */
    atomic_bool draining, started_told;
    atomic_int ready; /* all models were loaded */
    _Atomic uint64_t reloads, failed_reloads;
    _Atomic uint64_t replies[2][REPLY_CODES]; /* of HTTP and of gRPC, by their codes; 0: cut off */
    /* Bytes of HTTP's bodies, and of buffers for the next ones: http_body.c. */
    _Atomic size_t bodies, kept_bodies;
    _Atomic size_t replies_untaken; /* bytes of HTTP's replies that clients have not taken */
    double started;                 /* clock_seconds() */
    int told_days; /* how many the certificate had left when that was told; INT_MAX: it was not */
    uint64_t seed; /* of request ids */
};

/* Opens what is asked, listens, and answers from then on; models come by server_load. */
mica_status server_open(const server_options *o, server **out, mica_error *err);
int server_port(const server *s);
int server_control_port(const server *s);
int server_grpc_port(const server *s);         /* 0: none */
int server_grpc_control_port(const server *s); /* 0: none */
/* Loads a model and puts it in the place of the one with that name and version; where it fails, the
 * old one stays. Any thread. Loading takes long, here and below: nobody who answers calls it, but
 * the loader's thread, or the repository's. */
mica_status server_load_as(server *s, const served_options *o, mica_error *err);
/* The same with the server's settings (s->o.model), and it becomes one of the sources. */
mica_status server_load(server *s, const char *name, const char *version, const char *path,
                        mica_error *err);
/* The two halves of it: a version that nobody can ask for yet, which the caller holds; and its
 * coming in. server_put takes it, whatever comes of it. */
mica_status server_load_apart(server *s, const served_options *o, served **out, mica_error *err);
mica_status server_put(server *s, served *v, mica_error *err);
/* The file of a version that is there, or was until a request unloaded it, once more (NULL: of all
 * versions of that name). Errors: NAME, as server_load. */
mica_status server_load_again(server *s, const char *name, const char *version, mica_error *err);
/* Reads keys, certificates and settings of logs again (SIGHUP); what is broken stays as it was. */
void server_reread(server *s);
/* The version that a request's path names, held; its code is 404 where there is none. Where it
 * names none, the default; an inference goes by the rules of traffic. */
mica_status exchange_hold(exchange *x, served **out, mica_error *err);
/* From here on ready, or (false) not. */
void server_ready(server *s, bool ready);
/* Once a second: figures of the last seconds, logs. */
void server_tick(server *s);
/* Seconds until the certificate expires, by the wall clock; INFINITY: there is none. Any thread. */
double server_certificate_left(const server *s);
/* The longest that one of the server's threads has been at the same thing: a turn of a lane's loop,
 * a batch. Threads that wait are at nothing. */
double server_busy(const server *s);
/* No new connections; what was accepted is answered, for at most that long. Who waits for a model
 * to be loaded is told that the server ends. */
void server_drain(server *s, double seconds);
/* False: a model is being loaded, which cannot be broken off. All is answered and all logs are
 * written, but what that thread uses is not given back: the process is to end as it is (_exit). */
bool server_close(server *s);
void server_log(const server *s, mica_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
