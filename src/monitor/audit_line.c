/* One record of an audit log as a line: see audit.h. */
#include "base/clock.h"
#include "base/sha256.h"
#include "monitor/audit_inside.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { HEX = AUDIT_HASH - 1 };
#define SEQ "{\"seq\":"
#define PREV ",\"prev\":\""
#define TIME ",\"time\":\""
#define HASH ",\"hash\":\""
enum { TAIL = sizeof HASH - 1 + HEX + 2 /* "} */ };

/* ---- writing ---- */

static void put_member(strbuf *out, const char *name, const char *text) {
    if (!text) return;
    strbuf_add(out, ",\"%s\":", name);
    strbuf_put_quoted_bytes(out, text, strlen(text));
}

static void put_time(strbuf *out, int64_t us) {
    char text[UTC_TEXT];
    utc_text(us ? us : clock_day_us(), 6, text);
    strbuf_add(out, TIME "%s\"", text);
}

static void put_detail(strbuf *out, const char *detail, size_t begun) {
    const size_t length = detail ? strlen(detail) : 0;
    if (!detail) return;
    if (out->length - begun + length + 2 * (size_t)TAIL < AUDIT_MOST_LINE) {
        strbuf_put(out, ",\"detail\":", 10);
        strbuf_put(out, detail, length);
    } else strbuf_add(out, ",\"detail\":{\"left_out_bytes\":%zu}", length);
}

void audit_put_line(strbuf *out, const audit_event *e, const audit_key *key, audit_head *head) {
    const size_t begun = out->length;
    strbuf_add(out, SEQ "%llu" PREV "%s\"", (unsigned long long)head->seq + 1, head->hash);
    put_time(out, e->time_us);
    put_member(out, "who", e->who);
    put_member(out, "by", e->by);
    put_member(out, "address", e->address);
    put_member(out, "action", e->action);
    put_member(out, "model", e->model);
    put_member(out, "version", e->version);
    put_member(out, "outcome", e->outcome);
    put_member(out, "request", e->request);
    put_detail(out, e->detail, begun);
    if (out->failed) return;
    char hash[AUDIT_HASH];
    audit_hash_line(out->data + begun, out->length - begun, key, hash);
    strbuf_add(out, HASH "%s\"}\n", hash);
    if (out->failed) return;
    head->seq++;
    memcpy(head->hash, hash, sizeof hash);
}

void audit_hash_line(const char *line, size_t length, const audit_key *key, char out[AUDIT_HASH]) {
    unsigned char digest[32];
    if (key->size) {
        hmac_sha256(key->bytes, key->size, line, length, digest);
        sha256_hex(digest, out);
        return;
    }
    sha256 h;
    sha256_begin(&h);
    sha256_add(&h, line, length);
    sha256_end_hex(&h, out);
}

/* ---- reading ---- */

static bool is_hex(const char *text) {
    for (int i = 0; i < HEX; i++)
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
            return false;
    return true;
}

static bool take(const char **at, const char *end, const char *text) {
    const size_t n = strlen(text);
    if ((size_t)(end - *at) < n || memcmp(*at, text, n) != 0) return false;
    *at += n;
    return true;
}

const char *audit_read_line(const char *line, size_t length, audit_line *out) {
    const char *at = line, *end = line + length;
    *out = (audit_line){0};
    if (!take(&at, end, SEQ)) return "expected it to begin with " SEQ;
    const char *digits = at;
    for (; at < end && *at >= '0' && *at <= '9' && at - digits < 19; at++)
        out->seq = out->seq * 10 + (uint64_t)(*at - '0');
    if (!out->seq || *digits == '0') return "expected a number from 1 on as seq";
    if (!take(&at, end, PREV)) return "expected " PREV " behind seq";
    if (end - at < HEX + 1 || !is_hex(at) || at[HEX] != '"')
        return "expected 64 hexadecimal letters as prev";
    out->prev = at;
    at += HEX + 1;
    if (end - at < TAIL) return "expected it to end with \"hash\"";
    const char *tail = end - TAIL;
    out->covered = (size_t)(tail - line);
    out->hash = tail + sizeof HASH - 1;
    if (!take(&tail, end, HASH) || !is_hex(out->hash) || memcmp(end - 2, "\"}", 2) != 0)
        return "expected it to end with \"hash\" and 64 hexadecimal letters";
    return NULL;
}

bool audit_line_time(const char *line, size_t length, time_t *out) {
    static const char form[] = "0000-00-00T00:00:00."; /* 0: any digit */
    const char *at = line, *end = line + length;
    audit_line unused;
    struct tm utc = {0};
    if (audit_read_line(line, length, &unused)) return false;
    at = unused.prev + HEX + 1;
    if (!take(&at, end, TIME) || (size_t)(end - at) < sizeof form - 1) return false;
    char text[sizeof form];
    memcpy(text, at, sizeof form - 1);
    text[sizeof form - 1] = 0;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return false;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &utc.tm_year, &utc.tm_mon, &utc.tm_mday,
               &utc.tm_hour, &utc.tm_min, &utc.tm_sec) != 6)
        return false;
    utc.tm_year -= 1900, utc.tm_mon -= 1;
    *out = timegm(&utc);
    return true;
}
