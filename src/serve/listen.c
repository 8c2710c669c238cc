/* See listen.h. */
#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

static bool parse_address(const char *host, int port, address *a, socklen_t *length) {
    memset(a, 0, sizeof *a);
    const uint16_t number = htons((uint16_t)(port < 0 ? 0 : port));
    if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1) {
        a->v4.sin_family = AF_INET;
        a->v4.sin_port = number;
        *length = sizeof a->v4;
        return true;
    }
    if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) != 1) return false;
    a->v6.sin6_family = AF_INET6;
    a->v6.sin6_port = number;
    *length = sizeof a->v6;
    return true;
}

mica_status check_address(const char *host, mica_error *err) {
    address a;
    socklen_t length;
    if (parse_address(host, 0, &a, &length)) return MICA_OK;
    return fail(err, MICA_VALUE, "\"%s\" is no address: expected numbers such as 127.0.0.1 or ::1",
                host);
}

bool is_loopback(const char *host) {
    address a;
    socklen_t length;
    if (!parse_address(host, 0, &a, &length)) return false;
    return a.any.sa_family == AF_INET ? ntohl(a.v4.sin_addr.s_addr) >> 24 == 127
                                      : IN6_IS_ADDR_LOOPBACK(&a.v6.sin6_addr);
}

mica_status listen_at(const char *host, int port, int *out, mica_error *err) {
    address a;
    socklen_t length;
    TRY(check_address(host, err));
    parse_address(host, port, &a, &length);
    const int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0) return fail(err, MICA_IO, "a socket: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!bind(fd, &a.any, length) && !listen(fd, SOMAXCONN)) {
        *out = fd;
        return MICA_OK;
    }
    const int why = errno;
    close(fd);
    return fail(err, MICA_IO, "%s, port %d: %s", host, port < 0 ? 0 : port, strerror(why));
}

mica_status listen_or_take(int passed, const char *host, int port, int *out, mica_error *err) {
    if (!passed) return listen_at(host, port, out, err);
    *out = passed;
    return MICA_OK;
}

static int asked_of(int fd, int what) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(fd, SOL_SOCKET, what, &value, &length) ? -1 : value;
}

mica_status take_listener(int fd, const char *what, char text[ADDRESS_TEXT], int *port,
                          mica_error *err) {
    address a;
    socklen_t length = sizeof a;
    const int family = asked_of(fd, SO_DOMAIN), flags = fcntl(fd, F_GETFL);
    if ((family != AF_INET && family != AF_INET6) || asked_of(fd, SO_TYPE) != SOCK_STREAM ||
        asked_of(fd, SO_ACCEPTCONN) != 1)
        return fail(err, MICA_VALUE,
                    "the socket \"%s\" that was passed is none that listens over TCP", what);
    if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) || getsockname(fd, &a.any, &length))
        return fail(err, MICA_IO, "the socket \"%s\": %s", what, strerror(errno));
    const bool six = family == AF_INET6;
    inet_ntop(family, six ? (void *)&a.v6.sin6_addr : (void *)&a.v4.sin_addr, text, ADDRESS_TEXT);
    *port = ntohs(six ? a.v6.sin6_port : a.v4.sin_port);
    return MICA_OK;
}

int port_of(int fd) {
    address a;
    socklen_t length = sizeof a;
    if (fd < 0 || getsockname(fd, &a.any, &length)) return 0;
    return ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
}

const char *address_text(const struct sockaddr *a, char out[ADDRESS_TEXT]) {
    const void *number = NULL;
    if (a && a->sa_family == AF_INET)
        number = &((const struct sockaddr_in *)(const void *)a)->sin_addr;
    if (a && a->sa_family == AF_INET6)
        number = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
    return number ? inet_ntop(a->sa_family, number, out, ADDRESS_TEXT) : NULL;
}
