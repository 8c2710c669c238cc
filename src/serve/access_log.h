/* The access log: a line of JSON for each request, gathered by each lane and written together. */
#ifndef SERVE_ACCESS_LOG_H
#define SERVE_ACCESS_LOG_H

#include "serve/route.h"

typedef struct access_log access_log;

/* path "-": standard output. */
mica_status access_log_open(const char *path, access_log **out, mica_error *err);
void access_log_close(access_log *l);
/* Adds a line to what a lane has gathered; nothing where l is NULL. */
void access_log_add(access_log *l, strbuf *lines, const exchange *x, double began, bool sent);
/* Writes what was gathered. Lines that a full disk does not take are counted and dropped. */
void access_log_flush(access_log *l, strbuf *lines);
uint64_t access_log_lost(const access_log *l);
/* Opens the file again by its name: after it was moved away (SIGHUP). */
void access_log_reopen(access_log *l);

#endif
