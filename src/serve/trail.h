/* The server's audit log (monitor/audit.h): events are noted by the threads that serve, and written
 * by one that does nothing else. Where the log cannot be written, requests of administration are
 * refused; predictions are refused or go on as the options say, and what is lost is counted, and
 * recorded once there is room again. */
#ifndef SERVE_TRAIL_H
#define SERVE_TRAIL_H

#include "monitor/audit.h"
#include "serve/deidentify.h"
#include "serve/route.h"

#include <stdatomic.h>

typedef struct trail trail;

typedef struct trail_options {
    const char *folder, *key_file; /* key_file NULL: hashes without a key */
    uint64_t segment_bytes;        /* 0: the log's own defaults, also below */
    double segment_seconds, keep_seconds;
    int keep_segments;
    bool bodies;                                /* inputs too, as far as policies let them */
    policy_files policies;                      /* of `bodies` */
    bool refuse;                                /* no prediction without a record */
    void (*tell)(void *user, const char *text); /* when it cannot be written, and can again */
    void *user;
} trail_options;

mica_status trail_open(const trail_options *o, trail **out, mica_error *err);
/* Whether it would open, beside a server that writes it; nothing is touched. */
mica_status trail_check(const trail_options *o, mica_error *err);
/* Writes what was noted. What comes later, from whatever thread, is counted as lost. */
void trail_end(trail *t);
/* The same, and nobody uses it any more. */
void trail_close(trail *t);

/* Adds an event to what a lane has gathered, then hands over what it has. Both do nothing where t
 * is NULL. */
void trail_note(trail *t, strbuf *gathered, const audit_event *e);
/* The same of a prediction with its inputs; it takes r (NULL: there was no memory for it). */
void trail_note_inputs(trail *t, strbuf *gathered, const audit_event *e, record *r);
void trail_flush(trail *t, strbuf *gathered);
/* One event, any thread. */
void trail_say(trail *t, const audit_event *e);
/* Whether requests of that action are refused now. */
bool trail_refuses(const trail *t, action what);
uint64_t trail_written(const trail *t), trail_lost(const trail *t);
bool trail_fails(const trail *t);

#endif
