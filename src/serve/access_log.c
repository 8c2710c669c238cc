/* See access_log.h. */
#include "serve/access_log.h"

#include "base/clock.h"
#include "serve/access.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct access_log {
    char *path; /* NULL: standard output */
    int fd;
    bool torn; /* the last line in the file has no end */
    pthread_mutex_t lock;
    _Atomic uint64_t lost;
};

static int open_file(const char *path) {
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

mica_status access_log_open(const char *path, access_log **out, mica_error *err) {
    access_log *l = allocate(1, sizeof *l);
    if (!l) return fail_memory(err, sizeof *l, "the access log");
    const bool file = strcmp(path, "-") != 0;
    pthread_mutex_init(&l->lock, NULL);
    l->path = file ? strdup(path) : NULL;
    l->fd = file ? open_file(path) : STDOUT_FILENO;
    *out = l;
    if (l->fd >= 0 && (!file || l->path)) return MICA_OK;
    fail(err, MICA_IO, "%s: %s", path, strerror(errno));
    access_log_close(l);
    *out = NULL;
    return MICA_IO;
}

void access_log_close(access_log *l) {
    if (!l) return;
    if (l->path && l->fd >= 0) close(l->fd);
    pthread_mutex_destroy(&l->lock);
    free(l->path);
    free(l);
}

void access_log_reopen(access_log *l) {
    if (!l || !l->path) return;
    const int fd = open_file(l->path);
    if (fd < 0) return;
    pthread_mutex_lock(&l->lock);
    close(l->fd);
    l->fd = fd;
    l->torn = false;
    pthread_mutex_unlock(&l->lock);
}

/* Text of others, which may be any bytes. */
static void put_member(strbuf *out, const char *name, const char *text) {
    strbuf_add(out, "\"%s\":", name);
    strbuf_put_quoted_bytes(out, text ? text : "", text ? strlen(text) : 0);
    strbuf_put(out, ",", 1);
}

static void put_time(strbuf *out) {
    char now[UTC_TEXT];
    utc_text(clock_day_us(), 3, now);
    strbuf_add(out, "{\"time\":\"%s\",", now);
}

void access_log_add(access_log *l, strbuf *out, const exchange *x, double began, bool sent) {
    if (!l) return;
    char by[96];
    put_time(out);
    put_member(out, "id", x->request_id);
    put_member(out, "method", x->method);
    put_member(out, "path", x->path);
    put_member(out, "who", identity_who(x->who));
    put_member(out, "by", identity_by(x->who, by));
    strbuf_add(out, "\"code\":%d,\"bytes\":%zu,\"seconds\":", sent ? x->code : 499,
               x->reply.length);
    strbuf_add_fixed(out, 6, clock_seconds() - began);
    strbuf_put(out, "}\n", 2);
}

static uint64_t count_lines(const char *text, size_t length) {
    uint64_t lines = 0;
    for (const char *at = text; (at = memchr(at, '\n', length - (size_t)(at - text))); at++)
        lines++;
    return lines;
}

/* Where the disk is full in the middle of a line, the next one that fits begins anew. */
static size_t write_lines(access_log *l, const strbuf *lines) {
    if (l->torn && write(l->fd, "\n", 1) != 1) return 0;
    l->torn = false;
    const ssize_t n = write(l->fd, lines->data, lines->length);
    const size_t written = n > 0 ? (size_t)n : 0;
    l->torn = written && lines->data[written - 1] != '\n';
    return written;
}

void access_log_flush(access_log *l, strbuf *lines) {
    if (l && lines->failed) { /* without memory; what is there has no end */
        const uint64_t whole = lines->length ? count_lines(lines->data, lines->length) : 0;
        atomic_fetch_add(&l->lost, whole + 1);
        strbuf_free(lines);
    }
    if (!l || !lines->length) return;
    pthread_mutex_lock(&l->lock);
    const size_t written = write_lines(l, lines);
    pthread_mutex_unlock(&l->lock);
    if (written < lines->length)
        atomic_fetch_add(&l->lost, count_lines(lines->data + written, lines->length - written));
    lines->length = 0;
}

uint64_t access_log_lost(const access_log *l) { return l ? atomic_load(&l->lost) : 0; }
