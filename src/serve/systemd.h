/* What a service manager and the services it starts say to each other, in our own words: the
 * protocols are few lines, and promised to stay (man sd_notify, sd_listen_fds,
 * sd_watchdog_enabled; https://systemd.io/CREDENTIALS). Without systemd nothing of this happens. */
#ifndef SERVE_SYSTEMD_H
#define SERVE_SYSTEMD_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

typedef struct service_manager {
    int socket; /* -1: nobody listens */
    struct sockaddr_un address;
    socklen_t length;
    double watchdog; /* seconds of silence after which it takes us for stuck; 0: it does not look */
} service_manager;

/* Reads $NOTIFY_SOCKET, $WATCHDOG_USEC, $WATCHDOG_PID. */
mica_status manager_open(service_manager *m, mica_error *err);
/* Lines of KEY=VALUE: READY=1, STATUS=…; false where nobody listens. */
bool manager_tell(const service_manager *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void manager_reloading(const service_manager *m);
void manager_close(service_manager *m);

/* Sockets that listen already when the process starts; 0: none. */
typedef struct passed_sockets {
    int http, control, grpc;
} passed_sockets;

/* Reads $LISTEN_PID, $LISTEN_FDS, $LISTEN_FDNAMES: the names are http, control and grpc; where
 * there are no names, the only socket is http. */
mica_status passed_sockets_read(passed_sockets *out, mica_error *err);

/* "credential:NAME" becomes $CREDENTIALS_DIRECTORY/NAME, which the caller frees; any other path
 * stays as it is (*out is NULL), and so does NULL. */
mica_status credential_path(const char *path, char **out, mica_error *err);

#endif
