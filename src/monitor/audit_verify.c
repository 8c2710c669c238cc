/* Checking an audit log: see audit.h. Every line is hashed, and linked to the one before. */
#include "base/config.h"
#include "monitor/audit_inside.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { HEX = AUDIT_HASH - 1 };

/* ---- a record ---- */

static void set_head(audit_head *h, uint64_t seq, const char *hash) {
    h->seq = seq;
    memcpy(h->hash, hash, HEX);
    h->hash[HEX] = 0;
}

static mica_status check_link(audit_chain *c, const audit_line *line, const char *what,
                              mica_error *err) {
    if (!c->started) {
        set_head(&c->first, line->seq - 1, line->prev);
        c->last = c->first;
        c->started = true;
        if (line->seq == 1 && memcmp(line->prev, AUDIT_ZEROS, HEX) != 0)
            return fail(err, MICA_FORMAT,
                        "%s: previous hash %.64s, expected zeros before the first", what,
                        line->prev);
    }
    if (line->seq != c->last.seq + 1)
        return fail(err, MICA_FORMAT,
                    "%s: sequence %llu, expected %llu: a record is missing or was moved", what,
                    (unsigned long long)line->seq, (unsigned long long)c->last.seq + 1);
    if (memcmp(line->prev, c->last.hash, HEX) != 0)
        return fail(err, MICA_FORMAT,
                    "%s: previous hash %.64s, expected %s: the record before is "
                    "another one",
                    what, line->prev, c->last.hash);
    return MICA_OK;
}

/* A record of expiry tells where the chain may begin: behind the record that it names. */
static void read_expiry(audit_chain *c, const json_t *record) {
    const json_t *detail = json_object_get(record, "detail");
    const json_int_t seq = json_integer_value(json_object_get(detail, "seq"));
    const char *hash = json_string_value(json_object_get(detail, "hash"));
    if (seq < 1 || !hash) return;
    if ((uint64_t)seq > c->first.seq ||
        ((uint64_t)seq == c->first.seq && !strcmp(hash, c->first.hash)))
        c->start_told = true;
}

static mica_status check_content(audit_chain *c, const char *text, size_t length,
                                 unsigned long number, bool first, const char *what,
                                 mica_error *err) {
    json_t *record;
    TRY(config_parse(text, length, what, &record, err));
    const char *action = json_string_value(json_object_get(record, "action"));
    const json_t *own = json_object_get(json_object_get(record, "detail"), "segment");
    const bool begins = action && !strcmp(action, "segment");
    mica_status status = MICA_OK;
    if (!action) status = fail(err, MICA_FORMAT, "%s: no \"action\", expected a text", what);
    else if (begins != first)
        status = fail(err, MICA_FORMAT, "%s: the action is %.32s, expected %s", what, action,
                      first ? "segment, which begins each file" : "segment at the beginning alone");
    else if (begins && number && json_integer_value(own) != (json_int_t)number)
        status = fail(err, MICA_FORMAT, "%s: this is segment %lld, expected %lu as the file's name",
                      what, (long long)json_integer_value(own), number);
    else if (!strcmp(action, "expire")) read_expiry(c, record);
    json_decref(record);
    return status;
}

static mica_status check_line(audit_chain *c, const char *text, size_t length, unsigned long number,
                              bool first, const char *what, mica_error *err) {
    audit_line line;
    char hash[AUDIT_HASH];
    const char *wrong = audit_read_line(text, length, &line);
    if (wrong)
        return fail(err, MICA_FORMAT, "%s: found \"%.*s\", %s", what,
                    length < 40 ? (int)length : 40, text, wrong);
    audit_hash_line(text, line.covered, &c->key, hash);
    if (memcmp(hash, line.hash, HEX) != 0)
        return fail(err, MICA_FORMAT, "%s: hash %.64s, expected %s: the record was changed%s", what,
                    line.hash, hash,
                    c->key.size ? ", or made without this key" : ", or made with a key (--key)");
    TRY(check_link(c, &line, what, err));
    TRY(check_content(c, text, length, number, first, what, err));
    set_head(&c->last, line.seq, line.hash);
    c->records++;
    if (!c->wanted || c->wanted->seq != line.seq) return MICA_OK;
    if (memcmp(c->wanted->hash, line.hash, HEX) != 0)
        return fail(err, MICA_FORMAT, "%s: hash %.64s, expected %s, as the head says", what,
                    line.hash, c->wanted->hash);
    c->wanted_found = true;
    return MICA_OK;
}

/* ---- a segment, a log ---- */

mica_status audit_check_segment(audit_chain *c, const char *name, unsigned long number,
                                const char *bytes, size_t size, size_t *torn, mica_error *err) {
    char what[600], before[64] = "";
    if (c->segment && number > c->segment + 1)
        snprintf(before, sizeof before, " (segment %lu is not there)", c->segment + 1);
    for (size_t line = 1, at = 0; at < size; line++) {
        const char *end = memchr(bytes + at, '\n', size - at);
        if (!end) return *torn = size - at, MICA_OK;
        const size_t length = (size_t)(end - bytes) - at;
        snprintf(what, sizeof what, "%s%s: line %zu", name, line == 1 ? before : "", line);
        TRY(check_line(c, bytes + at, length, number, line == 1, what, err));
        at += length + 1;
    }
    c->segment = number;
    return *torn = 0, MICA_OK;
}

mica_status audit_check_end(const audit_chain *c, const char *name, mica_error *err) {
    const audit_head *w = c->wanted;
    if (!c->alone && c->started && c->first.seq && !c->start_told)
        return fail(
            err, MICA_FORMAT,
            "%s: the chain begins with sequence %llu, expected 1, or a record of expiry that "
            "names what went before",
            name, (unsigned long long)c->first.seq + 1);
    if (!w || c->wanted_found) return MICA_OK;
    if (w->seq > c->last.seq)
        return fail(err, MICA_FORMAT,
                    "%s: the last sequence is %llu, expected at least the head's %llu: records are "
                    "missing at the end",
                    name, (unsigned long long)c->last.seq, (unsigned long long)w->seq);
    return fail(err, MICA_VALUE,
                "%s: the head's record %llu expired, the first that is left is %llu", name,
                (unsigned long long)w->seq, (unsigned long long)c->first.seq + 1);
}

/* Whether a process writes it now, so that its last line may still grow. */
static bool is_written(const char *folder) {
    arena memory = {0};
    const char *path = path_join(&memory, folder, AUDIT_LOCK);
    const int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    const bool held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0;
    if (fd >= 0) close(fd);
    arena_free(&memory);
    return held;
}

static mica_status check_file(audit_chain *c, const char *path, unsigned long number, bool growing,
                              size_t *torn, mica_error *err) {
    file_bytes file;
    TRY(file_read(path, &file, err));
    mica_status status = audit_check_segment(c, path, number, (char *)file.data, file.size, torn,
                                             err);
    if (status == MICA_OK && *torn && !growing)
        status = fail(
            err, MICA_FORMAT,
            "%s: the last line is torn: %zu bytes without an end, expected a whole record "
            "(a server that opens the log repairs that)",
            path, *torn);
    free(file.data);
    return status;
}

static mica_status check_folder(audit_chain *c, const char *folder, audit_report *out,
                                mica_error *err) {
    audit_segments all;
    const bool written = is_written(folder);
    TRY(audit_list(folder, &all, err));
    mica_status status = all.count ? MICA_OK
                                   : fail(err, MICA_IO,
                                          "%s: no audit log is in this folder: expected "
                                          "audit-00000001.jsonl",
                                          folder);
    for (size_t i = 0; i < all.count && status == MICA_OK; i++)
        status = check_file(c, all.path[i], all.number[i], written && i + 1 == all.count,
                            &out->torn, err);
    if (status == MICA_OK) status = audit_check_end(c, all.path[0], err);
    out->segments = (int)all.count;
    arena_free(&all.memory);
    return status;
}

mica_status audit_verify(const char *path, const audit_key *key, const audit_head *head,
                         audit_report *out, mica_error *err) {
    audit_chain c = {.key = *key, .wanted = head, .alone = !file_is_folder(path)};
    *out = (audit_report){.segments = 1};
    if (c.alone) {
        TRY(check_file(&c, path, 0, false, &out->torn, err));
        TRY(audit_check_end(&c, path, err));
    } else TRY(check_folder(&c, path, out, err));
    out->records = c.records;
    out->first = c.first, out->last = c.last;
    out->first.seq++;
    return MICA_OK;
}

/* ---- the head ---- */

mica_status audit_find_head(const char *folder, const audit_key *key, audit_report *out,
                            mica_error *err) {
    audit_segments all;
    strbuf line = {0};
    uint64_t end;
    *out = (audit_report){0};
    TRY(audit_list(folder, &all, err));
    mica_status status = MICA_OK;
    for (size_t i = all.count; i-- && status == MICA_OK && !line.length;) {
        status = audit_read_tail(all.path[i], key, &line, &out->last, &end, &out->torn, err);
        snprintf(out->path, sizeof out->path, "%s", all.path[i]);
    }
    if (status == MICA_OK && !line.length)
        status = fail(err, MICA_IO, "%s: no record of an audit log is in this folder", folder);
    json_t *record = NULL;
    if (status == MICA_OK) status = config_parse(line.data, line.length, out->path, &record, err);
    const char *time = json_string_value(json_object_get(record, "time"));
    snprintf(out->time, sizeof out->time, "%s", time ? time : "");
    json_decref(record);
    out->segments = (int)all.count;
    strbuf_free(&line);
    arena_free(&all.memory);
    return status;
}

mica_status audit_read_head(const char *path, audit_head *out, mica_error *err) {
    json_t *tree;
    TRY(config_load(path, &tree, err));
    const json_int_t seq = json_integer_value(json_object_get(tree, "seq"));
    const char *hash = json_string_value(json_object_get(tree, "hash"));
    const bool good = seq > 0 && hash && strlen(hash) == HEX;
    if (good) set_head(out, (uint64_t)seq, hash);
    json_decref(tree);
    return good ? MICA_OK
                : fail(err, MICA_FORMAT,
                       "%s: expected {\"seq\": N, \"hash\": \"64 letters\"}, as "
                       "mica audit head writes it",
                       path);
}

/* ---- lines ---- */

static mica_status each_in(const char *path, bool (*see)(void *, const char *, size_t), void *user,
                           bool *go, mica_error *err) {
    file_bytes file;
    TRY(file_read(path, &file, err));
    const char *at = (char *)file.data, *stop = at + file.size;
    for (const char *end; *go && at < stop && (end = memchr(at, '\n', (size_t)(stop - at)));
         at = end + 1)
        *go = see(user, at, (size_t)(end - at));
    free(file.data);
    return MICA_OK;
}

mica_status audit_each(const char *path, bool (*see)(void *user, const char *line, size_t length),
                       void *user, mica_error *err) {
    audit_segments all;
    bool go = true;
    if (!file_is_folder(path)) return each_in(path, see, user, &go, err);
    TRY(audit_list(path, &all, err));
    mica_status status = MICA_OK;
    for (size_t i = 0; i < all.count && go && status == MICA_OK; i++)
        status = each_in(all.path[i], see, user, &go, err);
    arena_free(&all.memory);
    return status;
}
