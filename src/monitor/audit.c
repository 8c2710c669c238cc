/* Writing an audit log: see audit.h. Lines are written at the place where the file ended with a
 * whole one, so that what a full disk took of a line is written over. */
#include "monitor/audit.h"

#include "base/clock.h"
#include "monitor/audit_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TORN_SHOWN = 4096, LOOK_SECONDS = 60 };

struct audit_log {
    audit_options o; /* texts and key are owned */
    int lock, folder, fd;
    char *path; /* of the last segment */
    unsigned long number;
    uint64_t size; /* of it, up to its last whole line */
    time_t begun;  /* the time of its first record: restarts do not make it younger */
    double looked; /* for segments that expire */
    audit_head head;
    strbuf pending;
};

/* ---- the segment that grows ---- */

static mica_status open_segment(audit_log *l, unsigned long number, int flags, mica_error *err) {
    char name[64];
    arena memory = {0};
    snprintf(name, sizeof name, "audit-%08lu.jsonl", number);
    const char *joined = path_join(&memory, l->o.folder, name);
    char *path = joined ? strdup(joined) : NULL;
    arena_free(&memory);
    if (!path) return fail_no_memory(err, l->o.folder);
    const int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    if (fd < 0) {
        if (errno == EEXIST)
            fail(err, MICA_IO, "%s: is there already, expected the next segment to be new", path);
        else fail_errno(err, path, "open");
        free(path);
        return MICA_IO;
    }
    if (l->fd >= 0) close(l->fd);
    free(l->path);
    l->fd = fd, l->path = path, l->number = number;
    l->size = 0;
    l->begun = time(NULL);
    return MICA_OK;
}

static bool put(audit_log *l, const audit_event *e) {
    const size_t before = l->pending.length;
    audit_put_line(&l->pending, e, &l->o.key, &l->head);
    if (!l->pending.failed) return true;
    l->pending.length = before;
    l->pending.failed = false;
    return false;
}

/* Nothing is pending. Where it cannot be opened the log stays in the segment that it has. */
static mica_status begin_segment(audit_log *l, unsigned long number, bool anew, mica_error *err) {
    const audit_head before = l->head;
    char detail[128];
    snprintf(detail, sizeof detail, "{\"format\":1,\"segment\":%lu,\"hash\":\"%s\"}", number,
             l->o.key.size ? "hmac-sha256" : "sha256");
    if (!put(l, &(audit_event){.action = "segment", .detail = detail}))
        return fail_no_memory(err, l->o.folder);
    const mica_status status = open_segment(l, number, O_CREAT | (anew ? O_EXCL : 0), err);
    if (status == MICA_OK) return fsync(l->folder), MICA_OK;
    l->head = before;
    l->pending.length = 0;
    return status;
}

static mica_status write_pending(audit_log *l, mica_error *err) {
    for (size_t done = 0; done < l->pending.length;) {
        const ssize_t n = pwrite(l->fd, l->pending.data + done, l->pending.length - done,
                                 (off_t)(l->size + done));
        if (n < 0 && errno == EINTR) continue;
        if (n > 0) {
            done += (size_t)n;
            continue;
        }
        fail_errno(err, l->path, "write");
        if (ftruncate(l->fd, (off_t)l->size)) return MICA_IO; /* it is written over later */
        return MICA_IO;
    }
    l->size += l->pending.length;
    l->pending.length = 0;
    return MICA_OK;
}

/* ---- segments that go ---- */

static bool is_old(const char *path, double seconds) {
    struct stat s;
    return seconds > 0 && !stat(path, &s) && difftime(time(NULL), s.st_mtime) > seconds;
}

/* The record is on the disk before the first file goes. */
static mica_status let_go(audit_log *l, const audit_segments *all, size_t count, mica_error *err) {
    audit_head last;
    strbuf line = {0};
    char detail[256];
    uint64_t end;
    size_t torn;
    mica_status status = audit_read_tail(all->path[count - 1], &l->o.key, &line, &last, &end, &torn,
                                         err);
    const bool whole = line.length > 0;
    strbuf_free(&line);
    TRY(status);
    if (!whole) return MICA_OK; /* an empty one: it goes with the next */
    snprintf(detail, sizeof detail, "{\"segments\":[%lu,%lu],\"seq\":%llu,\"hash\":\"%s\"}",
             all->number[0], all->number[count - 1], (unsigned long long)last.seq, last.hash);
    if (!put(l, &(audit_event){.action = "expire", .outcome = "ok", .detail = detail}))
        return fail_no_memory(err, l->path);
    TRY(write_pending(l, err));
    TRY(audit_sync(l, err));
    for (size_t i = 0; i < count; i++)
        if (unlink(all->path[i])) return fail_errno(err, all->path[i], "remove");
    return MICA_OK;
}

static mica_status expire(audit_log *l, mica_error *err) {
    audit_segments all;
    size_t go = 0;
    l->looked = clock_seconds();
    if (!l->o.keep_segments && !(l->o.keep_seconds > 0)) return MICA_OK;
    TRY(audit_list(l->o.folder, &all, err));
    if (l->o.keep_segments && all.count > (size_t)l->o.keep_segments)
        go = all.count - (size_t)l->o.keep_segments;
    while (go < all.count && is_old(all.path[go], l->o.keep_seconds)) go++;
    while (go && all.number[go - 1] >= l->number) go--;
    mica_status status = go ? let_go(l, &all, go, err) : MICA_OK;
    arena_free(&all.memory);
    return status;
}

mica_status audit_write(audit_log *l, mica_error *err) {
    TRY(write_pending(l, err));
    const bool full = l->size >= l->o.segment_bytes,
               aged = difftime(time(NULL), l->begun) >= l->o.segment_seconds;
    if (full || aged) {
        TRY(audit_sync(l, err));
        TRY(begin_segment(l, l->number + 1, true, err));
        TRY(write_pending(l, err));
        return expire(l, err);
    }
    return clock_seconds() - l->looked >= LOOK_SECONDS ? expire(l, err) : MICA_OK;
}

mica_status audit_sync(audit_log *l, mica_error *err) {
    return fdatasync(l->fd) ? fail_errno(err, l->path, "write") : MICA_OK;
}

bool audit_add(audit_log *l, const audit_event *e) { return put(l, e); }

size_t audit_pending(const audit_log *l) { return l->pending.length; }

/* ---- opening ---- */

static mica_status lock(audit_log *l, mica_error *err) {
    const char *folder = l->o.folder;
    if (mkdir(folder, 0700) && errno != EEXIST) return fail_errno(err, folder, "make");
    l->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (l->folder < 0) return fail_errno(err, folder, "open");
    l->lock = openat(l->folder, AUDIT_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (l->lock < 0) return fail_errno(err, folder, "lock");
    if (!flock(l->lock, LOCK_EX | LOCK_NB)) return MICA_OK;
    return errno == EWOULDBLOCK
               ? fail(err, MICA_BUSY, "%s: another process writes this audit log", folder)
               : fail_errno(err, folder, "lock");
}

/* What a kill left of a line, in hexadecimal letters, becomes part of a record in its place. */
static mica_status repair(audit_log *l, size_t torn, mica_error *err) {
    unsigned char bytes[TORN_SHOWN];
    strbuf detail = {0};
    const size_t shown = torn < TORN_SHOWN ? torn : TORN_SHOWN;
    const ssize_t got = pread(l->fd, bytes, shown, (off_t)l->size);
    if (got != (ssize_t)shown) return fail_errno(err, l->path, "read");
    strbuf_add(&detail, "{\"bytes\":%zu,\"torn\":\"", torn);
    for (size_t i = 0; i < shown; i++) strbuf_add(&detail, "%02x", bytes[i]);
    strbuf_add(&detail, "\"}");
    const bool done = !detail.failed &&
                      put(l, &(audit_event){
                                 .action = "repair", .outcome = "ok", .detail = detail.data});
    strbuf_free(&detail);
    if (!done) return fail_no_memory(err, l->path);
    return MICA_OK;
}

/* Goes on behind the last whole line; a segment that was only just begun may have none. */
static mica_status go_on(audit_log *l, const audit_segments *all, mica_error *err) {
    uint64_t end;
    size_t torn, torn_before, i = all->count - 1;
    strbuf line = {0};
    mica_status status = audit_read_tail(all->path[i], &l->o.key, &line, &l->head, &end, &torn,
                                         err);
    const bool begun = line.length > 0;
    if (status == MICA_OK && !begun && i) {
        uint64_t unused;
        status = audit_read_tail(all->path[i - 1], &l->o.key, &line, &l->head, &unused,
                                 &torn_before, err);
        if (status == MICA_OK && (torn_before || !line.length))
            status = fail(err, MICA_FORMAT, "%s: its last line is torn, expected it to be whole",
                          all->path[i - 1]);
    }
    strbuf_free(&line);
    TRY(status);
    if (begun) {
        TRY(open_segment(l, all->number[i], 0, err));
        TRY(audit_read_begun(all->path[i], &l->begun, err));
    } else TRY(begin_segment(l, all->number[i], false, err));
    l->size = end;
    if (torn) TRY(repair(l, torn, err));
    TRY(write_pending(l, err));
    /* Only then: it makes the file as young as a record would, and it would never be old. */
    if (torn && ftruncate(l->fd, (off_t)l->size)) return fail_errno(err, l->path, "shorten");
    return MICA_OK;
}

static mica_status open_log(audit_log *l, mica_error *err) {
    audit_segments all;
    TRY(lock(l, err));
    TRY(audit_list(l->o.folder, &all, err));
    mica_status status = all.count ? go_on(l, &all, err) : begin_segment(l, 1, true, err);
    arena_free(&all.memory);
    TRY(status);
    TRY(audit_write(l, err));
    return expire(l, err);
}

/* The last whole line, of the last segment that has one. */
static mica_status check_end(const audit_segments *all, const audit_key *key, mica_error *err) {
    audit_head head;
    strbuf line = {0};
    uint64_t end;
    size_t torn;
    mica_status status = MICA_OK;
    for (size_t i = all->count; i-- && status == MICA_OK && !line.length;)
        status = audit_read_tail(all->path[i], key, &line, &head, &end, &torn, err);
    strbuf_free(&line);
    return status == MICA_OK && all->count ? file_check_open(all->path[all->count - 1], err)
                                           : status;
}

mica_status audit_check(const audit_options *o, mica_error *err) {
    struct stat there;
    audit_segments all;
    if (stat(o->folder, &there)) return file_check_open(o->folder, err);
    if (!S_ISDIR(there.st_mode))
        return fail(err, MICA_IO, "%s: this is a file, expected a folder", o->folder);
    if (access(o->folder, R_OK | W_OK | X_OK)) return fail_errno(err, o->folder, "write");
    TRY(audit_list(o->folder, &all, err));
    const mica_status status = check_end(&all, &o->key, err);
    arena_free(&all.memory);
    return status;
}

static bool own(audit_log *l, const audit_options *o) {
    l->o = *o;
    l->o.folder = strdup(o->folder);
    unsigned char *key = o->key.size ? malloc(o->key.size) : NULL;
    if (key) memcpy(key, o->key.bytes, o->key.size);
    l->o.key.bytes = key;
    if (!l->o.segment_bytes) l->o.segment_bytes = (uint64_t)64 << 20;
    if (!(l->o.segment_seconds > 0)) l->o.segment_seconds = 86400;
    return l->o.folder && (key || !o->key.size);
}

mica_status audit_open(const audit_options *o, audit_log **out, mica_error *err) {
    audit_log *l = allocate(1, sizeof *l);
    if (!l) return fail_memory(err, sizeof *l, "the audit log");
    l->lock = l->folder = l->fd = -1;
    memcpy(l->head.hash, AUDIT_ZEROS, AUDIT_HASH);
    mica_status status = own(l, o) ? open_log(l, err) : fail_no_memory(err, o->folder);
    if (status == MICA_OK) *out = l;
    else audit_close(l);
    return status;
}

void audit_close(audit_log *l) {
    if (!l) return;
    /* What an earlier call wrote may not be on the disk, whether or not something is pending. */
    if (l->fd >= 0 && l->path) {
        write_pending(l, NULL);
        audit_sync(l, NULL);
    }
    if (l->fd >= 0) close(l->fd);
    if (l->folder >= 0) close(l->folder);
    if (l->lock >= 0) close(l->lock);
    if (l->o.key.bytes) explicit_bzero((void *)l->o.key.bytes, l->o.key.size);
    free((void *)l->o.key.bytes);
    free((void *)l->o.folder);
    free(l->path);
    strbuf_free(&l->pending);
    free(l);
}
