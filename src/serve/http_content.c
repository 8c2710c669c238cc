/* What a request's head says of its body and of arguments: types of content, codings (gzip and
 * deflate, RFC 9110, 8.4), and parameters behind the path. A body is unpacked piece by piece as it
 * comes, into the room that bodies have: what grows beyond what a body may have is refused there,
 * however small it came. */
#include "serve/http_exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define CODINGS "gzip, deflate"
enum { UNPACKER = 48 << 10 }; /* bytes that zlib takes for one, counted with those of bodies */

struct unpacker {
    z_stream z;
    bool ended; /* a stream has, and nothing came behind it */
    bool gzip;  /* of which several may follow each other */
};

/* ---- types ---- */

static bool is_type(const char *type, size_t length, const char *name) {
    return strlen(name) == length && !strncasecmp(type, name, length);
}

/* JSON, by its name or by one that clients send whatever they send: curl -d, fetch(), Triton's. */
static bool is_json(const char *type) {
    static const char *const names[] = {"application/json", "application/octet-stream",
                                        "application/x-www-form-urlencoded", "text/plain"};
    size_t length = strcspn(type, ";");
    while (length && (type[length - 1] == ' ' || type[length - 1] == '\t')) length--;
    for (size_t i = 0; i < LENGTH(names); i++)
        if (is_type(type, length, names[i])) return true;
    return length > 5 && !strncasecmp(type + length - 5, "+json", 5);
}

static bool check_type(http_exchange *e) {
    const route *r = e->x.route;
    const char *type = exchange_header(&e->x, "Content-Type");
    if (!type || !*type || !r->request_schema || r->any_type || is_json(type)) return true;
    e->x.code = 415;
    fail(&e->err, MICA_TYPE,
         "Content-Type %.60s: expected application/json (or none, text/plain, "
         "application/octet-stream, application/x-www-form-urlencoded: each is read as JSON)",
         type);
    return false;
}

/* ---- parameters ---- */

static void tell_known(const char *query, char *out, size_t room) {
    json_t *all = NULL, *schema;
    const char *name;
    size_t n = 0;
    *out = 0;
    if (!query || config_parse(query, strlen(query), "a query", &all, NULL) != MICA_OK) return;
    json_object_foreach(all, name, schema) if (n < room)
        n += (size_t)snprintf(out + n, room - n, "%s%s", n ? ", " : "", name);
    json_decref(all);
}

static bool knows(const char *query, const char *name) {
    char member[80];
    if (!query || strlen(name) > 60 || strchr(name, '"')) return false;
    snprintf(member, sizeof member, "\"%s\":{", name);
    return strstr(query, member) != NULL;
}

static enum MHD_Result look(void *user, enum MHD_ValueKind kind, const char *name,
                            const char *value) {
    http_exchange *e = user;
    const char *query = e->x.route->query;
    char known[200];
    if (knows(query, name)) return MHD_YES;
    tell_known(query, known, sizeof known);
    e->x.code = 400;
    fail(&e->err, MICA_NAME, "parameter \"%.60s\" is not known here: expected %s%s", name,
         known[0] ? "one of " : "none", known);
    return MHD_NO;
}

/* Probes and the page are asked with all kinds of them. */
static bool check_query(http_exchange *e) {
    if (e->x.route->action == ACTION_OPEN) return true;
    MHD_get_connection_values(e->connection, MHD_GET_ARGUMENT_KIND, look, e);
    return !e->x.code;
}

/* ---- codings ---- */

static bool open_coding(http_exchange *e, const char *coding) {
    const bool gzip = !strcasecmp(coding, "gzip") || !strcasecmp(coding, "x-gzip");
    if (!gzip && strcasecmp(coding, "deflate") != 0) {
        e->x.code = 415;
        e->x.codings = CODINGS;
        fail(&e->err, MICA_UNSUPPORTED, "Content-Encoding %.60s: expected " CODINGS " or none",
             coding);
        return false;
    }
    server *s = e->lane->http_server;
    const bool room = atomic_fetch_add(&s->bodies, UNPACKER) + UNPACKER <=
                      request_room(s->o.most_body);
    unpacker *u = room ? allocate(1, sizeof *u) : NULL;
    if (u && inflateInit2(&u->z, gzip ? 15 + 16 : 15) == Z_OK) {
        u->gzip = gzip;
        e->unpacker = u;
        return true;
    }
    free(u);
    atomic_fetch_sub(&s->bodies, UNPACKER);
    e->x.code = 503;
    fail(&e->err, MICA_BUSY, "the server reads too many bodies at once");
    return false;
}

static bool check_coding(http_exchange *e) {
    const char *coding = exchange_header(&e->x, "Content-Encoding");
    const bool none = !coding || !*coding || !strcasecmp(coding, "identity");
    return none || !e->x.route->request_schema || open_coding(e, coding);
}

bool content_check(http_exchange *e) { return check_type(e) && check_query(e) && check_coding(e); }

void content_done(http_exchange *e) {
    if (!e->unpacker) return;
    inflateEnd(&e->unpacker->z);
    atomic_fetch_sub(&e->lane->http_server->bodies, UNPACKER);
    free(e->unpacker);
    e->unpacker = NULL;
}

static mica_status fail_coding(http_exchange *e, const char *what, mica_error *err) {
    e->x.code = 400;
    return fail(err, MICA_FORMAT, "the body: %s as its Content-Encoding %s says", what,
                e->unpacker->gzip ? "gzip" : "deflate");
}

static mica_status keep(http_exchange *e, const char *bytes, size_t count, mica_error *err) {
    if (e->body.length + count > body_limit(e)) {
        body_drop(e);
        e->x.code = 413;
        return fail(err, MICA_VALUE, "the body is larger, unpacked, than this server takes here");
    }
    const mica_status status = body_keep(e, bytes, count, err);
    if (status != MICA_OK) e->x.code = 503;
    return status;
}

mica_status content_unpack(http_exchange *e, const char *bytes, size_t count, mica_error *err) {
    enum { PIECE = 32 << 10 };
    unpacker *u = e->unpacker;
    unsigned char piece[PIECE];
    u->z.next_in = (unsigned char *)bytes;
    u->z.avail_in = (uInt)count;
    for (bool full = false; u->z.avail_in || full;) {
        if (u->ended && !u->gzip) return fail_coding(e, "more follows than its stream,", err);
        if (u->ended) inflateReset(&u->z);
        u->z.next_out = piece;
        u->z.avail_out = PIECE;
        const int code = inflate(&u->z, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            return fail_coding(e, "it is not", err);
        u->ended = code == Z_STREAM_END;
        full = !u->ended && !u->z.avail_out;
        TRY(keep(e, (char *)piece, PIECE - u->z.avail_out, err));
    }
    return MICA_OK;
}

mica_status content_end(http_exchange *e, mica_error *err) {
    return !e->unpacker || e->unpacker->ended ? MICA_OK : fail_coding(e, "it ends too early,", err);
}
