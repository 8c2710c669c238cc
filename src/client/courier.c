/* See courier.h. */
#include "client/courier.h"

#include "build_config.h"

#ifndef HAVE_CURL

mica_status courier_open(const courier_options *o, courier **out, mica_error *err) {
    return fail(err, MICA_UNSUPPORTED,
                "this mica was built without libcurl, which asks servers (Debian: apt install "
                "libcurl4-gnutls-dev, and build again)");
}
void courier_close(courier *t) {}
mica_status courier_ask(courier *t, const courier_request *r, courier_reply *out, mica_error *err) {
    return fail(err, MICA_UNSUPPORTED, "%s: no libcurl", r->url);
}

#else

#include "client/library.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct courier {
    const library *lib;
    CURL *curl;
    size_t most;
    strbuf body;
    bool too_long;
    courier_reply reply;
    char why[CURL_ERROR_SIZE];
};

static size_t receive(char *bytes, size_t one, size_t count, void *user) {
    courier *t = user;
    t->too_long = count > t->most - t->body.length;
    if (!t->too_long) strbuf_put(&t->body, bytes, count);
    return t->too_long || t->body.failed ? 0 : count;
}

/* The value of a header line of that name, in `out`; false: it is another one. */
static bool header_is(const char *line, size_t length, const char *name, char *out, size_t room) {
    const size_t n = strlen(name);
    if (length <= n || strncasecmp(line, name, n) || line[n] != ':') return false;
    const char *at = line + n + 1, *end = line + length;
    while (at < end && (*at == ' ' || *at == '\t')) at++;
    while (end > at && (unsigned char)end[-1] <= ' ') end--;
    const size_t size = (size_t)(end - at) < room ? (size_t)(end - at) : room - 1;
    memcpy(out, at, size);
    out[size] = 0;
    return true;
}

static size_t receive_header(char *line, size_t one, size_t count, void *user) {
    courier *t = user;
    char text[64], *end;
    if (count > 5 && !memcmp(line, "HTTP/", 5)) { /* 100 Continue may come before the reply */
        t->reply.json_length = SIZE_MAX;
        t->reply.request_id[0] = 0;
    }
    if (header_is(line, count, "Inference-Header-Content-Length", text, sizeof text)) {
        const unsigned long long value = strtoull(text, &end, 10);
        t->reply.json_length = *text >= '0' && *text <= '9' && !*end ? (size_t)value : SIZE_MAX - 1;
    }
    header_is(line, count, "X-Request-Id", t->reply.request_id, sizeof t->reply.request_id);
    return count;
}

static bool set_up(courier *t, const courier_options *o) {
    const library *lib = t->lib;
    bool good = true;
#define SET(option, value) good &= lib->easy_setopt(t->curl, option, value) == CURLE_OK
    SET(CURLOPT_ERRORBUFFER, t->why);
    SET(CURLOPT_WRITEFUNCTION, receive);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_HEADERFUNCTION, receive_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_USERAGENT, "mica/" MICA_VERSION);
    SET(CURLOPT_PROXY, o->proxy ? o->proxy : ""); /* "": what the environment says does not count */
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    if (o->ca) SET(CURLOPT_CAINFO, o->ca);
    if (o->certificate) SET(CURLOPT_SSLCERT, o->certificate);
    if (o->certificate_key) SET(CURLOPT_SSLKEY, o->certificate_key);
    return good;
}

mica_status courier_open(const courier_options *o, courier **out, mica_error *err) {
    const library *lib;
    TRY(library_open(&lib, err));
    courier *t = allocate(1, sizeof *t);
    if (!t) return fail_memory(err, sizeof *t, "a connection");
    t->lib = lib;
    t->most = o->most;
    t->curl = lib->easy_init();
    if (!t->curl || !set_up(t, o)) {
        courier_close(t);
        return fail(err, MICA_UNSUPPORTED, "libcurl takes not all options that mica sets");
    }
    *out = t;
    return MICA_OK;
}

void courier_close(courier *t) {
    if (!t) return;
    if (t->curl) t->lib->easy_cleanup(t->curl);
    strbuf_free(&t->body);
    free(t);
}

static bool prepare(courier *t, const courier_request *r, struct curl_slist **headers) {
    const library *lib = t->lib;
    bool good = true;
    for (size_t i = 0; r->headers && r->headers[i] && good; i++) {
        struct curl_slist *longer = lib->slist_append(*headers, r->headers[i]);
        good = longer != NULL;
        if (good) *headers = longer;
    }
    SET(CURLOPT_URL, r->url);
    SET(CURLOPT_HTTPHEADER, *headers);
    SET(CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
    if (r->body) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->length);
        SET(CURLOPT_POSTFIELDS, r->body);
    } else {
        SET(CURLOPT_HTTPGET, 1L);
    }
    return good;
}
#undef SET

static mica_status tell(const courier *t, CURLcode done, const char *url, mica_error *err) {
    if (t->too_long)
        return fail(err, MICA_FORMAT, "%s: a reply of more than %zu bytes", url, t->most);
    if (t->body.failed) return fail_no_memory(err, url);
    if (done == CURLE_COULDNT_CONNECT) {
        long why = 0;
        t->lib->easy_getinfo(t->curl, CURLINFO_OS_ERRNO, &why);
        if (why == ECONNREFUSED)
            return fail(err, MICA_IO, "%s: connection refused: no server listens there", url);
    }
    const mica_status code = done == CURLE_OPERATION_TIMEDOUT ? MICA_TIMEOUT : MICA_IO;
    return fail(err, code, "%s: %s", url, t->why[0] ? t->why : t->lib->easy_strerror(done));
}

mica_status courier_ask(courier *t, const courier_request *r, courier_reply *out, mica_error *err) {
    struct curl_slist *headers = NULL;
    long code = 0;
    curl_off_t after = 0;
    t->body.length = 0;
    t->too_long = false;
    t->why[0] = 0;
    t->reply = (courier_reply){.json_length = SIZE_MAX};
    strbuf_put(&t->body, "", 0);
    const bool ready = prepare(t, r, &headers);
    const CURLcode done = ready ? t->lib->easy_perform(t->curl) : CURLE_OUT_OF_MEMORY;
    t->lib->slist_free_all(headers);
    out->refused = done == CURLE_COULDNT_CONNECT;
    if (done != CURLE_OK) return tell(t, done, r->url, err);
    t->lib->easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
    t->lib->easy_getinfo(t->curl, CURLINFO_RETRY_AFTER, &after);
    t->reply.code = (int)code;
    t->reply.retry_after_ms = after > 0 && after < INT64_MAX / 1000 ? after * 1000 : 0;
    t->reply.body = t->body.data ? t->body.data : "";
    t->reply.length = t->body.length;
    *out = t->reply;
    return MICA_OK;
}

#endif
