/* Sockets that listen. */
#ifndef SERVE_LISTEN_H
#define SERVE_LISTEN_H

#include "base/error.h"

#include <stdbool.h>

struct sockaddr;

/* Listens at a numeric address (IPv4, IPv6); port -1: any that is free. */
mica_status listen_at(const char *host, int port, int *socket, mica_error *err);
/* The same where a socket was not passed to the process (0). */
mica_status listen_or_take(int passed, const char *host, int port, int *socket, mica_error *err);
/* Looks at a socket that was passed: it listens over TCP; from here on it does not block. Its
 * address in numbers, its port. Errors: VALUE, which names it `what`. */
enum { ADDRESS_TEXT = 46 };
/* Of a client, without its port; NULL: it has none (a socket of this machine's files). */
const char *address_text(const struct sockaddr *a, char out[ADDRESS_TEXT]);
mica_status take_listener(int socket, const char *what, char address[ADDRESS_TEXT], int *port,
                          mica_error *err);
int port_of(int socket);
/* Errors: VALUE, where it is no address in numbers. */
mica_status check_address(const char *host, mica_error *err);
/* Whether an address is of this machine alone. */
bool is_loopback(const char *host);

#endif
