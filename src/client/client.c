/* See client.h. */
#include "client/client.h"

#include "build_config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#ifndef HAVE_CURL

mica_status client_open(const char *url, const client_options *o, client **out, mica_error *err) {
    return fail(err, MICA_UNSUPPORTED,
                "%s: this mica was built without libcurl, which asks servers", url);
}
void client_close(client *c) {}
mica_status client_get(client *c, const char *path, client_reply *out, mica_error *err) {
    return fail(err, MICA_UNSUPPORTED, "%s: no libcurl", path);
}
mica_status client_ready(client *c, mica_error *err) { return client_get(c, "", NULL, err); }

#else

#include <curl/curl.h>

#define MOST_REPLY ((size_t)64 << 20)

struct client {
    char *url; /* without a slash at its end */
    CURL *curl;
    strbuf body, address;
    bool too_long;
    char why[CURL_ERROR_SIZE];
};

static size_t receive(char *bytes, size_t one, size_t count, void *user) {
    client *c = user;
    c->too_long = c->body.length + count > MOST_REPLY;
    if (!c->too_long) strbuf_put(&c->body, bytes, count);
    return c->too_long || c->body.failed ? 0 : count;
}

static bool set_up(client *c, const client_options *o) {
    CURL *curl = c->curl;
    bool good = true;
#define SET(option, value) good &= curl_easy_setopt(curl, option, value) == CURLE_OK
    SET(CURLOPT_ERRORBUFFER, c->why);
    SET(CURLOPT_WRITEFUNCTION, receive);
    SET(CURLOPT_WRITEDATA, c);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_USERAGENT, "mica");
    SET(CURLOPT_TIMEOUT_MS, (long)(o->timeout_ms ? o->timeout_ms : 30000));
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    if (o->ca) SET(CURLOPT_CAINFO, o->ca);
#undef SET
    return good;
}

static mica_status check_url(const char *url, mica_error *err) {
    const char *host = strstr(url, "://");
    if (!host || (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0))
        return fail(err, MICA_VALUE, "%s: expected http://HOST:PORT or https://HOST:PORT", url);
    const size_t length = strcspn(host + 3, "/?#");
    if (memchr(host + 3, '@', length))
        return fail(err, MICA_VALUE, "the URL names a user: names and passwords are not given so");
    if (!length || host[3 + length + strspn(host + 3 + length, "/")])
        return fail(err, MICA_VALUE, "%s: expected a server alone, without a path", url);
    return MICA_OK;
}

mica_status client_open(const char *url, const client_options *o, client **out, mica_error *err) {
    TRY(check_url(url, err));
    client *c = allocate(1, sizeof *c);
    if (!c) return fail_memory(err, sizeof *c, url);
    c->url = strdup(url);
    c->curl = curl_easy_init();
    if (!c->url || !c->curl || !set_up(c, o)) {
        client_close(c);
        return fail(err, MICA_MEMORY, "%s: libcurl could not be started", url);
    }
    for (size_t n = strlen(c->url); n && c->url[n - 1] == '/'; n--) c->url[n - 1] = 0;
    *out = c;
    return MICA_OK;
}

void client_close(client *c) {
    if (!c) return;
    curl_easy_cleanup(c->curl);
    strbuf_free(&c->body);
    strbuf_free(&c->address);
    free(c->url);
    free(c);
}

mica_status client_get(client *c, const char *path, client_reply *out, mica_error *err) {
    long code = 0;
    c->body.length = c->address.length = 0;
    c->too_long = false;
    c->why[0] = 0;
    strbuf_add(&c->address, "%s%s", c->url, path);
    strbuf_add(&c->body, "%s", "");
    if (c->address.failed || c->body.failed) return fail_no_memory(err, c->url);
    curl_easy_setopt(c->curl, CURLOPT_URL, c->address.data);
    const CURLcode done = curl_easy_perform(c->curl);
    if (c->too_long)
        return fail(err, MICA_FORMAT, "%s: a reply of more than %zu MiB", c->address.data,
                    MOST_REPLY >> 20);
    if (done != CURLE_OK)
        return fail(err, done == CURLE_OPERATION_TIMEDOUT ? MICA_TIMEOUT : MICA_IO, "%s: %s",
                    c->address.data, c->why[0] ? c->why : curl_easy_strerror(done));
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &code);
    *out = (client_reply){(int)code, c->body.data ? c->body.data : "", c->body.length};
    return MICA_OK;
}

mica_status client_ready(client *c, mica_error *err) {
    static const char path[] = "/v2/health/ready";
    client_reply r;
    TRY(client_get(c, path, &r, err));
    if (r.code == 200) return MICA_OK;
    return fail(err, MICA_BUSY, "%s: HTTP %d: %.200s", path, r.code, r.body);
}

#endif
