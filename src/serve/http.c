/* See http.h. A lane is one thread with a daemon of libmicrohttpd that it drives itself:
 *
 *   poll → MHD_run: read, parse, queue inferences, suspend their connections
 *        → engine_drain: run what came together; `done` resumes the connections
 *        → MHD_run: send the replies, read what came meanwhile …
 *
 * So an inference that comes alone is read, run and answered by one thread without a hand-over, and
 * many that come at once are one batch. All lanes accept from the same socket. */
#include "serve/http.h"

#include "base/clock.h"
#include "serve/http_exchange.h"
#include "serve/listen.h"

#include <limits.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct http {
    server *server;
    int socket, control_socket;
    int lanes; /* the last of them is that of administration and metrics */
    lane *lane;
};

/* ---- a lane's loop ---- */

static int wait_of(lane *l, double due) {
    MHD_UNSIGNED_LONG_LONG own;
    if (l->paused) due = fmin(due, fmax(0, l->paused - clock_seconds()));
    if (l->lingerers) due = fmin(due, 0.01);
    double ms = isinf(due) ? 1e9 : ceil(due * 1e3);
    if (MHD_get_timeout(l->daemon, &own) == MHD_YES && (double)own < ms) ms = (double)own;
    return ms > 1000 ? 1000 : (int)ms;
}

/* Whoever sends one request after the other sends the next one shortly after a reply. To be woken
 * takes longer than that, so where it was so lately the lane looks out for a moment before it
 * sleeps; TRIES in vain, and it sleeps at once again. */
#define LOOKOUT_SECONDS 60e-6
enum { WAITS = 3 };
static void lane_sleep(lane *l, struct pollfd waits[WAITS], int ms) {
    enum { TRIES = 8 };
    const double began = clock_seconds();
    if (!ms) {
        poll(waits, WAITS, 0); /* connections that wait are not forgotten */
        return;
    }
    const bool lone = l->begun - l->seen <= 1; /* else many ask, and want this processor */
    l->seen = l->begun;
    if (!lone) l->tries = 0;
    if (l->tries) {
        do {
            if (poll(waits, WAITS, 0)) {
                l->tries = TRIES;
                return;
            }
            sched_yield();
        } while (clock_seconds() - began < LOOKOUT_SECONDS);
        l->tries--;
    }
    const double slept = clock_seconds();
    if (poll(waits, WAITS, ms) && lone && !l->tries && l->http_server->o.lanes > 1 &&
        clock_seconds() - slept < 2 * LOOKOUT_SECONDS)
        l->tries = TRIES;
}

/* Sleeps until something comes; what is new is taken. */
static void lane_wait(lane *l, double due) {
    struct pollfd waits[WAITS] = {{.fd = l->epoll, .events = POLLIN},
                                  {.fd = l->wake, .events = POLLIN},
                                  {.fd = l->listens, .events = POLLIN}};
    if (l->paused && clock_seconds() >= l->paused) l->paused = 0;
    if (l->paused || atomic_load(&l->quiet)) waits[2].fd = -1;
    lane_sleep(l, waits, wait_of(l, due));
    /* `woken` was cleared between a waker's setting it and its write: read again, or all polls
     * return at once. */
    if (waits[1].revents) atomic_store(&l->woken, true);
    if (waits[2].fd >= 0 && peers_take(l, waits[2].revents != 0)) peers_accept(l);
    peers_discard(l, false);
    peers_sweep(l);
}

/* The end is near: connections that the system has accepted for us are taken, once; whether there
 * were any. */
static bool settle(lane *l) {
    bool any = false;
    if (!atomic_load(&l->quiet) || atomic_load(&l->settled)) return false;
    while (peers_accept(l)) any = true;
    atomic_store(&l->settled, !any);
    return any;
}

/* ---- what the library says ---- */

/* The library has a word for each broken request: one a second is told, lest clients fill logs. */
static void say(lane *l, const char *text) {
    char more[48] = "";
    const double now = clock_seconds();
    if (l->told && now - l->told < 1) {
        l->untold++;
        return;
    }
    if (l->untold) snprintf(more, sizeof more, " (and %u more before)", l->untold);
    l->told = now, l->untold = 0;
    server_log(l->http_server, MICA_LOG_WARNING, "http: %s%s", text, more);
}

/* Of which connection no one has told. */
static void say_word(lane *l) {
    if (l->word[0]) say(l, l->word);
    l->word[0] = 0;
}

/* Handshakes fail without the library's saying whose; it closes the connection next. */
static void tell(void *user, const char *format, va_list arguments) {
    lane *l = user;
    say_word(l);
    vsnprintf(l->word, sizeof l->word, format, arguments);
    l->word[strcspn(l->word, "\n")] = 0;
    if (!l->http_server->tls) say_word(l);
}

void lane_tell_handshake(lane *l, const struct sockaddr *from, bool hello) {
    char room[ADDRESS_TEXT], text[sizeof l->word + 120];
    const char *known = address_text(from, room), *address = known ? known : "a client";
    if (!l->word[0]) return;
    if (hello)
        snprintf(text, sizeof text,
                 "%s ended the TLS handshake (does it trust the certificate?): %s", address,
                 l->word);
    else
        snprintf(text, sizeof text,
                 "%s sent no TLS to a port of HTTPS (plain HTTP, or a probe that sends nothing)",
                 address);
    say(l, text);
    l->word[0] = 0;
}

/* ---- the thread ---- */

/* libmicrohttpd looks for resumed connections before it looks at its descriptors, and takes its own
 * wake-up with these: one that comes in between would wait. So `wake` is ours, and cleared before.
 */
static void *lane_run(void *arg) {
    lane *l = arg;
    engine *e = l->http_server->engine;
    while (!atomic_load(&l->stop)) {
        unsigned long before;
        double due;
        do { /* until nothing more happened */
            before = l->turns;
            pulse_work(&l->pulse);
            if (atomic_load(&l->woken)) {
                uint64_t count;
                if (read(l->wake, &count, sizeof count) > 0) l->turns++;
                atomic_store(&l->woken, false);
            }
            MHD_run(l->daemon);
            say_word(l);
            due = engine_drain(e, l->number);
        } while (l->turns != before || due == 0 || atomic_load(&l->woken));
        lane_flush(l);
        if (settle(l)) continue;
        pulse_rest(&l->pulse);
        lane_wait(l, due);
    }
    while (atomic_load(&l->suspended)) { /* the library cannot close what is suspended */
        engine_drain(e, l->number);
        poll(NULL, 0, 1);
    }
    MHD_run(l->daemon); /* the last replies */
    return NULL;
}

/* ---- opening ---- */

/* Arguments are decoded by the library; a path is not, but by routing.c, part by part. */
static size_t decode(void *user, struct MHD_Connection *connection, char *text) {
    return text[0] == '/' || !strncasecmp(text, "http", 4) ? strlen(text) : MHD_http_unescape(text);
}

static mica_status lane_open(lane *l, mica_error *err) {
    const server_options *o = &l->http_server->o;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG |
                     MHD_USE_NO_LISTEN_SOCKET;
    struct MHD_OptionItem items[20];
    int n = 0;
#define ITEM(...) items[n++] = (struct MHD_OptionItem){__VA_ARGS__}
    l->most = l->control ? o->control_connections : o->connections / o->lanes + 1;
    ITEM(MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)tell, l);
    ITEM(MHD_OPTION_CONNECTION_LIMIT, INT_MAX, NULL); /* it counts those that are closed, too */
    ITEM(MHD_OPTION_CONNECTION_TIMEOUT, o->idle_seconds, NULL);
    ITEM(MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_POOL, NULL);
    ITEM(MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)exchange_completed, l);
    ITEM(MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)decode, NULL);
    ITEM(MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
    peer_options(l, items, &n);
    flags |= secure_options(l, items, &n);
    ITEM(MHD_OPTION_END, 0, NULL);
#undef ITEM
    l->daemon = MHD_start_daemon(flags, 0, NULL, NULL, exchange_step, l, MHD_OPTION_ARRAY, items,
                                 MHD_OPTION_END);
    if (!l->daemon) return fail(err, MICA_IO, "the HTTP library could not be started");
    l->epoll = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    l->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (l->wake < 0) return fail(err, MICA_IO, "no file descriptor is left");
    if (pthread_create(&l->thread, NULL, lane_run, l))
        return fail(err, MICA_IO, "a thread of the server could not be started");
    l->runs = true;
    return MICA_OK;
}

mica_status http_open(server *s, http **out, mica_error *err) {
    http *h = allocate(1, sizeof *h);
    if (!h) return fail_memory(err, sizeof *h, "the server");
    *h = (http){.server = s, .socket = -1, .control_socket = -1, .lanes = s->o.lanes + 1};
    const server_options *o = &s->o;
    mica_status status = listen_or_take(o->sockets.http, o->host, o->port, &h->socket, err);
    if (status == MICA_OK)
        status = listen_or_take(o->sockets.control, o->host, o->control_port, &h->control_socket,
                                err);
    h->lane = allocate((size_t)h->lanes, sizeof *h->lane);
    if (!h->lane) status = fail_no_memory(err, "the server");
    for (int i = 0; h->lane && i < h->lanes; i++) { /* all, for http_close closes all */
        lane *l = &h->lane[i];
        l->http_server = s;
        l->number = l->draws.lane = i;
        l->control = i == s->o.lanes;
        l->listens = l->control ? h->control_socket : h->socket;
    }
    for (int i = 0; i < h->lanes && status == MICA_OK; i++) status = lane_open(&h->lane[i], err);
    if (status == MICA_OK) *out = h;
    else http_close(h);
    return status;
}

int http_port(const http *h, bool control) {
    return port_of(control ? h->control_socket : h->socket);
}

int http_connections(const http *h) {
    int sum = 0;
    for (int i = 0; h && i < h->lanes; i++) sum += atomic_load(&h->lane[i].connections);
    return sum;
}

int http_requests(const http *h) {
    int sum = 0;
    for (int i = 0; i < h->lanes; i++) sum += atomic_load(&h->lane[i].active);
    return sum;
}

int http_active(const http *h) {
    int sum = http_requests(h);
    for (int i = 0; i < h->lanes; i++)
        sum += atomic_load(&h->lane[i].quiet) && !atomic_load(&h->lane[i].settled);
    return sum;
}

double http_busy(const http *h) { return pulses_busy(&h->lane->pulse, h->lanes, sizeof *h->lane); }

/* ---- closing ---- */

static void quiet(lane *l) {
    atomic_store(&l->quiet, true);
    if (l->runs) lane_wake(l);
}

void http_quiesce(http *h) {
    for (int i = 0; i < h->lanes; i++)
        if (!h->lane[i].control) quiet(&h->lane[i]);
}

static void lane_close(lane *l) {
    atomic_store(&l->stop, true);
    if (l->wake > 0) lane_wake(l);
    if (l->runs) pthread_join(l->thread, NULL);
    if (l->daemon) MHD_stop_daemon(l->daemon);
    peers_discard(l, true);
    if (l->wake > 0) close(l->wake);
    lane_flush(l);
    lane_free(l);
}

void http_close(http *h) {
    if (!h) return;
    for (int i = 0; h->lane && i < h->lanes; i++) lane_close(&h->lane[i]);
    if (h->socket >= 0) close(h->socket);
    if (h->control_socket >= 0) close(h->control_socket);
    free(h->lane);
    free(h);
}
