/* See systemd.h. */
#include "serve/systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A whole number from 1 to `most`; 0: it is none. */
static long long number_of(const char *text, long long most) {
    char *end;
    if (!text || *text < '0' || *text > '9') return 0;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    return *end || errno || value > most ? 0 : value;
}

/* ---- telling ---- */

/* "/path", or "@name" in the abstract namespace, which a zero byte begins. */
static mica_status parse_address(service_manager *m, const char *text, mica_error *err) {
    const size_t length = strlen(text);
    m->address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((*text != '/' && *text != '@') || length < 2 || length >= sizeof m->address.sun_path)
        return fail(err, MICA_VALUE, "NOTIFY_SOCKET is \"%s\", expected /PATH or @NAME", text);
    memcpy(m->address.sun_path, text, length);
    if (*text == '@') m->address.sun_path[0] = 0;
    m->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return MICA_OK;
}

mica_status manager_open(service_manager *m, mica_error *err) {
    const char *address = getenv("NOTIFY_SOCKET"), *usec = getenv("WATCHDOG_USEC"),
               *pid = getenv("WATCHDOG_PID");
    *m = (service_manager){.socket = -1, .lock = PTHREAD_MUTEX_INITIALIZER};
    if (!address || !*address) return MICA_OK;
    TRY(parse_address(m, address, err));
    m->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (m->socket < 0) return fail(err, MICA_IO, "NOTIFY_SOCKET: %s", strerror(errno));
    if (!usec || (pid && number_of(pid, INT32_MAX) != getpid())) return MICA_OK;
    const long long period = number_of(usec, INT64_MAX);
    if (!period)
        return fail(err, MICA_VALUE, "WATCHDOG_USEC is \"%s\", expected microseconds", usec);
    m->watchdog = (double)period * 1e-6;
    return MICA_OK;
}

/* 1: sent; 0: there is no room for it now; -1: it cannot be sent. */
static int send_text(const service_manager *m, const char *text) {
    const size_t length = strlen(text);
    if (sendto(m->socket, text, length, MSG_NOSIGNAL | MSG_DONTWAIT,
               (const struct sockaddr *)&m->address, m->length) == (ssize_t)length)
        return 1;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS ? 0 : -1;
}

static void drop_first(service_manager *m) {
    memmove(m->owed, m->owed + 1, sizeof m->owed - sizeof *m->owed);
    m->owed_count--;
}

static bool send_owed(service_manager *m) {
    while (m->owed_count && send_text(m, *m->owed)) drop_first(m);
    return !m->owed_count;
}

static bool is_state(const char *text) {
    static const char *const states[] = {"READY=", "RELOADING=", "STOPPING="};
    for (size_t i = 0; i < LENGTH(states); i++)
        if (!strncmp(text, states[i], strlen(states[i]))) return true;
    return false;
}

/* Where too much is owed, the newest states count. */
static void owe(service_manager *m, const char *text) {
    if (m->owed_count == MOST_OWED) drop_first(m);
    snprintf(m->owed[m->owed_count++], MANAGER_TEXT, "%s", text);
}

bool manager_tell(service_manager *m, const char *format, ...) {
    char text[MANAGER_TEXT];
    va_list arguments;
    if (m->socket < 0) return false;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&m->lock);
    const int sent = send_owed(m) ? send_text(m, text) : 0;
    if (!sent && is_state(text)) owe(m, text);
    pthread_mutex_unlock(&m->lock);
    return sent > 0;
}

bool manager_again(service_manager *m) {
    if (m->socket < 0) return true;
    pthread_mutex_lock(&m->lock);
    const bool all = send_owed(m);
    pthread_mutex_unlock(&m->lock);
    return all;
}

void manager_reloading(service_manager *m) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    manager_tell(m, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=reads keys, certificates, logs again",
                 (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

void manager_close(service_manager *m) {
    if (m->socket < 0) return;
    send_owed(m);
    close(m->socket);
    m->socket = -1;
    pthread_mutex_destroy(&m->lock);
}

/* ---- sockets ---- */

enum { FIRST = 3 }; /* behind the three standard ones */

static mica_status place(passed_sockets *out, const char *name, size_t length, int fd,
                         mica_error *err) {
    static const char *const names[] = {"http", "control", "grpc", "grpc-control"};
    int *const at[] = {&out->http, &out->control, &out->grpc, &out->grpc_control};
    for (size_t i = 0; i < LENGTH(names); i++) {
        if (strlen(names[i]) != length || strncmp(names[i], name, length)) continue;
        if (*at[i])
            return fail(err, MICA_VALUE, "LISTEN_FDNAMES names two sockets \"%s\", expected one",
                        names[i]);
        *at[i] = fd;
        return MICA_OK;
    }
    return fail(err, MICA_VALUE,
                "LISTEN_FDNAMES names a socket \"%.*s\", expected http, control, grpc or "
                "grpc-control (FileDescriptorName= of its unit)",
                (int)length, name);
}

mica_status passed_sockets_read(passed_sockets *out, mica_error *err) {
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS"),
               *name = getenv("LISTEN_FDNAMES");
    *out = (passed_sockets){0};
    if (!pid || !fds || number_of(pid, INT32_MAX) != getpid()) return MICA_OK;
    const int count = (int)number_of(fds, 1024);
    if (!count) return fail(err, MICA_VALUE, "LISTEN_FDS is \"%s\", expected a count", fds);
    if (!name && count > 1)
        return fail(err, MICA_VALUE, "%d sockets were passed without names (LISTEN_FDNAMES)",
                    count);
    if (!name) name = "http";
    for (int fd = FIRST; fd < FIRST + count; fd++) {
        const size_t length = strcspn(name, ":");
        TRY(place(out, name, length, fd, err));
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        name += name[length] ? length + 1 : length;
    }
    return MICA_OK;
}

/* ---- credentials ---- */

mica_status credential_path(const char *path, char **out, mica_error *err) {
    static const char scheme[] = "credential:";
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    *out = NULL;
    if (!path || strncmp(path, scheme, sizeof scheme - 1)) return MICA_OK;
    const char *name = path + sizeof scheme - 1;
    if (!*name || strchr(name, '/') || *name == '.')
        return fail(err, MICA_VALUE, "%s: expected credential:NAME, of a file without folders",
                    path);
    if (!folder || !*folder)
        return fail(err, MICA_VALUE,
                    "%s: there is no $CREDENTIALS_DIRECTORY: systemd makes it for units with "
                    "LoadCredential=%s:FILE",
                    path, name);
    const size_t room = strlen(folder) + strlen(name) + 2;
    if (!(*out = malloc(room))) return fail_memory(err, room, path);
    snprintf(*out, room, "%s/%s", folder, name);
    return MICA_OK;
}
