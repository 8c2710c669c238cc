/* A connection: bytes to nghttp2's session and back. */
#include "base/clock.h"
#include "serve/grpc_inside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum {
    FRAME = 17 << 10,
    READ = 64 << 10,
    TURNS = 8,
    SEND = 64 << 10,
    PATIENCE = 1000,
    PATIENCE_A_SECOND = 100
};

/* ---- nghttp2's callbacks ---- */

static int on_begin(nghttp2_session *s, const nghttp2_frame *f, void *user) {
    if (f->hd.type != NGHTTP2_HEADERS || f->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    grpc_connection *connection = user;
    grpc_call *c = call_open(connection, f->hd.stream_id);
    if (!c) { /* nothing was done of it: clients try again */
        atomic_fetch_add(&connection->g->o.server->replies[BY_GRPC][GRPC_UNAVAILABLE], 1);
        nghttp2_submit_rst_stream(s, 0, f->hd.stream_id, NGHTTP2_REFUSED_STREAM);
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    nghttp2_session_set_stream_user_data(s, f->hd.stream_id, c);
    return 0;
}

static int on_header(nghttp2_session *s, const nghttp2_frame *f, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t length, uint8_t flags,
                     void *user) {
    grpc_call *c = nghttp2_session_get_stream_user_data(s, f->hd.stream_id);
    if (c && f->headers.cat == NGHTTP2_HCAT_REQUEST)
        call_header(c, (const char *)name, name_length, (const char *)value, length);
    return 0;
}

/* Frames that cost us more than the sender: too many of them in a short time end the connection. */
static bool too_many(grpc_connection *c) {
    const double now = clock_seconds();
    c->patience += (now - c->patience_at) * PATIENCE_A_SECOND;
    c->patience_at = now;
    if (c->patience > PATIENCE) c->patience = PATIENCE;
    return --c->patience < 0;
}

static int on_frame(nghttp2_session *s, const nghttp2_frame *f, void *user) {
    grpc_connection *connection = user;
    const uint8_t type = f->hd.type;
    const bool control = type == NGHTTP2_RST_STREAM || type == NGHTTP2_SETTINGS ||
                         type == NGHTTP2_PING || type == NGHTTP2_PRIORITY ||
                         (type == NGHTTP2_DATA && !f->hd.length &&
                          !(f->hd.flags & NGHTTP2_FLAG_END_STREAM));
    if (control && too_many(connection))
        return nghttp2_session_terminate_session(s, NGHTTP2_ENHANCE_YOUR_CALM);
    if (type != NGHTTP2_HEADERS && type != NGHTTP2_DATA) return 0;
    grpc_call *c = nghttp2_session_get_stream_user_data(s, f->hd.stream_id);
    if (!c) return 0;
    if (type == NGHTTP2_HEADERS && f->headers.cat == NGHTTP2_HCAT_REQUEST) call_begin(c);
    if (f->hd.flags & NGHTTP2_FLAG_END_STREAM) call_end(c);
    return 0;
}

static int on_data(nghttp2_session *s, uint8_t flags, int32_t stream, const uint8_t *bytes,
                   size_t length, void *user) {
    grpc_call *c = nghttp2_session_get_stream_user_data(s, stream);
    nghttp2_session_consume_connection(s, length);
    if (c) call_data(c, bytes, length);
    else nghttp2_session_consume_stream(s, stream, length);
    return 0;
}

/* Who was answered before all was sent need not send the rest. RFC 9113, 8.1. */
static int on_sent(nghttp2_session *s, const nghttp2_frame *f, void *user) {
    if (f->hd.type != NGHTTP2_HEADERS || !(f->hd.flags & NGHTTP2_FLAG_END_STREAM)) return 0;
    const grpc_call *c = nghttp2_session_get_stream_user_data(s, f->hd.stream_id);
    if (!c || c->ended) return 0;
    return nghttp2_submit_rst_stream(s, 0, f->hd.stream_id, NGHTTP2_NO_ERROR);
}

static int on_close(nghttp2_session *s, int32_t stream, uint32_t why, void *user) {
    grpc_call *c = nghttp2_session_get_stream_user_data(s, stream);
    if (c) call_close(c);
    return 0;
}

/* ---- opening and closing ---- */

static bool session_open(grpc_connection *c) {
    nghttp2_session_callbacks *calls = NULL;
    nghttp2_option *option = NULL;
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, (uint32_t)c->g->o.streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, MOST_METADATA},
    };
    bool ok = !nghttp2_session_callbacks_new(&calls) && !nghttp2_option_new(&option);
    if (ok) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(calls, on_begin);
        nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
        nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
        nghttp2_session_callbacks_set_on_frame_send_callback(calls, on_sent);
        nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
        nghttp2_option_set_no_auto_window_update(option, 1);
        ok = !nghttp2_session_server_new2(&c->session, calls, c, option) &&
             !nghttp2_submit_settings(c->session, 0, settings, LENGTH(settings)) &&
             !nghttp2_session_set_local_window_size(c->session, 0, 0, 4 << 20);
    }
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(calls);
    return ok;
}

grpc_connection *connection_open(grpc_server *g, grpc_door *door, int fd) {
    grpc_connection *c = allocate(1, sizeof *c);
    if (!c) {
        transport_close(&(grpc_transport){.fd = fd});
        return NULL;
    }
    c->g = g;
    c->door = door;
    c->moved = c->patience_at = clock_seconds();
    c->patience = PATIENCE;
    c->at = &g->connections;
    if ((c->next = g->connections)) c->next->at = &c->next;
    g->connections = c;
    g->connection_count++;
    door->count++;
    struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = c};
    if (transport_open(&c->transport, g->o.server, g->credentials, fd) && session_open(c) &&
        (fd < 0 || !epoll_ctl(g->epoll, EPOLL_CTL_ADD, fd, &e)))
        return c;
    connection_close(c);
    return NULL;
}

void connection_close(grpc_connection *c) {
    for (grpc_call *k; (k = c->calls);) call_close(k);
    nghttp2_session_del(c->session);
    transport_close(&c->transport);
    strbuf_free(&c->unsent);
    if ((*c->at = c->next)) c->next->at = c->at;
    c->g->connection_count--;
    c->door->count--;
    free(c);
}

/* ---- bytes ---- */

bool connection_feed(grpc_connection *c, const void *bytes, size_t length) {
    return nghttp2_session_mem_recv(c->session, bytes, length) == (ssize_t)length;
}

static void discard_some(grpc_connection *c) {
    ssize_t n = 1;
    for (int turn = 0; turn < TURNS && n > 0; turn++) n = transport_discard(&c->transport);
    c->over |= n == TRANSPORT_OVER;
}

/* Some, so that others have their turn. */
static void read_some(grpc_connection *c) {
    char bytes[READ];
    for (int turn = 0; turn < TURNS && !c->over; turn++) {
        const ssize_t n = transport_read(&c->transport, c->g->o.server, bytes, sizeof bytes);
        if (n == TRANSPORT_AGAIN) return;
        if (n < 0 || !connection_feed(c, bytes, (size_t)n)) {
            c->over = true;
            return;
        }
        c->moved = clock_seconds();
        if (!c->transport.session && (size_t)n < sizeof bytes) return;
    }
}

/* False: the socket takes no more. */
static bool send_bytes(grpc_connection *c, const char *bytes, size_t length, size_t *sent) {
    for (*sent = 0; *sent < length;) {
        const ssize_t n = c->transport.fd < 0
                              ? (ssize_t)(length - *sent)
                              : transport_write(&c->transport, bytes + *sent, length - *sent);
        if (n < 0) {
            c->over |= n == TRANSPORT_OVER;
            return false;
        }
        c->moved = clock_seconds();
        *sent += (size_t)n;
    }
    return true;
}

static bool send_unsent(grpc_connection *c) {
    size_t sent;
    if (!c->unsent.length) return true;
    const bool all = send_bytes(c, c->unsent.data + c->sent, c->unsent.length - c->sent, &sent);
    c->sent += sent;
    if (!all) return false;
    c->unsent.length = c->sent = 0;
    if (c->unsent.capacity > SEND) strbuf_free(&c->unsent);
    return true;
}

/* Frames are gathered, so that a reply is one packet. */
static size_t gather(grpc_connection *c, char *room) {
    size_t length = 0;
    while (length + FRAME < SEND) {
        const uint8_t *frame;
        const ssize_t n = nghttp2_session_mem_send(c->session, &frame);
        if (n < 0) c->over = true;
        if (n <= 0) break;
        if (length + (size_t)n > SEND) { /* a client may allow larger frames than we count with */
            c->over = true;
            break;
        }
        memcpy(room + length, frame, (size_t)n);
        length += (size_t)n;
    }
    return length;
}

static void watch(grpc_connection *c, bool write) {
    if (write == c->waits_to_write || c->transport.fd < 0) return;
    struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP | (write ? EPOLLOUT : 0), .data.ptr = c};
    c->waits_to_write = write;
    if (epoll_ctl(c->g->epoll, EPOLL_CTL_MOD, c->transport.fd, &e)) c->over = true;
}

/* False: the socket takes no more. */
static bool send_some(grpc_connection *c) {
    char room[SEND];
    bool all = !c->over && send_unsent(c);
    while (all && !c->over) {
        size_t sent;
        const size_t length = gather(c, room);
        if (!length) break;
        if ((all = send_bytes(c, room, length, &sent))) continue;
        strbuf_put(&c->unsent, room + sent, length - sent);
        c->over |= c->unsent.failed;
    }
    return all;
}

/* Calls that waited until replies are read; whether there were any. */
static bool go_on(grpc_connection *c) {
    if (!c->holds || c->over || c->unread >= UNREAD) return false;
    c->holds = false;
    for (grpc_call *k = c->calls; k; k = k->next)
        if (k->held) call_go_on(k);
    return true;
}

void connection_send(grpc_connection *c) {
    bool all;
    if (c->finished) return;
    do all = send_some(c);
    while (go_on(c));
    if (c->over) return;
    watch(c, !all);
    if (!all || nghttp2_session_want_read(c->session) || nghttp2_session_want_write(c->session))
        return;
    c->finished = clock_seconds();
    c->over = c->transport.fd < 0;
    if (!c->over) transport_finish(&c->transport);
}

void connection_ready(grpc_connection *c, bool readable) {
    if (c->finished) return discard_some(c);
    if (readable) read_some(c);
    if (!c->transport.shaking) connection_send(c);
}

/* ---- what takes too long ---- */

/* Clients that wait for a reply may be silent; those that owe us bytes, or do not take ours, may
 * not. Connections without a call are kept longer, for clients keep them. */
enum { KEPT_LONGER = 10, LINGERS = 1 };

static void cut_slow_calls(grpc_connection *c, double now, double limit) {
    for (grpc_call *k = c->calls; k; k = k->next)
        if (!k->running && (!k->held || k->unread) && now - k->touched > limit)
            nghttp2_submit_rst_stream(c->session, 0, k->stream, NGHTTP2_CANCEL);
}

static bool is_waiting_for_us(const grpc_connection *c) {
    for (const grpc_call *k = c->calls; k; k = k->next)
        if (k->running) return true;
    return false;
}

void connection_refuse(grpc_connection *c) {
    if (c->over || c->finished || c->transport.shaking) return;
    for (grpc_call *k = c->calls; k; k = k->next)
        if (!k->running) call_fail(k, GRPC_UNAVAILABLE, "the server ends");
    connection_send(c);
}

void connection_sweep(grpc_connection *c, double now) {
    const double limit = c->g->o.idle_seconds, still = now - c->moved;
    const bool greeted = !c->transport.shaking &&
                         nghttp2_session_get_remote_settings(
                             c->session, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE) &&
                         nghttp2_session_get_last_proc_stream_id(c->session) > 0,
               ends = atomic_load(&c->g->draining);
    if (c->finished || (ends && c->transport.shaking)) {
        c->over |= now - c->finished > LINGERS;
        return;
    }
    const bool idle = greeted && !c->calls && !c->unsent.length;
    if (ends && !c->goes) {
        c->goes = true;
        c->going_since = now;
        nghttp2_submit_shutdown_notice(c->session);
    } else if (c->goes && c->going_since && now - c->going_since > 0.1) {
        c->going_since = 0;
        nghttp2_submit_goaway(c->session, 0, nghttp2_session_get_last_proc_stream_id(c->session),
                              NGHTTP2_NO_ERROR, NULL, 0);
    }
    cut_slow_calls(c, now, limit * KEPT_LONGER);
    if (idle ? still > limit * KEPT_LONGER : still > limit && !is_waiting_for_us(c)) c->over = true;
    if (!c->transport.shaking) connection_send(c);
}
