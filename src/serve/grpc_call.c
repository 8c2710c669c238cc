/* A call: a stream of HTTP/2 from its headers to the last byte of its reply. */
#include "base/clock.h"
#include "serve/access_log.h"
#include "serve/grpc_inside.h"
#include "serve/observe.h"
#include "serve/routing.h"
#include "serve/trail.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PREFIX = 5, KEPT = 1 << 20, KEPT_ROOMS = 32, KEPT_CALLS = 256 };

/* ---- calls are used again ---- */

/* Counts more bytes of the call itself. */
static void hold_bytes(grpc_call *c, size_t bytes) {
    c->bytes += bytes;
    c->g->open += bytes;
    if (c->keyless) c->g->keyless += bytes;
}

grpc_call *call_open(grpc_connection *connection, int32_t stream) {
    enum { OF_NGHTTP2 = 1 << 10, OWN = sizeof(grpc_call) + OF_NGHTTP2 };
    grpc_server *g = connection->g;
    if (g->open + OWN > MOST_OPEN) return NULL;
    grpc_call *c = g->free;
    if (c) g->free = c->next, g->free_count--;
    else if (!(c = allocate(1, sizeof *c))) return NULL;
    c->connection = connection;
    c->g = g;
    c->stream = stream;
    c->began = c->touched = clock_seconds();
    request_id_new(c->request_id, g->o.server, &g->draws);
    c->at = &connection->calls;
    if ((c->next = connection->calls)) c->next->at = &c->next;
    connection->calls = c;
    hold_bytes(c, OWN);
    atomic_fetch_add(&g->active, 1);
    return c;
}

static void keep_room(strbuf *text) {
    if (text->capacity > KEPT) strbuf_free(text);
    text->length = 0;
    text->failed = false;
}

static void call_free(grpc_call *c) {
    inference_free(&c->work);
    strbuf_free(&c->in);
    strbuf_free(&c->out);
    free(c);
}

static void give(grpc_call *c) {
    grpc_server *g = c->g;
    inference_clear(&c->work); /* by the contract of the version, which may go next */
    served_release(c->served);
    free(c->authorization);
    g->open -= c->bytes;
    if (c->keyless) g->keyless -= c->bytes;
    keep_room(&c->in);
    keep_room(&c->out);
    if (g->free_count >= KEPT_CALLS) return call_free(c);
    if (g->free_count++ >= KEPT_ROOMS) { /* many were at work at once: what that took is not kept */
        inference_free(&c->work);
        strbuf_free(&c->in);
        strbuf_free(&c->out);
    }
    const inference work = c->work;
    const strbuf in = c->in, out = c->out;
    *c = (grpc_call){.work = work, .in = in, .out = out, .next = g->free};
    g->free = c;
}

void calls_free(grpc_server *g) {
    for (grpc_call *c; (c = g->free);) {
        g->free = c->next;
        call_free(c);
    }
}

/* ---- what they hold ---- */

void call_account(grpc_call *c) {
    const size_t unread = c->out.length - c->given, counted = c->in.length + unread;
    c->g->buffered = c->g->buffered - c->counted + counted;
    if (c->connection) c->connection->unread = c->connection->unread - c->unread + unread;
    c->counted = counted;
    c->unread = unread;
}

bool call_fits(const grpc_call *c, size_t bytes) {
    return c->g->buffered + bytes <= request_room(c->g->o.most_message);
}

/* As HTTP's codes. */
static int http_code_of(grpc_code code) {
    static const short codes[] = {[GRPC_OK] = 200,
                                  [GRPC_CANCELLED] = 499,
                                  [GRPC_INVALID_ARGUMENT] = 400,
                                  [GRPC_DEADLINE_EXCEEDED] = 504,
                                  [GRPC_NOT_FOUND] = 404,
                                  [GRPC_PERMISSION_DENIED] = 403,
                                  [GRPC_RESOURCE_EXHAUSTED] = 429,
                                  [GRPC_UNIMPLEMENTED] = 501,
                                  [GRPC_INTERNAL] = 500,
                                  [GRPC_UNAVAILABLE] = 503,
                                  [GRPC_UNAUTHENTICATED] = 401};
    return codes[code];
}

void call_observe(const grpc_call *c, const char *model, grpc_code code, const char *denied) {
    server *s = c->g->o.server;
    union {
        struct sockaddr any;
        struct sockaddr_storage room;
    } address;
    socklen_t length = sizeof address;
    if (!s->trail && !s->recorder) return;
    const bool known = c->connection &&
                       !getpeername(c->connection->transport.fd, &address.any, &length);
    const contract *k = c->served ? &c->served->contract : NULL;
    const grpc_names *asked = &c->asked; /* of a model that is not there */
    observe(
        s, &c->g->trail,
        &(observed){.request_id = c->request_id,
                    .model = denied            ? model
                             : k               ? k->name
                             : asked->model[0] ? asked->model
                                               : NULL,
                    .version = denied              ? NULL
                               : k                 ? k->version
                               : asked->version[0] ? asked->version
                                                   : NULL,
                    .deed = c->method ? c->method->deed : NULL,
                    .denied = denied,
                    .who = &c->who,
                    .served = c->served,
                    .work = c->method && c->method->inference && code == GRPC_OK ? &c->work : NULL,
                    .address = known ? &address.any : NULL,
                    .code = http_code_of(code)});
}

static void log_call(const grpc_call *c) {
    exchange x = {.method = "POST",
                  .path = c->path,
                  .who = &c->who,
                  .code = http_code_of(c->code),
                  .reply = {.length = c->out.length}};
    memcpy(x.request_id, c->request_id, sizeof x.request_id);
    access_log_add(c->g->o.server->log, &c->g->log, &x, c->began, c->finished);
}

void call_close(grpc_call *c) {
    log_call(c);
    atomic_fetch_add(&c->g->o.server->replies[BY_GRPC][c->finished ? c->code : GRPC_CANCELLED], 1);
    if ((*c->at = c->next)) c->next->at = c->at;
    c->in.length = c->out.length = c->given = 0;
    call_account(c);
    c->connection = NULL;
    atomic_fetch_sub(&c->g->active, 1);
    if (!c->running) give(c); /* else when the engine is done with it */
}

grpc_code code_of(mica_status status) {
    switch (status) {
    case MICA_OK: return GRPC_OK;
    case MICA_BUSY: return GRPC_RESOURCE_EXHAUSTED;
    case MICA_TIMEOUT: return GRPC_DEADLINE_EXCEEDED;
    case MICA_MEMORY:
    case MICA_INTERRUPTED: return GRPC_UNAVAILABLE;
    case MICA_UNSUPPORTED: return GRPC_UNIMPLEMENTED;
    case MICA_IO:
    case MICA_INTERNAL: return GRPC_INTERNAL;
    default: return GRPC_INVALID_ARGUMENT;
    }
}

/* ---- its headers ---- */

static void keep(char *to, size_t room, const char *value, size_t length) {
    if (length >= room) length = room - 1;
    memcpy(to, value, length);
    to[length] = 0;
}

void call_header(grpc_call *c, const char *name, size_t name_length, const char *value,
                 size_t length) {
    enum { OVERHEAD = 32 };
    c->metadata += name_length + length + OVERHEAD;
    if (c->metadata > MOST_METADATA) return;
#define IS(text) (name_length == sizeof text - 1 && !memcmp(name, text, sizeof text - 1))
    if (IS(":path")) keep(c->path, sizeof c->path, value, length);
    else if (IS(":method")) c->is_post = length == 4 && !memcmp(value, "POST", 4);
    else if (IS("content-type")) keep(c->content_type, sizeof c->content_type, value, length);
    else if (IS("grpc-encoding")) keep(c->encoding, sizeof c->encoding, value, length);
    else if (IS("grpc-timeout")) c->timeout_us = timeout_of(value, length);
    else if (IS("x-request-id")) request_id_given(c->request_id, value, length);
    else if (IS("authorization") || IS("x-api-key")) {
        free(c->authorization); /* of several the last counts; bytes all do */
        c->authorization = strndup(value, length);
        hold_bytes(c, length);
    }
#undef IS
}

void call_fail(grpc_call *c, grpc_code code, const char *text) {
    if (c->finished) return;
    if (text != c->err.message) snprintf(c->err.message, sizeof c->err.message, "%s", text);
    c->code = code;
    c->finished = true;
    reply_update(c);
}

credentials call_credentials(const grpc_call *c) {
    const char *name = c->connection->transport.name;
    return (credentials){c->authorization, name[0] ? name : NULL};
}

/* Of a model (NULL: none); `read`: the message was. False: the call is answered. */
static bool check_access(grpc_call *c, const char *model, bool read) {
    const server *s = c->g->o.server;
    if (!s->access || c->method->action == ACTION_OPEN) return true;
    const credentials asker = call_credentials(c);
    const access_result r = access_check(s->access, asker.authorization, asker.certificate,
                                         c->method->action, model, &c->who, &c->err);
    if (r == ACCESS_GRANTED || (r == ACCESS_DENIED && !read)) return true;
    const grpc_code code = r == ACCESS_DENIED    ? GRPC_PERMISSION_DENIED
                           : r == ACCESS_LIMITED ? GRPC_RESOURCE_EXHAUSTED
                                                 : GRPC_UNAUTHENTICATED;
    call_observe(c, model, code, c->err.message);
    call_fail(c, code, c->err.message);
    return false;
}

/* Whether a call of those that need no key may stay open; where there are no keys, all may. */
static bool keyless_fits(grpc_call *c) {
    if (!c->g->o.server->access || c->method->action != ACTION_OPEN) return true;
    c->keyless = true;
    c->g->keyless += c->bytes;
    return c->g->keyless <= MOST_KEYLESS;
}

static void refuse_door(grpc_call *c) {
    mica_error err;
    fail(&err, MICA_UNSUPPORTED,
         "%s is asked for on the port of administration (--grpc-control-port), or there over HTTP: "
         "%s",
         strrchr(c->method->path, '/') + 1, c->method->route);
    call_fail(c, GRPC_UNIMPLEMENTED, err.message);
}

/* Who is not known sends no message; which models they may ask is seen when it has come. */
void call_begin(grpc_call *c) {
    c->method = c->is_post ? grpc_find_method(c->path) : NULL;
    if (strncmp(c->content_type, "application/grpc", 16)) {
        c->code = GRPC_INVALID_ARGUMENT;
        c->finished = c->replied = true;
        const nghttp2_nv status = {(uint8_t *)":status", (uint8_t *)"415", 7, 3, 0};
        if (nghttp2_submit_response(c->connection->session, c->stream, &status, 1, NULL))
            c->connection->over = true;
        return;
    }
    if (c->metadata > MOST_METADATA)
        call_fail(c, GRPC_RESOURCE_EXHAUSTED, "the metadata is larger than this server takes");
    else if (!c->method) call_fail(c, GRPC_UNIMPLEMENTED, "this server has no such method");
    else if (c->method->route && !c->connection->door->control) refuse_door(c);
    else if (!keyless_fits(c))
        call_fail(c, GRPC_UNAVAILABLE, "too many calls without a key are open");
    else check_access(c, NULL, false);
}

/* ---- its messages ---- */

static void give_window_back(grpc_call *c) {
    if (!c->unconsumed || !c->connection) return;
    nghttp2_session_consume_stream(c->connection->session, c->stream, c->unconsumed);
    c->unconsumed = 0;
}

static mica_status read_names(const grpc_method *m, const void *message, size_t length,
                              grpc_names *out, mica_error *err) {
    return m->route ? grpc_read_change(message, length, out, err)
                    : grpc_read_names(message, length, out, err);
}

static void run(grpc_call *c, const void *message, size_t length) {
    grpc_names names = {{0}, {0}};
    mica_error err = {0};
    mica_status status = MICA_OK;
    if (c->method->action != ACTION_OPEN) {
        status = read_names(c->method, message, length, &names, &err);
        if (status != MICA_OK) {
            if (c->method->deed) call_observe(c, NULL, code_of(status), NULL);
            return call_fail(c, code_of(status), err.message);
        }
        if (!check_access(c, c->method->of_all ? NULL : names.model, true)) return;
    }
    if (trail_refuses(c->g->o.server->trail, c->method->action))
        status = fail(&c->err, MICA_INTERRUPTED, "the audit log cannot be written");
    if (status == MICA_OK) status = c->method->run(c, message, length, &c->err);
    if (status == MICA_OK && c->out.failed) status = fail_no_memory(&c->err, "the reply");
    if (status == MICA_OK && c->running) return;
    if (status != MICA_OK) {
        if (c->served) atomic_fetch_add(&c->served->counters.refused, 1);
        grpc_answer_failed(c, status);
    } else if (!c->method->stream) c->finished = true;
    reply_update(c);
}

/* Bytes of a message: of what is no inference, names; of what needs no key, hardly any. */
static size_t message_limit(const grpc_call *c) {
    enum { OPEN = 4 << 10, NAMES = 64 << 10 };
    const size_t most = c->g->o.most_message, own = c->method->inference               ? most
                                                    : c->method->action == ACTION_OPEN ? OPEN
                                                                                       : NAMES;
    return own < most ? own : most;
}

static void refuse_message(grpc_call *c) {
    call_fail(c, GRPC_RESOURCE_EXHAUSTED, "the message is larger than this server takes here");
}

/* Takes the next message that is whole; false: there is none. */
static bool take_message(grpc_call *c) {
    const unsigned char *at = (unsigned char *)c->in.data + c->taken;
    const size_t left = c->in.length - c->taken;
    if (left < PREFIX) return false;
    const size_t length = big32(at + 1);
    if (at[0]) {
        call_fail(c, GRPC_UNIMPLEMENTED, "messages that are compressed are not taken");
        return false;
    }
    if (length > message_limit(c)) {
        refuse_message(c);
        return false;
    }
    if (left - PREFIX < length || (!c->method->stream && !c->ended)) return false;
    if (!c->method->stream && left - PREFIX > length) {
        call_fail(c, GRPC_INVALID_ARGUMENT, "this method takes one message");
        return false;
    }
    c->taken += PREFIX + length;
    c->touched = clock_seconds();
    run(c, at + PREFIX, length);
    return true;
}

/* Whether messages wait until the client has read replies, or come too late. */
static bool waits(grpc_call *c) {
    if (atomic_load(&c->g->stop) && (!c->ended || c->in.length > c->taken))
        call_fail(c, GRPC_UNAVAILABLE, "the server ends");
    c->held = !c->finished && c->connection->unread >= UNREAD;
    c->connection->holds |= c->held;
    return c->held;
}

static void take_messages(grpc_call *c) {
    while (!c->running && !waits(c) && !c->finished && take_message(c)) {
    }
    if (!c->running && c->taken) {
        memmove(c->in.data, c->in.data + c->taken, c->in.length - c->taken);
        c->in.length -= c->taken;
        c->taken = 0;
        if (!c->in.length) keep_room(&c->in);
        call_account(c);
    }
    if (!c->running && c->finished) inference_clear(&c->work);
    if ((!c->running && !c->held) || c->finished) give_window_back(c);
    if (!c->ended || c->running || c->held || c->finished) return;
    if (c->in.length || !c->method->stream)
        call_fail(c, GRPC_INVALID_ARGUMENT, "the call ends before its message does");
    else {
        c->finished = true;
        reply_update(c);
    }
}

void call_data(grpc_call *c, const uint8_t *bytes, size_t length) {
    c->unconsumed += length;
    if (c->finished) return give_window_back(c); /* it was answered; what comes is dropped */
    if (!c->method->stream && c->in.length + length > message_limit(c) + PREFIX) refuse_message(c);
    else if (!call_fits(c, length))
        call_fail(c, GRPC_RESOURCE_EXHAUSTED, "the server reads too many messages at once");
    if (c->finished) return give_window_back(c);
    strbuf_put(&c->in, (const char *)bytes, length);
    call_account(c);
    if (c->in.failed) call_fail(c, GRPC_UNAVAILABLE, "no memory for the message");
    take_messages(c);
}

void call_end(grpc_call *c) {
    c->ended = true;
    if (!c->finished) take_messages(c);
}

/* ---- the engine and the loader ---- */

void call_runs(grpc_call *c) {
    c->running = true;
    c->g->running++;
}

void call_told(void *call, mica_status status, const mica_error *err) {
    grpc_call *c = call;
    grpc_server *g = c->g;
    c->status = status;
    if (status != MICA_OK) c->told = *err;
    pthread_mutex_lock(&g->lock);
    c->next_done = g->done;
    g->done = c;
    const bool self = g->runs && pthread_equal(pthread_self(), g->thread);
    if (!self && !atomic_exchange(&g->woken, true) && g->wake >= 0 &&
        write(g->wake, &(uint64_t){1}, sizeof(uint64_t)) < 0)
        atomic_store(&g->woken, false);
    pthread_mutex_unlock(&g->lock);
}

void call_submit(grpc_call *c) {
    mica_error err = {0};
    if (c->timeout_us && (!c->work.timeout_us || c->work.timeout_us > c->timeout_us))
        c->work.timeout_us = c->timeout_us;
    if (engine_run_now(c->served, c->g->o.lane, &c->work, &c->status, &c->err)) {
        grpc_answer(c);
        return;
    }
    call_runs(c);
    const mica_status status = engine_submit(c->g->o.server->engine, c->served, &c->work, true,
                                             call_told, c, &err);
    if (status != MICA_OK) call_told(c, status, &err);
}

/* A stream may have ended by a fault of its client's while a message ran. */
static void answer(grpc_call *c) {
    if (c->finished) return call_observe(c, NULL, c->code, NULL);
    if (c->status != MICA_OK) c->err = c->told;
    if (c->method->route) grpc_answer_loaded(c);
    else grpc_answer(c);
    reply_update(c);
}

void call_done(grpc_call *c) {
    c->running = false;
    c->g->running--;
    if (!c->connection) { /* its client went away; it was done all the same */
        call_observe(c, NULL, GRPC_CANCELLED, NULL);
        return give(c);
    }
    c->touched = clock_seconds();
    answer(c);
    take_messages(c); /* also of a call that is over: what it holds goes */
}

void call_go_on(grpc_call *c) {
    if (!c->finished) take_messages(c);
}
