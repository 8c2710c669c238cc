/* A model of a repository that somebody changes: locked, with what killed processes left cleared
 * away, and every version in the index. */
#ifndef STORE_EDIT_H
#define STORE_EDIT_H

#include "base/context.h"
#include "store/stored_model.h"

typedef struct edit {
    mica_context *ctx;
    const char *by;
    char *locked; /* what the lock is of */
    bool fresh;   /* the model's folder was made for this */
    stored_model model;
} edit;

/* by: who does it. make: the model's folder, and the repository, where they are not there. */
mica_status edit_begin(mica_context *ctx, const char *repository, const char *name, const char *by,
                       bool make, edit *out, mica_error *err);
mica_status edit_write(const edit *e, mica_error *err);
/* Gives the lock back, writes nothing. */
void edit_give_back(edit *e);
/* edit_write where status is MICA_OK, gives the lock back; returns status, or what went wrong. */
mica_status edit_end(edit *e, mica_status status, mica_error *err);

/* Lets an alias stand for a version (0: for none), and writes that down; the champion before goes
 * where rollback finds it. */
mica_status edit_set_alias(edit *e, const char *what, const char *alias, int64_t version,
                           mica_error *err);
/* Removes the folders of versions that are deleted in the index, which is on the disk. */
mica_status edit_clear_deleted(const edit *e, mica_error *err);
mica_status edit_note(edit *e, const char *what, int64_t version, mica_error *err);

#endif
