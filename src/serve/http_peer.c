/* Connections as they come and go. libmicrohttpd would accept them itself; but where no descriptor
 * is left it asks without a pause until there is one, and it cuts only those that are silent, not
 * those that send a byte now and then. */
#include "base/clock.h"
#include "serve/http_exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TURN = 16,           /* connections that are taken, or cut, before others are served */
    BYTES_A_SECOND = 500 /* the least that a client must be able to send and to take */
};
#define SHORT_PAUSE 0.01
#define COURTESY 0.001
#define LONG_PAUSE 0.1

/* A client that was answered before it had sent all of its body sends on, and reads the reply
 * later. If the socket were closed then, what it sends would be answered by a reset, and take the
 * reply away from it: so it is read away for a while. RFC 9112, 9.6. */
static void linger(lane *l, int fd) {
    const int copy = l->lingerers < MOST_LINGERERS ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
    if (copy < 0) return;
    shutdown(copy, SHUT_WR);
    l->linger[l->lingerers++] = (lingerer){copy, clock_seconds()};
}

static bool is_at_end(int fd) {
    char bytes[64 << 10];
    ssize_t n = 1;
    for (int i = 0; i < TURN && n > 0; i++) n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

void peers_discard(lane *l, bool all) {
    if (!l->lingerers) return;
    const double now = clock_seconds();
    for (int i = l->lingerers - 1; i >= 0; i--) {
        const lingerer k = l->linger[i];
        if (!all && now - k.since < l->http_server->o.idle_seconds && !is_at_end(k.fd)) continue;
        close(k.fd);
        l->linger[i] = l->linger[--l->lingerers];
    }
}

static void unlink_peer(peer *p) {
    if ((*p->at = p->next)) p->next->at = p->at;
    secure_end(p);
    free(p);
}

static void tell_handshake(const peer *p, struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(connection,
                                                                MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    lane_tell_handshake(p->lane, i ? i->client_addr : NULL, p->identity != NULL);
}

static void changed(void *where, struct MHD_Connection *connection, void **context,
                    enum MHD_ConnectionNotificationCode what) {
    lane *l = where;
    peer *p = *context;
    atomic_fetch_add(&l->connections, what == MHD_CONNECTION_NOTIFY_CLOSED ? -1 : 1);
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (p && p->early) linger(l, p->fd);
        if (p && !p->asked) tell_handshake(p, connection);
        if (p) unlink_peer(p);
        *context = NULL;
        return;
    }
    if (!(p = *context = allocate(1, sizeof *p))) return;
    p->lane = l;
    p->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    p->since = clock_seconds();
    p->at = &l->peers;
    if ((p->next = l->peers)) p->next->at = &p->next;
    l->peers = p;
}

void peer_options(lane *l, struct MHD_OptionItem *items, int *n) {
    items[(*n)++] = (struct MHD_OptionItem){MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)changed, l};
}

peer *peer_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(connection,
                                                                MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return i ? i->socket_context : NULL;
}

void peer_goes_on(peer *p, peer_phase phase, size_t bytes) {
    if (!p) return;
    p->phase = phase;
    p->bytes = bytes;
    p->since = clock_seconds();
}

/* The library sees the end of it, and closes it. */
static void cut(peer *p) {
    p->cut = true;
    shutdown(p->fd, SHUT_RDWR);
}

/* Those that were silent longest between two requests, of the lane's own; whether there was one.
 * What came a moment ago is spared: its request is on the way. */
static bool make_room(lane *l) {
    const double now = clock_seconds();
    int count = 0;
    for (; count < TURN; count++) {
        peer *longest = NULL;
        for (peer *p = l->peers; p; p = p->next)
            if (p->phase == PEER_ASKS && !p->cut && now - p->since > 1 &&
                (!longest || p->since < longest->since))
                longest = p;
        if (!longest) break;
        cut(longest);
    }
    return count > 0;
}

/* A lane that accepted all that came would do all the work. Lanes stand in a row in memory. */
static bool has_more_than_others(const lane *l) {
    enum { SLACK = 4 };
    const lane *first = l - l->number;
    const int own = atomic_load(&l->connections), lanes = l->http_server->o.lanes;
    if (l->control || atomic_load(&l->quiet)) return false;
    for (int i = 0; i < lanes; i++)
        if (atomic_load(&first[i].connections) + SLACK < own) return true;
    return false;
}

bool peers_take(lane *l, bool waits) {
    if (!waits || l->left || !has_more_than_others(l)) {
        l->left = false;
        return waits;
    }
    l->paused = clock_seconds() + COURTESY;
    l->left = true;
    return false;
}

bool peers_accept(lane *l) {
    for (int i = 0; i < TURN && atomic_load(&l->connections) < l->most; i++) {
        if (i && has_more_than_others(l)) return true;
        struct sockaddr_storage from;
        socklen_t length = sizeof from;
        const int fd = accept4(l->listens, (struct sockaddr *)&from, &length,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
            l->paused = clock_seconds() + (make_room(l) ? SHORT_PAUSE : LONG_PAUSE);
            return false;
        }
        if (fd < 0) return i > 0;
        MHD_add_connection(l->daemon, fd, (struct sockaddr *)&from, length);
        l->turns++;
    }
    if (atomic_load(&l->connections) < l->most) return true;
    l->paused = clock_seconds() + (make_room(l) ? SHORT_PAUSE : LONG_PAUSE);
    return false;
}

/* What it sent last and its end came together: the library reads the one, and waits for the other.
 */
static bool has_hung_up(const peer *p) {
    char byte;
    return (p->phase == PEER_ASKS || p->phase == PEER_SENDS) &&
           recv(p->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void peers_sweep(lane *l) {
    const double now = clock_seconds(), idle = l->http_server->o.idle_seconds;
    if (now - l->swept < 1) return;
    l->swept = now;
    for (peer *p = l->peers; p; p = p->next) {
        if (p->phase == PEER_WAITS || p->cut) continue;
        if (now - p->since > 2 * idle + (double)p->bytes / BYTES_A_SECOND || has_hung_up(p)) cut(p);
    }
}
