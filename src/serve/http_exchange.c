/* See http_exchange.h. */
#include "serve/http_exchange.h"

#include "base/clock.h"
#include "serve/access_log.h"
#include "serve/observe.h"
#include "serve/routing.h"
#include "serve/trail.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- exchanges are used again ---- */

static http_exchange *take(lane *l) {
    http_exchange *e = l->free;
    if (e) l->free = e->next, l->free_count--;
    else if (!(e = allocate(1, sizeof *e))) return NULL;
    e->lane = l;
    return e;
}

static void empty(strbuf *text) {
    if (text->capacity > MOST_KEPT) strbuf_free(text);
    text->length = 0;
    text->failed = false;
}

static void exchange_free(http_exchange *e) {
    inference_free(&e->work);
    body_drop(e);
    strbuf_free(&e->x.reply);
    free(e);
}

static void give(lane *l, http_exchange *e) {
    inference_clear(&e->work); /* by the contract of the version, which may go next */
    served_release(e->state.served);
    body_done(e);
    content_done(e);
    empty(&e->x.reply);
    if (e->untaken) atomic_fetch_sub(&e->lane->http_server->replies_untaken, e->untaken);
    e->untaken = 0;
    if (l->free_count >= MOST_FREE) return exchange_free(e);
    if (l->free_count++ >= MOST_ROOMS) {
        inference_free(&e->work);
        strbuf_free(&e->x.reply);
    }
    e->next = l->free;
    l->free = e;
}

void lane_free(lane *l) {
    for (http_exchange *e; (e = l->free);) {
        l->free = e->next;
        exchange_free(e);
    }
    strbuf_free(&l->log);
    strbuf_free(&l->trail);
}

static void observe_exchange(http_exchange *e, bool sent) {
    const exchange *x = &e->x;
    const served *v = e->state.served;
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(e->connection,
                                                                MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    observe(
        e->lane->http_server, &e->lane->trail,
        &(observed){.request_id = x->request_id,
                    .model = x->model,
                    .version = v ? v->contract.version : x->version,
                    .deed = !x->route         ? NULL
                            : x->route->parse ? "predict"
                                              : x->route->deed,
                    .denied = e->state.denied ? e->err.message : NULL,
                    .who = x->who,
                    .served = e->state.served,
                    .work = e->state.parsed && !e->state.failed && x->code == 200 ? &e->work : NULL,
                    .address = i ? i->client_addr : NULL,
                    .code = sent ? x->code : 499});
}

void exchange_completed(void *where, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode why) {
    lane *l = where;
    http_exchange *e = *state;
    if (!e) return;
    access_log_add(l->http_server->log, &l->log, &e->x, e->state.began,
                   why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    observe_exchange(e, why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    atomic_fetch_add(&l->http_server->replies[BY_HTTP][e->x.code], 1);
    if (e->state.inferred && !e->x.version)
        shadow_send(l->http_server->shadows, e->state.served, &e->work, e->x.request_id);
    peer_goes_on(e->peer, PEER_ASKS, 0);
    give(l, e);
    atomic_fetch_sub(&l->active, 1);
    *state = NULL;
}

void lane_flush(lane *l) {
    access_log_flush(l->http_server->log, &l->log);
    trail_flush(l->http_server->trail, &l->trail);
}

/* ---- the head of a request ---- */

static void refuse(http_exchange *e, int code, mica_status status, const char *text) {
    e->state.failed = true;
    e->x.code = code;
    fail(&e->err, status, "%s", text);
}

/* The client's own id where it is a plain word, else one of ours. */
static void choose_id(http_exchange *e) {
    const char *given = exchange_header(&e->x, "X-Request-Id");
    if (given && request_id_given(e->x.request_id, given, strlen(given))) return;
    request_id_new(e->x.request_id, e->lane->http_server, &e->lane->draws);
}

credentials exchange_credentials(const exchange *x) {
    const char *given = exchange_header(x, "Authorization");
    return (credentials){given ? given : exchange_header(x, "X-API-Key"),
                         secure_name(x->connection)};
}

static bool check_access(http_exchange *e) {
    const server *s = e->lane->http_server;
    if (!s->access || e->x.route->action == ACTION_OPEN) return true;
    const credentials asker = exchange_credentials(&e->x);
    const access_result r = access_check(s->access, asker.authorization, asker.certificate,
                                         e->x.route->action, e->x.model, &e->who, &e->err);
    e->x.who = &e->who;
    if (r == ACCESS_GRANTED) return true;
    e->state.failed = e->state.denied = true;
    e->x.code = r == ACCESS_DENIED ? 403 : r == ACCESS_LIMITED ? 429 : 401;
    return false;
}

static void refuse_body(http_exchange *e) {
    body_drop(e);
    refuse(e, 413, MICA_VALUE, "the body is larger than this server takes here");
}

static void read_length(http_exchange *e) {
    const char *text = exchange_header(&e->x, "Content-Length");
    e->state.announced = text ? strtoull(text, NULL, 10) : SIZE_MAX;
    if (!text) return;
    if (e->state.announced > body_limit(e)) refuse_body(e);
    else if (!body_fits(e, e->state.announced)) refuse(e, 503, MICA_BUSY, TOO_MANY_BODIES);
    e->state.unread = e->state.failed;
}

/* "http://host:port/path", as a proxy is asked, is the path, and names the host. */
static const char *path_of(http_exchange *e, const char *url, const char **host) {
    const char *after = !strncasecmp(url, "http://", 7)    ? url + 7
                        : !strncasecmp(url, "https://", 8) ? url + 8
                                                           : NULL;
    *host = exchange_header(&e->x, "Host");
    if (!after) return url;
    const size_t length = strcspn(after, "/");
    if (!length || length >= sizeof e->host) return "";
    memcpy(e->host, after, length);
    e->host[length] = 0;
    *host = e->host;
    return after[length] ? after + length : "/";
}

/* No route has that method and path. */
static void refuse_route(http_exchange *e, bool known) {
    const bool options = !strcmp(e->x.method, "OPTIONS"), all = options && !strcmp(e->x.path, "*");
    if (!known && !all) return refuse(e, 404, MICA_NAME, "there is nothing at this path");
    route_methods(e->x.path, e->lane->control, e->allow);
    if (!options) return refuse(e, 405, MICA_NAME, "this path has other methods");
    e->x.code = 204;
    e->state.told = true; /* the reply is the header Allow */
}

static void check_names(http_exchange *e, const char *host, const char *version) {
    const server *s = e->lane->http_server;
    int code;
    const char *problem = head_problem(e->connection, version, &code);
    if (problem) {
        e->state.early = true;
        return refuse(e, code, MICA_FORMAT, problem);
    }
    if (!host_allowed(s, host))
        return refuse(e, 421, MICA_NAME, "the Host header names another server (--host-name)");
    if (!origin_allowed(exchange_header(&e->x, "Origin"), host))
        return refuse(e, 403, MICA_NAME, "pages of other origins may not ask this server");
}

static void take_parts(http_exchange *e, const path_parts *parts) {
    memcpy(e->model, parts->model, sizeof parts->model);
    memcpy(e->version, parts->version, sizeof parts->version);
    e->x.model = e->model[0] ? e->model : NULL;
    e->x.version = e->version[0] ? e->version : NULL;
}

static void begin(http_exchange *e, const char *url, const char *method, const char *version) {
    path_parts parts;
    const char *host;
    bool known;
    e->state = (exchange_state){.began = clock_seconds()};
    e->x = (exchange){.server = e->lane->http_server,
                      .method = method,
                      .work = &e->work,
                      .connection = e->connection,
                      .reply = e->x.reply};
    e->allow[0] = 0;
    e->x.path = path_of(e, url, &host);
    choose_id(e);
    check_names(e, host, version);
    if (e->state.failed) return;
    e->x.route = route_find(method, e->x.path, e->lane->control, &parts, &known);
    if (!e->x.route) return refuse_route(e, known);
    take_parts(e, &parts);
    if (!check_access(e)) return;
    if (trail_refuses(e->lane->http_server->trail, e->x.route->action))
        return refuse(e, 503, MICA_IO, "the audit log cannot be written");
    if (!content_check(e)) e->state.failed = true;
    else read_length(e);
    if (e->state.failed || !e->x.route->parse) return;
    const mica_status status = exchange_hold(&e->x, &e->state.served, &e->err);
    if (status != MICA_OK) {
        e->state.failed = true;
        if (!e->x.code) e->x.code = http_code(status);
        return;
    }
    e->work.contract = &e->state.served->contract;
}

/* A body that is too large, now or ever, is not waited for, nor one whose sender asks whether it
 * may come. The library takes no reply between the first byte of a body and its last: where there
 * is too much meanwhile, the rest is read away. */
static bool is_answered_early(const http_exchange *e) {
    return e->state.early || e->state.unread ||
           (e->state.failed && exchange_header(&e->x, "Expect"));
}

/* ---- its body, and the answer ---- */

static void parse(http_exchange *e, const char *body, size_t length) {
    e->state.parsed = true;
    e->x.body = body, e->x.length = length;
    e->work.kept = request_keeps(e->lane->http_server, &e->lane->draws);
    mica_status status = e->x.route->parse(&e->x, &e->err);
    e->x.body = NULL, e->x.length = 0;
    e->state.failed = status != MICA_OK;
    if (!e->state.failed) return;
    if (!e->x.code) e->x.code = http_code(status);
    atomic_fetch_add(&e->state.served->counters.refused, 1);
}

static void receive(http_exchange *e, const char *bytes, size_t count) {
    e->state.received += count;
    if (e->peer) e->peer->bytes = e->state.received;
    /* Read to its end, so that the client sees the reply. */
    if (e->state.failed || e->state.told) return;
    if (e->state.received > body_limit(e)) return refuse_body(e);
    if (e->unpacker) {
        e->state.failed = content_unpack(e, bytes, count, &e->err) != MICA_OK;
        return;
    }
    if (e->x.route->parse && count == e->state.announced && e->state.received == count)
        return parse(e, bytes, count); /* all of it at once: where it lies */
    if (body_keep(e, bytes, count, &e->err) == MICA_OK) return;
    e->state.failed = true;
    e->x.code = 503;
}

/* Its connection waits, for whatever thread. */
static void suspend(http_exchange *e) {
    e->state.submitted = true;
    peer_goes_on(e->peer, PEER_WAITS, 0);
    atomic_fetch_add(&e->lane->suspended, 1);
    MHD_suspend_connection(e->connection);
}

/* Any thread. */
static void resume(http_exchange *e) {
    lane *l = e->lane; /* e may be gone after that */
    MHD_resume_connection(e->connection);
    lane_wake(l);
    atomic_fetch_sub(&l->suspended, 1); /* last: the lane may end then */
}

/* The engine's word, on any lane. */
static void done(void *user, mica_status status, const mica_error *err) {
    http_exchange *e = user;
    e->state.status = status;
    if (status != MICA_OK) e->err = *err;
    resume(e);
}

void lane_wake(lane *l) {
    if (l->runs && pthread_equal(pthread_self(), l->thread)) {
        l->turns++;
        return;
    }
    if (!atomic_exchange(&l->woken, true) && write(l->wake, &(uint64_t){1}, sizeof(uint64_t)) < 0)
        atomic_store(&l->woken, false); /* the lane looks by itself once a second */
}

/* Suspended before it is queued: another lane may be done with it at once. */
static void submit(http_exchange *e) {
    suspend(e);
    const mica_status status = engine_submit(e->lane->http_server->engine, e->state.served,
                                             &e->work, !e->lane->control, done, e, &e->err);
    if (status != MICA_OK) done(e, status, &e->err);
}

static bool run_now(http_exchange *e) {
    return engine_run_now(e->state.served, e->lane->number, &e->work, &e->state.status, &e->err);
}

/* The loader's word, on its thread or on the one that ends it. */
static void loaded(void *user, mica_status status, const mica_error *err) {
    http_exchange *e = user;
    e->state.told = true;
    if (status != MICA_OK) {
        e->err = *err;
        e->state.failed = true;
        e->x.code = status == MICA_NAME ? 404 : http_code(status);
    }
    resume(e);
}

/* Suspended before it is put: it may be done at once. */
static void load_later(http_exchange *e) {
    server *s = e->lane->http_server;
    suspend(e);
    const mica_status status = loader_put(s->loader,
                                          &(load_job){.work = e->x.later,
                                                      .user = s,
                                                      .model = e->x.model,
                                                      .version = e->x.version,
                                                      .most = MOST_LOADS,
                                                      .done = loaded,
                                                      .waiter = e},
                                          &e->err);
    if (status != MICA_OK) loaded(e, status, &e->err);
}

static void answer(http_exchange *e) {
    mica_status status = e->state.status;
    if (status == MICA_OK) status = e->x.route->answer(&e->x, &e->err);
    if (status == MICA_OK && e->x.reply.failed) status = fail_no_memory(&e->err, "the reply");
    e->state.inferred = status == MICA_OK && e->x.route->parse;
    if (status == MICA_OK) return;
    e->state.failed = true;
    if (!e->x.code) e->x.code = http_code(status);
}

enum MHD_Result exchange_step(void *where, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state) {
    lane *l = where;
    http_exchange *e = *state;
    l->turns++;
    if (!e) {
        if (!(*state = e = take(l))) return MHD_NO;
        atomic_fetch_add(&l->active, 1);
        l->begun++;
        e->connection = connection;
        e->peer = peer_of(connection);
        if (e->peer) e->peer->asked = true;
        peer_goes_on(e->peer, PEER_SENDS, 0);
        begin(e, url, method, version);
        if (!is_answered_early(e)) return MHD_YES;
        if (e->peer) e->peer->early = true;
        return exchange_send(e);
    }
    if (*upload_size) {
        if (!e->state.answered) receive(e, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (e->state.answered) return MHD_YES;
    if (e->state.told) return exchange_send(e);
    if (!e->state.failed) e->state.failed = content_end(e, &e->err) != MICA_OK;
    if (!e->state.failed && e->x.route->parse && !e->state.parsed)
        parse(e, e->body.data ? e->body.data : "", e->body.length);
    if (!e->state.failed && e->x.route->parse && !e->state.submitted && !run_now(e)) {
        submit(e);
        return MHD_YES;
    }
    if (!e->state.failed) {
        e->x.body = e->body.data ? e->body.data : "", e->x.length = e->body.length;
        answer(e);
    }
    if (e->x.later && !e->state.failed) {
        load_later(e);
        return MHD_YES;
    }
    return exchange_send(e);
}
