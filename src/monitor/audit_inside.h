/* Lines and segments of an audit log, for the files that write and read them. */
#ifndef MONITOR_AUDIT_INSIDE_H
#define MONITOR_AUDIT_INSIDE_H

#include "base/file.h"
#include "monitor/audit.h"

#include <time.h>

#define AUDIT_ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define AUDIT_LOCK "audit.lock"

/* ---- audit_line.c ---- */

/* Adds the line of an event, and the head becomes its place. */
void audit_put_line(strbuf *out, const audit_event *e, const audit_key *key, audit_head *head);

typedef struct audit_line {
    uint64_t seq;
    const char *prev, *hash; /* 64 letters each, in the line */
    size_t covered;          /* bytes of the line that the hash is of */
} audit_line;

/* NULL: it has the form; else what was expected where. */
const char *audit_read_line(const char *line, size_t length, audit_line *out);
/* Its time, in seconds since 1970; false: it has none. */
bool audit_line_time(const char *line, size_t length, time_t *out);
void audit_hash_line(const char *line, size_t length, const audit_key *key, char out[AUDIT_HASH]);

/* ---- audit_segments.c ---- */

typedef struct audit_segments {
    arena memory;
    size_t count;
    unsigned long *number; /* rising */
    char **path;
} audit_segments;

mica_status audit_list(const char *folder, audit_segments *out, mica_error *err);
/* The last whole line of a segment, checked; *end becomes where it ends, *torn how many bytes
 * follow it. line->data stays NULL where there is no whole line. */
mica_status audit_read_tail(const char *path, const audit_key *key, strbuf *line, audit_head *head,
                            uint64_t *end, size_t *torn, mica_error *err);
/* The time of a segment's first record, in seconds since 1970. */
mica_status audit_read_begun(const char *path, time_t *out, mica_error *err);

/* ---- audit_verify.c: a chain as far as it was read ---- */

typedef struct audit_chain {
    audit_key key;
    const audit_head *wanted; /* NULL: none */
    bool alone;               /* one segment, wherever it begins */
    bool started, start_told, wanted_found;
    audit_head first, last; /* first: the place before the first record */
    uint64_t records;
    unsigned long segment; /* the last one's number */
} audit_chain;

/* The next segment; *torn: bytes behind its last whole line. */
mica_status audit_check_segment(audit_chain *c, const char *name, unsigned long number,
                                const char *bytes, size_t size, size_t *torn, mica_error *err);
/* Behind the last one. */
mica_status audit_check_end(const audit_chain *c, const char *name, mica_error *err);

#endif
