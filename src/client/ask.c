/* Asking, and asking again where the server is too busy: see client.h. */
#include "client/client.h"

#include "base/clock.h"
#include "base/philox.h"
#include "client/reply.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void client_begin(mica_client *c) {
    c->path.length = c->body.length = 0;
    c->code = 0;
    c->deadline = clock_seconds() + (double)c->timeout_ms * 1e-3;
}

static void put_escaped(strbuf *out, const char *text) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
    for (; *text; text++) {
        if (strchr(plain, *text)) strbuf_put(out, text, 1);
        else strbuf_add(out, "%%%02X", (unsigned char)*text);
    }
}

mica_status client_path(mica_client *c, const char *before, const char *model, const char *version,
                        mica_error *err) {
    const bool dots = !strcmp(model, ".") || !strcmp(model, "..") ||
                      (version && (!strcmp(version, ".") || !strcmp(version, "..")));
    if (!*model || (version && !*version) || dots)
        return fail(err, MICA_VALUE, "model \"%s\", version \"%s\": expected names", model,
                    version ? version : "-");
    strbuf_add(&c->path, "%s", before);
    put_escaped(&c->path, model);
    if (version) strbuf_add(&c->path, "/versions/");
    if (version) put_escaped(&c->path, version);
    return c->path.failed ? fail_no_memory(err, model) : MICA_OK;
}

int64_t client_left(const mica_client *c) {
    const double left = (c->deadline - clock_seconds()) * 1e3;
    return left > 0 ? (int64_t)left : 0;
}

int64_t client_pause_ms(int64_t retry_ms, int64_t n) {
    const int64_t most = 60000;
    for (; n > 1 && retry_ms < most; n--) retry_ms *= 2;
    return retry_ms < most ? retry_ms : most;
}

/* Some of it by lot, so that clients do not come back all at once; false where the call's time is
 * over then. */
static bool pause_before(mica_client *c, int64_t n, int64_t at_least_ms) {
    const uint32_t lot = philox(c->seed, c->draws++, 0).v[0];
    double wait = (double)client_pause_ms(c->retry_ms, n) * (0.5 + 0.5 * philox_unit(lot));
    if (wait < (double)at_least_ms) wait = (double)at_least_ms;
    if (wait >= (double)client_left(c)) return false;
    struct timespec rest = {(time_t)(wait / 1e3), 0};
    rest.tv_nsec = (long)((wait - (double)rest.tv_sec * 1e3) * 1e6);
    while (nanosleep(&rest, &rest)) {
    }
    return true;
}

static mica_status ask_once(mica_client *c, const question *q, courier_reply *out,
                            mica_error *err) {
    char type[160], json[96], id[96];
    const char *headers[6];
    int count = 0;
    strbuf address = {0};
    strbuf_add(&address, "%s%s", c->url, c->path.data);
    if (address.failed || c->path.failed || c->body.failed) {
        strbuf_free(&address);
        return fail_no_memory(err, c->url);
    }
    if (c->authorization) headers[count++] = c->authorization;
    if (q->type) snprintf(type, sizeof type, "Content-Type: %s", q->type);
    if (q->type) headers[count++] = type, headers[count++] = "Expect:";
    if (q->json_length) {
        snprintf(json, sizeof json, "Inference-Header-Content-Length: %zu", q->json_length);
        headers[count++] = json;
    }
    if (q->request_id) snprintf(id, sizeof id, "X-Request-Id: %s", q->request_id);
    if (q->request_id) headers[count++] = id;
    headers[count] = NULL;
    const int64_t left = client_left(c);
    const courier_request r = {.url = address.data,
                               .headers = headers,
                               .body = q->type ? c->body.data : NULL,
                               .length = c->body.length,
                               .timeout_ms = left ? left : 1};
    mica_status status = courier_ask(c->courier, &r, out, err);
    strbuf_free(&address);
    c->code = status == MICA_OK ? out->code : 0;
    memcpy(c->request_id, status == MICA_OK ? out->request_id : "", status == MICA_OK ? 64 : 1);
    return status;
}

static mica_status check_id(const question *q, mica_error *err) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    const size_t length = q->request_id ? strlen(q->request_id) : 1;
    if (length && length < 40 && (!q->request_id || strspn(q->request_id, plain) == length))
        return MICA_OK;
    return fail(err, MICA_VALUE,
                "request_id: expected 1 to 39 letters, digits, hyphens, underscores or points");
}

static mica_status ask(mica_client *c, const question *q, courier_reply *out, mica_error *err) {
    for (int64_t n = 1;; n++) {
        mica_error own = {0};
        *out = (courier_reply){.retry_after_ms = 0};
        mica_status status = ask_once(c, q, out, &own);
        if (status == MICA_OK && out->code >= 200 && out->code < 300) return MICA_OK;
        const bool busy = status == MICA_OK ? out->code == 429 || out->code == 503 : out->refused;
        if (status == MICA_OK)
            status = reply_error(out->code, out->body, out->length, q->model, c->url, &own);
        if (busy && !q->once && n <= c->retries && pause_before(c, n, out->retry_after_ms))
            continue;
        if (busy && n > 1) fail_within(&own, status, "after %lld tries", (long long)n);
        if (err) *err = own;
        return status;
    }
}

mica_status client_ask(mica_client *c, const question *q, courier_reply *out, mica_error *err) {
    char id[40];
    question own = *q;
    TRY(check_id(q, err));
    /* That may be the last reply's, in the place where this one's will be. */
    if (q->request_id) {
        snprintf(id, sizeof id, "%s", q->request_id);
        own.request_id = id;
    }
    if (q->type) strbuf_put(&c->body, "", 0);
    mica_status status = ask(c, &own, out, err);
    arena_clear(&c->memory);
    c->model = (mica_client_model){0};
    c->answer = (mica_answer){0};
    return status;
}
