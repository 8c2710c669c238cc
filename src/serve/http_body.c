/* Bodies that are kept until they are whole. Those that come at once are parsed where they lie, and
 * never seen here. */
#include "serve/http_exchange.h"

static bool is_used(const route *r) { return r->parse || r->request_schema; }

size_t body_limit(const http_exchange *e) {
    enum { UNUSED = 4 << 10 };
    const size_t most = e->lane->http_server->o.most_body;
    return is_used(e->x.route) || most < UNUSED ? most : UNUSED;
}

bool body_fits(const http_exchange *e, size_t length) {
    const server *s = e->lane->http_server;
    return !is_used(e->x.route) || length <= CONNECTION_POOL ||
           atomic_load(&s->bodies) + length <= request_room(s->o.most_body);
}

/* A buffer counts with all that ever lay in it. */
static bool count_in(http_exchange *e) {
    server *s = e->lane->http_server;
    size_t now = e->body.length > e->counted ? e->body.length : e->counted;
    if (e->kept) {
        atomic_fetch_sub(&s->kept_bodies, e->kept);
        if (e->kept > now) now = e->kept;
        e->kept = 0;
    }
    const size_t more = now - e->counted;
    e->counted = now;
    return !more || atomic_fetch_add(&s->bodies, more) + more <= request_room(s->o.most_body);
}

mica_status body_keep(http_exchange *e, const char *bytes, size_t count, mica_error *err) {
    if (!is_used(e->x.route)) return MICA_OK;
    strbuf_put(&e->body, bytes, count);
    const bool fits = count_in(e), failed = e->body.failed;
    if (fits && !failed) return MICA_OK;
    body_drop(e);
    return failed ? fail(err, MICA_MEMORY, "no memory for the body")
                  : fail(err, MICA_BUSY, TOO_MANY_BODIES);
}

/* What it was counted with. */
static size_t count_out(http_exchange *e) {
    const size_t counted = e->counted;
    if (counted) atomic_fetch_sub(&e->lane->http_server->bodies, counted);
    e->counted = 0;
    return counted;
}

void body_drop(http_exchange *e) {
    count_out(e);
    if (e->kept) atomic_fetch_sub(&e->lane->http_server->kept_bodies, e->kept);
    e->kept = 0;
    strbuf_free(&e->body);
}

void body_done(http_exchange *e) {
    enum { SHARE = 8 };
    server *s = e->lane->http_server;
    const size_t counted = count_out(e), most = request_room(s->o.most_body) / SHARE;
    e->body.length = 0;
    if (!counted) return;
    e->kept = counted;
    if (atomic_fetch_add(&s->kept_bodies, counted) + counted > most || e->body.capacity > MOST_KEPT)
        body_drop(e);
}
