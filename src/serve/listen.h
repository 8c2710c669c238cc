/* Sockets that listen. */
#ifndef SERVE_LISTEN_H
#define SERVE_LISTEN_H

#include "base/error.h"

#include <stdbool.h>

/* Listens at a numeric address (IPv4, IPv6); port -1: any that is free. */
mica_status listen_at(const char *host, int port, int *socket, mica_error *err);
int port_of(int socket);
/* Errors: VALUE, where it is no address in numbers. */
mica_status check_address(const char *host, mica_error *err);
/* Whether an address is of this machine alone. */
bool is_loopback(const char *host);

#endif
