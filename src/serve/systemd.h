/* What a service manager and the services it starts say to each other, in our own words: the
 * protocols are few lines, and promised to stay (man sd_notify, sd_listen_fds,
 * sd_watchdog_enabled; https://systemd.io/CREDENTIALS). Without systemd nothing of this happens. */
#ifndef SERVE_SYSTEMD_H
#define SERVE_SYSTEMD_H

#include "base/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { MANAGER_TEXT = 512, MOST_OWED = 4 };
typedef struct service_manager {
    int socket; /* -1: nobody listens */
    struct sockaddr_un address;
    socklen_t length;
    double watchdog; /* seconds of silence after which it takes us for stuck; 0: it does not look */
    pthread_mutex_t lock;               /* of what follows */
    char owed[MOST_OWED][MANAGER_TEXT]; /* states that it had no room for, the oldest first */
    int owed_count;
} service_manager;

/* Reads $NOTIFY_SOCKET, $WATCHDOG_USEC, $WATCHDOG_PID. */
mica_status manager_open(service_manager *m, mica_error *err);
/* Lines of KEY=VALUE: READY=1, STATUS=… Any thread. Nobody waits for the manager, whose queue is
 * full while it is busy: what it is to know of our state (READY, RELOADING, STOPPING) is told later
 * then, before all else, by the next call, of manager_again too; what is said again anyway (a
 * watchdog's sign, what goes on) is left out. False: it was not sent. */
bool manager_tell(service_manager *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void manager_reloading(service_manager *m);
/* Tells what is owed, now and then; false: some is owed still. */
bool manager_again(service_manager *m);
void manager_close(service_manager *m);

/* Sockets that listen already when the process starts; 0: none. */
typedef struct passed_sockets {
    int http, control, grpc, grpc_control;
} passed_sockets;

/* Reads $LISTEN_PID, $LISTEN_FDS, $LISTEN_FDNAMES: the names are http, control, grpc and
 * grpc-control; where there are no names, the only socket is http. */
mica_status passed_sockets_read(passed_sockets *out, mica_error *err);

/* "credential:NAME" becomes $CREDENTIALS_DIRECTORY/NAME, which the caller frees; any other path
 * stays as it is (*out is NULL), and so does NULL. */
mica_status credential_path(const char *path, char **out, mica_error *err);

#endif
