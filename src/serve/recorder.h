/* The prediction log: sampled requests with what they asked and got, and true labels that come
 * later, in a database. One thread writes; a reply never waits for it. */
#ifndef SERVE_RECORDER_H
#define SERVE_RECORDER_H

#include "serve/deidentify.h"

#include <stdatomic.h>

typedef struct recorder recorder;

typedef struct recorder_options {
    const char *database;      /* "sqlite:FILE", "postgresql://…"; NULL: none */
    const char *password_file; /* of the database; NULL: its own way */
    double sample;             /* the share of requests, 0 … 1 */
    int64_t rows;              /* that are kept; 0: 1,000,000 */
    double keep_seconds;       /* older ones go; 0: none */
    policy_files policies;     /* of what inputs are kept */
    void (*tell)(void *user, const char *text);
    void *user;
} recorder_options;

/* The database must be there now; later it may go and come back. */
mica_status recorder_open(const recorder_options *o, recorder **out, mica_error *err);
/* Whether it would open; nothing is touched. */
mica_status recorder_check(const recorder_options *o, mica_error *err);
/* Writes what waits, if the database takes it. */
void recorder_close(recorder *r);

/* Whether this request is one of those; random says: any number. False where r is NULL. */
bool recorder_samples(const recorder *r, uint32_t random);
/* A request that was answered. */
void recorder_keep(recorder *r, served *v, const inference *x, const char *request_id,
                   const char *who);
/* BUSY: it cannot be kept now. label is JSON. */
mica_status recorder_label(recorder *r, const char *model, const char *request_id,
                           const char *label, const char *who, mica_error *err);

typedef struct recorder_figures {
    uint64_t predictions, labels; /* written */
    uint64_t lost;                /* predictions that were not */
    uint64_t withheld;            /* inputs that a policy could not be applied to */
    bool fails;
} recorder_figures;
recorder_figures recorder_read(const recorder *r);

#endif
