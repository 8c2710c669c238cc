/* KServe v2 over gRPC: HTTP/2 by nghttp2, on one thread that reads, runs quick models and replies.
 * docs/serving_grpc.md. */
#ifndef SERVE_GRPC_H
#define SERVE_GRPC_H

#include "serve/server.h"

typedef struct grpc_server grpc_server;

typedef struct grpc_options {
    server *server; /* models, engine, access, TLS, log; outlives this */
    int lane;       /* of the thread: nobody else's */
    const char *host;
    int port, control_port;     /* -1: any that is free; control_port 0: none */
    int socket, control_socket; /* that listen already; 0: none */
    /* 0: the default */
    int connections, control_connections; /* at once, of each port (1,024, 64) */
    int streams;                          /* calls of a connection (100) */
    size_t most_message;                  /* bytes of one message (64 MiB) */
    int idle_seconds; /* a connection that ought to send or take and does not is cut (30) */
} grpc_options;

mica_status grpc_open(const grpc_options *o, grpc_server **out, mica_error *err);
int grpc_port(const grpc_server *g);
int grpc_control_port(const grpc_server *g); /* 0: none */
/* No new connections; those there are told to go (GOAWAY), calls that were begun are answered. */
void grpc_drain(grpc_server *g);
/* Calls that were begun and are not answered; behind grpc_drain also connections that are not told
 * so to their end. */
int grpc_active(const grpc_server *g);
/* How long its thread has been at the same turn of its loop. */
double grpc_busy(const grpc_server *g);
/* Ends all; what the engine has of it is awaited: before engine_close. */
void grpc_close(grpc_server *g);

#endif
