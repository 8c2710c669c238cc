/* The files of an audit log: which there are, and how the last one ends. */
#include "base/config.h"
#include "monitor/audit_inside.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "audit-"
#define SUFFIX ".jsonl"

/* The number in a segment's name; 0: it is another file. */
static unsigned long number_of(const char *name) {
    char *end;
    if (strncmp(name, PREFIX, sizeof PREFIX - 1) != 0) return 0;
    name += sizeof PREFIX - 1;
    const size_t digits = strspn(name, "0123456789");
    if (digits < 8 || digits > 18) return 0;
    const unsigned long number = strtoul(name, &end, 10);
    return strcmp(end, SUFFIX) ? 0 : number;
}

static int by_number(const void *a, const void *b) {
    const unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;
    return x < y ? -1 : x > y;
}

mica_status audit_list(const char *folder, audit_segments *out, mica_error *err) {
    char **names;
    size_t count;
    *out = (audit_segments){0};
    mica_status status = folder_list(folder, &out->memory, &names, &count, err);
    if (status == MICA_OK) {
        out->number = arena_take(&out->memory, (count + 1) * sizeof *out->number);
        out->path = arena_take(&out->memory, (count + 1) * sizeof *out->path);
        if (!out->number || !out->path) status = fail_no_memory(err, folder);
    }
    for (size_t i = 0; i < count && status == MICA_OK; i++)
        if (number_of(names[i])) out->number[out->count++] = number_of(names[i]);
    if (out->count) qsort(out->number, out->count, sizeof *out->number, by_number);
    for (size_t i = 0; i < out->count && status == MICA_OK; i++) {
        char name[64];
        snprintf(name, sizeof name, PREFIX "%08lu" SUFFIX, out->number[i]);
        if (!(out->path[i] = path_join(&out->memory, folder, name)))
            status = fail_no_memory(err, folder);
    }
    if (status != MICA_OK) arena_free(&out->memory);
    return status;
}

/* The line that ends at `stop`. */
static mica_status take_line(const char *path, const audit_key *key, const char *bytes,
                             const char *stop, strbuf *line, audit_head *head, mica_error *err) {
    const char *before = memrchr(bytes, '\n', (size_t)(stop - bytes)),
               *begin = before ? before + 1 : bytes;
    const size_t length = (size_t)(stop - begin);
    audit_line found;
    char hash[AUDIT_HASH];
    const char *wrong = audit_read_line(begin, length, &found);
    if (wrong) return fail(err, MICA_FORMAT, "%s: the last line: %s", path, wrong);
    audit_hash_line(begin, found.covered, key, hash);
    if (memcmp(hash, found.hash, AUDIT_HASH - 1) != 0)
        return fail(err, MICA_FORMAT,
                    "%s: the last line: hash %.64s, expected %s: it was changed, or this is not "
                    "the key that it was made with",
                    path, found.hash, hash);
    *head = (audit_head){.seq = found.seq};
    memcpy(head->hash, found.hash, AUDIT_HASH - 1);
    strbuf_put(line, begin, length);
    return line->failed ? fail_no_memory(err, path) : MICA_OK;
}

mica_status audit_read_tail(const char *path, const audit_key *key, strbuf *line, audit_head *head,
                            uint64_t *end, size_t *torn, mica_error *err) {
    enum { LOOK = 2 * AUDIT_MOST_LINE };
    file_reader r;
    line->length = 0;
    TRY(file_open(&r, path, err));
    const size_t size = r.size < LOOK ? (size_t)r.size : LOOK;
    char *bytes = malloc(size + 1);
    mica_status status = bytes ? file_read_at(&r, r.size - size, bytes, size, err)
                               : fail_no_memory(err, path);
    const char *stop = status == MICA_OK ? memrchr(bytes, '\n', size) : NULL;
    *end = r.size - size + (stop ? (size_t)(stop + 1 - bytes) : 0);
    *torn = (size_t)(r.size - *end);
    if (status == MICA_OK && !stop && size == LOOK)
        status = fail(err, MICA_FORMAT, "%s: no line ends in its last %d bytes", path, LOOK);
    if (status == MICA_OK && stop) status = take_line(path, key, bytes, stop, line, head, err);
    free(bytes);
    file_close(&r);
    return status;
}

mica_status audit_read_begun(const char *path, time_t *out, mica_error *err) {
    enum { LOOK = AUDIT_MOST_LINE };
    file_reader r;
    TRY(file_open(&r, path, err));
    const size_t size = r.size < LOOK ? (size_t)r.size : LOOK;
    char *bytes = malloc(size + 1);
    mica_status status = bytes ? file_read_at(&r, 0, bytes, size, err) : fail_no_memory(err, path);
    const char *stop = status == MICA_OK ? memchr(bytes, '\n', size) : NULL;
    if (status == MICA_OK && (!stop || !audit_line_time(bytes, (size_t)(stop - bytes), out)))
        status = fail(err, MICA_FORMAT, "%s: line 1: expected a record with its time", path);
    free(bytes);
    file_close(&r);
    return status;
}
