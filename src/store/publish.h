/* Putting a model into a repository. */
#ifndef STORE_PUBLISH_H
#define STORE_PUBLISH_H

#include "store/differences.h"
#include "store/stored_model.h"

typedef struct publish_options {
    const char *repository, *name; /* made where they are not there */
    const char *path;              /* the model's file */
    const char *by;                /* who does it, for the index */
    const char *const *aliases;
    int alias_count;
    int64_t version; /* above all that were there; 0: the next */
    bool force;      /* also with another input contract */
    /* What comes next ("copy", "verify", "compare", "move", "index", "end"); may be NULL. */
    void (*step)(void *user, const char *what);
    void *user;
} publish_options;

typedef struct published {
    int64_t version, compared; /* with which one its contract was compared; 0: none was there */
    char sha256[65];
    difference_list differences;
} published;

/* Copies, loads and compiles the copy, compares its input contract with the champion's (where none
 * is, with that of the newest that lives), moves it to its number and sets the aliases. Everything
 * becomes visible by two renames: of the folder, of the index; a process that is killed in between
 * leaves a version without its aliases. Waits while another one writes to this model.
 * Errors: those of loading; MISMATCH, the contract differs: out->differences names each
 * difference; VALUE, NAME of what was asked; IO. Nothing is left of what failed.
 * differences_free(&out->differences) in any case. */
mica_status store_publish(mica_context *ctx, const publish_options *o, published *out,
                          mica_error *err);

#endif
