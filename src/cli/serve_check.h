/* What mica serve --check tells: what a start with the same options would serve. */
#ifndef CLI_SERVE_CHECK_H
#define CLI_SERVE_CHECK_H

#include "cli/cli.h"
#include "serve/server.h"

/* As in server_options: those that are meant, for a check listens on any that are free. */
typedef struct meant_ports {
    int port, control, grpc, grpc_control;
} meant_ports;

mica_status serve_tell_checked(const common_options *c, const server *s, meant_ports ports,
                               mica_error *err);

#endif
