/* An audit log: who did what, when, with which outcome, as lines of JSON that nobody can change,
 * leave out or move without `audit_verify` finding it.
 *
 *   {"seq":7,"prev":"<64
 * letters>","time":"2026-11-29T10:00:00.123456Z","who":"shop",…,"hash":"<64>"}
 *
 * "hash" is SHA-256 (with a key: HMAC-SHA256) in hexadecimal letters of the line's bytes before
 * `,"hash":`; "prev" is the hash of the record before, of the first 64 zeros; "seq" counts from 1.
 *
 * A log is a folder of segments, audit-00000001.jsonl and so on, of mode 0600. Each begins with a
 * record of the action "segment", whose "prev" ends the segment before: one chain goes through all
 * of them. Segments that expire are named by a record "expire" with the seq and hash of the last
 * record that went; what a kill left of a last line is cut away into a record "repair". */
#ifndef MONITOR_AUDIT_H
#define MONITOR_AUDIT_H

#include "base/strbuf.h"

enum { AUDIT_HASH = 65, AUDIT_MOST_LINE = 1 << 20 };

typedef struct audit_key {
    const void *bytes;
    size_t size; /* 0: none, hashes are plain SHA-256 */
} audit_key;

/* ---- writing: one thread ---- */

/* Texts are whatever bytes; NULL: left out. */
typedef struct audit_event {
    int64_t time_us; /* since 1970; 0: now */
    const char *who, *by, *address, *action, *model, *version, *outcome, *request;
    const char *detail; /* a JSON value; what would make the line longer than AUDIT_MOST_LINE is
                           left out, and that is said */
} audit_event;

typedef struct audit_options {
    const char *folder;     /* made where it is not there, mode 0700 */
    audit_key key;          /* copied */
    uint64_t segment_bytes; /* a segment that has so many is the last no longer; 0: 64 MiB */
    double segment_seconds; /* or is so old; 0: a day */
    int keep_segments;      /* older ones expire; 0: all are kept */
    double keep_seconds;    /* segments that were written last so long ago expire; 0: never */
} audit_options;

typedef struct audit_log audit_log;

/* Errors: IO; BUSY where another process writes this log; FORMAT where its last record is not whole
 * or was made with another key. */
mica_status audit_open(const audit_options *o, audit_log **out, mica_error *err);
/* Writes what was added, unless the disk does not take it; what was written is on the disk. */
void audit_close(audit_log *l);
/* Whether audit_open would do where no other process writes the log; nothing is touched. */
mica_status audit_check(const audit_options *o, mica_error *err);
/* Links a record to the chain; it is written by audit_write. False: no memory. */
bool audit_add(audit_log *l, const audit_event *e);
/* Bytes that were added and are not written. */
size_t audit_pending(const audit_log *l);
/* Writes what was added; begins a new segment and lets old ones go where it is time. After an error
 * (a full disk) all is still pending, and the file ends with a whole line: try again later. */
mica_status audit_write(audit_log *l, mica_error *err);
/* What was written is on the disk. */
mica_status audit_sync(audit_log *l, mica_error *err);

/* ---- reading ---- */

/* A place in the chain. */
typedef struct audit_head {
    uint64_t seq;
    char hash[AUDIT_HASH];
} audit_head;

typedef struct audit_report {
    int segments;
    uint64_t records;
    audit_head first, last;
    char time[32];  /* of the last record */
    char path[512]; /* of the last segment */
    size_t torn;    /* bytes of a last line that is being written */
} audit_report;

/* A folder, or one segment alone. head (NULL: none) must be in the chain. Errors: FORMAT with file,
 * line, found and expected; IO. */
mica_status audit_verify(const char *path, const audit_key *key, const audit_head *head,
                         audit_report *out, mica_error *err);
/* Where the chain ends; the last record is checked, the others are not. */
mica_status audit_find_head(const char *folder, const audit_key *key, audit_report *out,
                            mica_error *err);
/* A head as `mica audit head` writes it: {"seq": N, "hash": "…"}. */
mica_status audit_read_head(const char *path, audit_head *out, mica_error *err);

/* Each whole line of each segment, in order; does not check the chain. `see` stops by false. */
mica_status audit_each(const char *path, bool (*see)(void *user, const char *line, size_t length),
                       void *user, mica_error *err);

#endif
