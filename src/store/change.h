/* Changing what is known of the versions of a model in a repository. Each call locks the model,
 * waits while another one writes, and is atomic: a rename of its index. */
#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

#include "base/context.h"
#include "store/stored_model.h"

/* Where, and who. */
typedef struct change_of {
    mica_context *ctx;
    const char *repository, *name, *by;
} change_of;

/* `version` ("3", or another alias) gets the alias; NULL: the alias goes. *before: which version
 * had it; 0: none. Errors: NAME; VALUE, the version is retired. */
mica_status store_alias(const change_of *c, const char *alias, const char *version, int64_t *now,
                        int64_t *before, mica_error *err);
/* The champion is again the one before, past those that were retired or deleted; again: the one
 * before that. *skipped: how many were passed. Errors: STATE, there is none. */
mica_status store_rollback(const change_of *c, int64_t *now, int64_t *before, int *skipped,
                           mica_error *err);

typedef enum retire_how {
    RETIRE,         /* servers unload it; its aliases go */
    RETIRE_DELETE,  /* and its files */
    RETIRE_RESTORE, /* it is as it was before it was retired, without its aliases */
} retire_how;
/* Errors: NAME; STATE, it is the champion. */
mica_status store_retire(const change_of *c, const char *version, retire_how how, int64_t *number,
                         mica_error *err);

#endif
