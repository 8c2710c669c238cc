/* Replies: their headers, and errors as JSON. */
#include "serve/http_exchange.h"

#include <stdlib.h>

const char *exchange_header(const exchange *x, const char *name) {
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

const char *exchange_query(const exchange *x, const char *name) {
    return MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, name);
}

int http_code(mica_status status) {
    switch (status) {
    case MICA_BUSY: return 429;
    case MICA_TIMEOUT: return 504;
    case MICA_MEMORY:
    case MICA_INTERRUPTED: return 503;
    case MICA_UNSUPPORTED: return 501;
    case MICA_IO:
    case MICA_INTERNAL: return 500;
    default: return 400;
    }
}

void exchange_fail(exchange *x, const mica_error *err) {
    x->reply.length = 0;
    x->json_length = 0;
    x->static_body = NULL;
    x->type = NULL;
    json_t *tree = json_pack("{s:s, s:s}", "error", err->message, "code", status_name(err->code));
    char *text = tree ? json_dumps(tree, JSON_COMPACT) : NULL;
    strbuf_add(&x->reply, "%s", text ? text : "{\"error\": \"no memory\"}");
    free(text);
    json_decref(tree);
    if (x->code == 429 || x->code == 503) x->retry_after_s = 1;
}

static void add(struct MHD_Response *r, const char *name, const char *value) {
    if (value) MHD_add_response_header(r, name, value);
}

static void add_number(struct MHD_Response *r, const char *name, size_t value) {
    char text[24];
    snprintf(text, sizeof text, "%zu", value);
    MHD_add_response_header(r, name, text);
}

static void add_headers(http_exchange *e, struct MHD_Response *r) {
    const exchange *x = &e->x;
    add(r, "Content-Type", x->type ? x->type : "application/json");
    add(r, "X-Request-Id", x->request_id);
    add(r, "Cache-Control", x->allow_cache ? x->allow_cache : "no-store");
    add(r, "X-Content-Type-Options", "nosniff");
    add(r, "traceparent", exchange_header(x, "traceparent"));
    if (x->json_length) add_number(r, "Inference-Header-Content-Length", x->json_length);
    if (x->retry_after_s) add_number(r, "Retry-After", (size_t)x->retry_after_s);
    if (x->code == 401) add(r, "WWW-Authenticate", "Bearer");
    if (x->static_body) {
        add(r, "Content-Security-Policy",
            "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
        add(r, "Referrer-Policy", "no-referrer");
    }
    add(r, "Accept-Encoding", x->codings);
    if (e->allow[0]) add(r, "Allow", e->allow);
    if (e->state.early || atomic_load(&e->lane->http_server->draining))
        add(r, "Connection", "close");
}

/* Whether all replies that clients have not taken leave room for this one; one has it always. */
static bool fits(http_exchange *e, size_t length) {
    enum { SMALL = 16 << 10 };
    server *s = e->lane->http_server;
    if (length <= SMALL) return true;
    const size_t before = atomic_fetch_add(&s->replies_untaken, length);
    e->untaken = length;
    if (!before || before + length <= request_room(s->o.most_body)) return true;
    atomic_fetch_sub(&s->replies_untaken, length);
    e->untaken = 0;
    return false;
}

enum MHD_Result exchange_send(http_exchange *e) {
    exchange *x = &e->x;
    if (!e->state.failed && !x->static_body && !fits(e, x->reply.length)) {
        e->state.failed = true;
        e->state.inferred = false;
        x->code = 503;
        fail(&e->err, MICA_BUSY, "too many replies wait to be taken by their clients");
        strbuf_free(&x->reply);
    }
    if (e->state.failed) exchange_fail(x, &e->err);
    if (!x->code) x->code = 200;
    const char *body = x->static_body ? x->static_body : x->reply.data;
    const size_t length = x->static_body ? x->static_length : x->reply.length;
    /* The bytes live until exchange_completed. */
    struct MHD_Response *r = MHD_create_response_from_buffer(length, (void *)(body ? body : ""),
                                                             MHD_RESPMEM_PERSISTENT);
    if (!r) return MHD_NO;
    add_headers(e, r);
    e->state.answered = true;
    peer_goes_on(e->peer, PEER_TAKES, length);
    const enum MHD_Result sent = MHD_queue_response(e->connection, (unsigned)x->code, r);
    MHD_destroy_response(r);
    return sent;
}
