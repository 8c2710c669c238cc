/* The loop: see grpc.h. epoll → read → run what came together → reply. */
#include "serve/grpc_inside.h"

#include "base/clock.h"
#include "serve/access_log.h"
#include "serve/listen.h"
#include "serve/trail.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* In epoll connections and doors are pointers to them, `wake` to its descriptor in the server. */

static void listen_on(grpc_server *g, grpc_door *d, bool on) {
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = d};
    if (d->fd < 0 || on == d->accepts) return;
    if (!epoll_ctl(g->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, d->fd, &e)) d->accepts = on;
}

/* Where no descriptor is left, or too many are connected, new ones wait until some have gone. */
static void accept_some(grpc_server *g, grpc_door *d) {
    const int on = 1;
    while (d->count < d->most) {
        const int fd = accept4(d->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)) return;
        if (fd < 0) break;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connection_open(g, d, fd);
    }
    listen_on(g, d, false);
}

static void close_door(grpc_server *g, grpc_door *d) {
    if (d->fd < 0) return;
    listen_on(g, d, false);
    close(d->fd);
    d->fd = -1;
}

/* Whether there was any. */
static bool take_done(grpc_server *g) {
    pthread_mutex_lock(&g->lock);
    grpc_call *c = g->done;
    g->done = NULL;
    pthread_mutex_unlock(&g->lock);
    const bool any = c != NULL;
    for (grpc_call *next; c; c = next) {
        next = c->next_done;
        grpc_connection *connection = c->connection;
        call_done(c);
        if (connection) connection_send(connection);
    }
    return any;
}

static void sweep(grpc_server *g) {
    const double now = clock_seconds();
    for (size_t i = 0; i < LENGTH(g->door) && atomic_load(&g->draining); i++)
        close_door(g, &g->door[i]);
    if (now - g->swept < 0.2) return;
    g->swept = now;
    for (grpc_connection *c = g->connections; c; c = c->next) connection_sweep(c, now);
    access_log_flush(g->o.server->log, &g->log);
    for (size_t i = 0; i < LENGTH(g->door); i++) listen_on(g, &g->door[i], true);
}

static void close_over(grpc_server *g) {
    for (grpc_connection *c = g->connections, *next; c; c = next) {
        next = c->next;
        if (c->over) connection_close(c);
    }
}

/* The time to end is over: what the engine has not begun is refused. */
static void refuse_rest(grpc_server *g) {
    for (grpc_connection *c = g->connections; c; c = c->next) connection_refuse(c);
}

static void look_at(grpc_server *g, const struct epoll_event *e) {
    uint64_t count;
    if (e->data.ptr == &g->door[0] || e->data.ptr == &g->door[1]) accept_some(g, e->data.ptr);
    else if (e->data.ptr == &g->wake) {
        if (read(g->wake, &count, sizeof count) > 0) atomic_store(&g->woken, false);
    } else {
        grpc_connection *c = e->data.ptr;
        if (!c->over) connection_ready(c, e->events & ~(unsigned)EPOLLOUT);
    }
}

/* Also what an answer has brought about: the next message of a stream. */
static double run_all(grpc_server *g) {
    double due;
    do {
        do {
            due = engine_drain(g->o.server->engine, g->o.lane);
            pulse_work(&g->pulse);
        } while (due == 0);
    } while (take_done(g));
    return due;
}

static void *loop(void *arg) {
    grpc_server *g = arg;
    struct epoll_event events[64];
    double due = INFINITY;
    while (!atomic_load(&g->stop) || g->running) {
        const int wait = due > 0.2 ? 200 : (int)ceil(due * 1e3);
        pulse_rest(&g->pulse);
        const int n = epoll_wait(g->epoll, events, LENGTH(events), wait);
        pulse_work(&g->pulse);
        for (int i = 0; i < n; i++) look_at(g, &events[i]);
        sweep(g);
        if (atomic_load(&g->stop)) refuse_rest(g);
        due = run_all(g); /* last of what submits: it says how long nothing is due */
        trail_flush(g->o.server->trail, &g->trail);
        close_over(g);
    }
    return NULL;
}

static void wake(grpc_server *g) {
    if (g->wake >= 0 && write(g->wake, &(uint64_t){1}, sizeof(uint64_t)) < 0) return;
}

/* ---- opening and closing ---- */

static mica_status open_door(grpc_server *g, grpc_door *d, int port, int socket, int most,
                             mica_error *err) {
    TRY(listen_or_take(socket, g->o.host, port, &d->fd, err));
    d->port = port_of(d->fd);
    d->most = most;
    return MICA_OK;
}

static mica_status start(grpc_server *g, mica_error *err) {
    const grpc_options *o = &g->o;
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &g->wake};
    TRY(transport_setup(o->server, &g->credentials, err));
    TRY(open_door(g, &g->door[0], o->port, o->socket, o->connections, err));
    if (o->control_port)
        TRY(open_door(g, &g->door[1], o->control_port, o->control_socket, o->control_connections,
                      err));
    g->epoll = epoll_create1(EPOLL_CLOEXEC);
    g->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (g->epoll < 0 || g->wake < 0 || epoll_ctl(g->epoll, EPOLL_CTL_ADD, g->wake, &e))
        return fail(err, MICA_IO, "no file descriptor is left for gRPC");
    for (size_t i = 0; i < LENGTH(g->door); i++) listen_on(g, &g->door[i], true);
    if (pthread_create(&g->thread, NULL, loop, g))
        return fail(err, MICA_IO, "the thread of gRPC could not be started");
    g->runs = true;
    return MICA_OK;
}

mica_status grpc_open(const grpc_options *o, grpc_server **out, mica_error *err) {
    grpc_server *g = allocate(1, sizeof *g);
    if (!g) return fail_memory(err, sizeof *g, "gRPC");
    g->o = *o;
    g->draws.lane = o->lane;
    if (!g->o.connections) g->o.connections = 1024;
    if (!g->o.control_connections) g->o.control_connections = 64;
    if (!g->o.streams) g->o.streams = 100;
    if (!g->o.most_message) g->o.most_message = (size_t)64 << 20;
    if (!g->o.idle_seconds) g->o.idle_seconds = 30;
    g->door[0].fd = g->door[1].fd = g->epoll = g->wake = -1;
    g->door[1].control = true;
    pthread_mutex_init(&g->lock, NULL);
    mica_status status = start(g, err);
    if (status == MICA_OK) *out = g;
    else grpc_close(g);
    return status;
}

double grpc_busy(const grpc_server *g) { return pulses_busy(&g->pulse, 1, sizeof g->pulse); }
int grpc_port(const grpc_server *g) { return g->door[0].port; }
int grpc_control_port(const grpc_server *g) { return g->door[1].port; }
int grpc_active(const grpc_server *g) {
    if (!g) return 0;
    const bool ends = atomic_load(&g->draining);
    return atomic_load(&g->active) + (ends ? atomic_load(&g->connection_count) : 0);
}

void grpc_drain(grpc_server *g) {
    if (!g) return;
    atomic_store(&g->draining, true);
    wake(g);
}

void grpc_close(grpc_server *g) {
    if (!g) return;
    atomic_store(&g->stop, true);
    wake(g);
    if (g->runs) pthread_join(g->thread, NULL);
    while (g->connections) connection_close(g->connections);
    access_log_flush(g->o.server->log, &g->log);
    trail_flush(g->o.server->trail, &g->trail);
    strbuf_free(&g->log);
    strbuf_free(&g->trail);
    calls_free(g);
    transport_teardown(g->credentials);
    for (size_t i = 0; i < LENGTH(g->door); i++)
        if (g->door[i].fd >= 0) close(g->door[i].fd);
    if (g->epoll >= 0) close(g->epoll);
    if (g->wake >= 0) close(g->wake);
    pthread_mutex_destroy(&g->lock);
    free(g);
}
