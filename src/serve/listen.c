/* See listen.h. */
#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
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

int port_of(int fd) {
    address a;
    socklen_t length = sizeof a;
    if (fd < 0 || getsockname(fd, &a.any, &length)) return 0;
    return ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
}
