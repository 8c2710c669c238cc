/* Opening and closing a client: see mica/client.h. */
#include "client/client.h"

#include "base/clock.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

mica_client_options mica_client_defaults(void) {
    return (mica_client_options){.size = sizeof(mica_client_options)};
}

/* ---- opening ---- */

/* The host of a URL, its length in *length; NULL: it is no URL of a server. */
static const char *host_of(const char *url, size_t *length) {
    const char *host = strstr(url, "://");
    if (!host || (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0))
        return NULL;
    *length = strcspn(host + 3, "/?#\\");
    return host + 3;
}

static mica_status check_url(const char *url, mica_error *err) {
    size_t length;
    const char *host = host_of(url, &length);
    if (!host)
        return fail(err, MICA_VALUE, "%s: expected http://HOST:PORT or https://HOST:PORT", url);
    if (memchr(host, '@', length))
        return fail(err, MICA_VALUE, "the URL names a user: names and passwords are not given so");
    if (!length || host[length + strspn(host + length, "/")])
        return fail(err, MICA_VALUE, "%s: expected a server alone, without a path", url);
    return MICA_OK;
}

static bool is_loopback(const char *url) {
    size_t length;
    const char *host = host_of(url, &length);
    static const char *const names[] = {"localhost", "[::1]"};
    for (size_t i = 0; i < LENGTH(names); i++) {
        const size_t n = strlen(names[i]);
        if (length >= n && !strncasecmp(host, names[i], n) && (length == n || host[n] == ':'))
            return true;
    }
    const size_t digits = strspn(host, "0123456789.");
    return !strncmp(host, "127.", 4) && (digits == length || host[digits] == ':');
}

/* The first line of a file as the header that it goes in. */
static mica_status read_key(mica_client *c, const char *path, mica_error *err) {
    static const char before[] = "Authorization: Bearer ";
    enum { MOST = 16384 };
    file_bytes file;
    TRY(file_read(path, &file, err));
    size_t n = 0;
    while (n < file.size && file.data[n] > ' ' && file.data[n] < 0x7f) n++;
    const bool good = n && n < MOST &&
                      (n == file.size || file.data[n] == '\n' || file.data[n] == '\r');
    c->authorization = good ? malloc(sizeof before + n) : NULL;
    if (c->authorization) {
        memcpy(c->authorization, before, sizeof before - 1);
        memcpy(c->authorization + sizeof before - 1, file.data, n);
        c->authorization[sizeof before - 1 + n] = 0;
    }
    explicit_bzero(file.data, file.size);
    free(file.data);
    if (!good)
        return fail(err, MICA_FORMAT,
                    "%s: expected a key or a token in the first line, at most %d letters and no "
                    "blanks",
                    path, MOST);
    return c->authorization ? MICA_OK : fail_no_memory(err, path);
}

/* What libcurl would say of these only at the first request, and not by name. */
static mica_status check_files(const mica_client_options *o, mica_error *err) {
    const char *const paths[] = {o->ca, o->certificate, o->certificate_key};
    for (size_t i = 0; i < LENGTH(paths); i++) {
        file_reader r;
        if (!paths[i]) continue;
        TRY(file_open(&r, paths[i], err));
        file_close(&r);
    }
    if (o->certificate_key && !o->certificate)
        return fail(err, MICA_VALUE, "certificate_key %s is given without a certificate",
                    o->certificate_key);
    return MICA_OK;
}

static mica_status whole(int64_t *value, int64_t initial, const char *name, mica_error *err) {
    if (!*value) *value = initial;
    if (*value == MICA_ZERO) *value = 0;
    if (*value >= 0 && *value <= INT64_MAX / 4096) return MICA_OK;
    return fail(err, MICA_VALUE, "client: %s is %lld, expected 0 or more", name, (long long)*value);
}

static mica_status set_up(mica_client *c, const char *url, mica_client_options *o,
                          mica_error *err) {
    TRY(whole(&o->timeout_ms, 30000, "timeout_ms", err));
    TRY(whole(&o->retries, 4, "retries", err));
    TRY(whole(&o->retry_ms, 100, "retry_ms", err));
    TRY(whole(&o->most_reply, (int64_t)256 << 20, "most_reply", err));
    c->timeout_ms = o->timeout_ms ? o->timeout_ms : 1;
    c->retries = o->retries;
    c->retry_ms = o->retry_ms;
    TRY(check_files(o, err));
    if (o->key_file) TRY(read_key(c, o->key_file, err));
    if (o->key_file && !o->insecure && strncasecmp(url, "https", 5) != 0 && !is_loopback(url))
        return fail(err, MICA_VALUE,
                    "%s: a key would go over the net in the clear: use https://, or say that this "
                    "may be (insecure)",
                    url);
    const courier_options t = {.ca = o->ca,
                               .certificate = o->certificate,
                               .certificate_key = o->certificate_key,
                               .proxy = o->proxy,
                               .most = (size_t)o->most_reply};
    return courier_open(&t, &c->courier, err);
}

mica_status mica_client_open(const char *url, const mica_client_options *options,
                             mica_client **client, mica_error *err) {
    REQUIRE(url, "url");
    REQUIRE(client, "client");
    *client = NULL;
    mica_client_options o = mica_client_defaults();
    TRY(options_take(&o, sizeof o, options, "client", err));
    TRY(check_url(url, err));
    mica_client *c = allocate(1, sizeof *c);
    if (!c) return fail_memory(err, sizeof *c, url);
    const double now = clock_seconds();
    memcpy(&c->seed, &now, sizeof c->seed);
    c->seed ^= (uint64_t)(uintptr_t)c;
    c->url = strdup(url);
    mica_status status = c->url ? set_up(c, url, &o, err) : fail_no_memory(err, url);
    for (size_t n = c->url ? strlen(c->url) : 0; n && c->url[n - 1] == '/'; n--) c->url[n - 1] = 0;
    *client = c;
    if (status != MICA_OK) mica_client_close(client);
    return status;
}

void mica_client_close(mica_client **client) {
    mica_client *c = client ? *client : NULL;
    if (!c) return;
    courier_close(c->courier);
    if (c->authorization) explicit_bzero(c->authorization, strlen(c->authorization));
    free(c->authorization);
    free(c->url);
    strbuf_free(&c->path);
    strbuf_free(&c->body);
    arena_free(&c->memory);
    free(c);
    *client = NULL;
}

int mica_client_http_code(const mica_client *c) { return c ? c->code : 0; }
const char *mica_client_request_id(const mica_client *c) {
    return c && c->code ? c->request_id : "";
}
