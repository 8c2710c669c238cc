/* A model in a repository, which is a folder:
 *
 *   REPOSITORY/NAME/index.json      what is known of the versions (model_index.h)
 *   REPOSITORY/NAME/3/model.h5      version 3; any file model.*, one a folder
 *   REPOSITORY/NAME/.publishing/    a version that is being made
 *   REPOSITORY/NAME.lock            while somebody writes there
 *
 * Without an index, as TensorFlow Serving and Triton have it, each folder whose name is a number is
 * a version. With one, folders that it does not know (put there by hand, or by a publisher that was
 * killed after its last step but one) are versions, too: the next change takes them into the index.
 * A version's files never change once its folder is there. */
#ifndef STORE_STORED_MODEL_H
#define STORE_STORED_MODEL_H

#include "store/model_index.h"

#define PUBLISHING ".publishing"

typedef struct stored_model {
    arena texts;
    const char *folder, *name;
    bool indexed;      /* there is an index */
    model_index index; /* of all versions, and those that were found */
} stored_model;

/* The names of the models that are there, in the arena; a folder whose name cannot be one's is
 * none. Errors: IO. */
mica_status store_names(const char *repository, arena *a, char ***names, size_t *count,
                        mica_error *err);
/* Whether it can be a model's name: text without / : and control letters, that begins with no dot
 * and does not end in .lock; VALUE. */
mica_status check_model_name(const char *name, mica_error *err);
/* Reads index and folders. Errors: NAME, there is no such model; those of index_read. */
mica_status stored_open(const char *repository, const char *name, stored_model *out,
                        mica_error *err);
void stored_close(stored_model *m);

/* Whether a version can be served: it is there, and neither retired nor deleted. */
bool stored_lives(const stored_version *v);
/* The champion; where there is none, the newest that lives; 0: none does. */
int64_t stored_default(const stored_model *m);
/* "3" or an alias. Errors: NAME, with what there is. */
mica_status stored_find(const stored_model *m, const char *version, stored_version **out,
                        mica_error *err);
/* The path of a version's file, in the arena. Errors: FORMAT, there is none, or more than one. */
mica_status stored_path(const stored_model *m, const stored_version *v, arena *a, const char **out,
                        mica_error *err);
/* Whether the file has the sum that it was published with, where one is known. Errors: MISMATCH. */
mica_status stored_check_sum(const stored_version *v, const char *path, mica_error *err);

#endif
