/* What names stand for: for each model, aliases of its versions ("champion"), and which version is
 * the default (the alias ""). Sorted lists of texts of their own; the caller locks. */
#ifndef SERVE_NAMES_H
#define SERVE_NAMES_H

#include "base/error.h"

#include <stdbool.h>

typedef struct version_name {
    const char *alias, *version; /* alias "": the default */
} version_name;

typedef struct named_version {
    char *model; /* and, behind their zeros, the others: one block */
    const char *alias, *version;
} named_version;

typedef struct name_list {
    named_version *at; /* by model, then alias */
    size_t count, room;
} name_list;

/* The version that a model's alias stands for; NULL: there is none. */
const char *names_find(const name_list *l, const char *model, const char *alias);
/* Lets one alias stand for a version. False without memory, nothing changed. */
bool names_set(name_list *l, const char *model, const char *alias, const char *version);
/* Instead of all names of a model these. False without memory, nothing changed. */
bool names_replace(name_list *l, const char *model, const version_name *names, int count);
/* All names of a version go (NULL: of all versions of the model). */
void names_drop(name_list *l, const char *model, const char *version);
void names_free(name_list *l);

#endif
