/* The index of a model in a repository: index.json in the model's folder. One JSON object:
 *
 *   "version"   of this layout (1); "mica": which mica wrote it
 *   "versions"  [{"version": 3, "file": "model.h5", "sha256": 64 letters, "bytes", "published":
 *               "2026-01-31T10:00:00Z", "by": "anna@host", "forced", "retired", "deleted": true}]
 *               by growing number; forced: its input contract was another one. Versions that were
 *               deleted stay listed, so that no number comes twice
 *   "aliases"   {"champion": 3, …}: names that stand for versions
 *   "before"    [1, 2]: the champions before this one, the last at the end: where rollback goes
 *   "changes"   [{"at", "by", "what", "version", "alias", "before"}]: who did what, the newest
 *               MOST_CHANGES; what: publish, alias, unalias, rollback, retire, restore, delete,
 *               adopt (a folder that was there without mica); before: which version the alias stood
 *               for, where it stood for one
 *
 * Files of a newer layout are refused. */
#ifndef STORE_MODEL_INDEX_H
#define STORE_MODEL_INDEX_H

#include "base/memory.h"

enum { INDEX_VERSION = 1, MOST_CHANGES = 1000, ALIAS_ROOM = 64, NAME_ROOM = 200 };
#define INDEX_FILE "index.json"
#define CHAMPION "champion"
#define GREATEST_VERSION ((int64_t)1 << 53) /* what numbers of JSON hold everywhere */

typedef struct stored_version {
    int64_t number;
    const char *file; /* in the folder of that number */
    char sha256[65];  /* "": not known */
    int64_t bytes;
    const char *published, *by; /* "": not known */
    bool forced, retired, deleted;
    bool found, missing; /* not in the file: there is a folder without an entry, an entry without
                            a folder */
} stored_version;

typedef struct stored_alias {
    const char *name;
    int64_t version;
} stored_alias;

typedef struct stored_change {
    const char *at, *by, *what, *alias; /* alias NULL: it is not about one */
    int64_t version, before;            /* before 0: none */
} stored_change;

typedef struct model_index {
    arena texts;
    stored_version *version; /* by number */
    size_t versions, version_room;
    stored_alias *alias; /* by name */
    size_t aliases, alias_room;
    int64_t *before;
    size_t befores, before_room;
    stored_change *change;
    size_t changes, change_room;
} model_index;

/* From the text of the file, called `name` in errors; *out is empty where it fails. */
mica_status index_read(const char *text, size_t length, const char *name, model_index *out,
                       mica_error *err);
/* The file's text; the caller frees. NULL without memory. Versions that were found are left out. */
char *index_text(const model_index *x);
void index_clear(model_index *x);

/* NULL: none. */
stored_version *index_version(const model_index *x, int64_t number);
stored_alias *index_alias(const model_index *x, const char *name);
/* An empty one at its place by number; NULL without memory. */
stored_version *index_add_version(model_index *x, int64_t number);
/* version 0: the alias goes. False without memory. */
bool index_set_alias(model_index *x, const char *name, int64_t version);
bool index_push_before(model_index *x, int64_t version);
/* Texts are copied; `at` is now. */
bool index_add_change(model_index *x, const stored_change *c);

/* "2026-01-31T10:00:00Z" */
void index_time(char out[32]);
/* Whether it may be an alias: a letter or _, then letters, digits and _ . -; VALUE. */
bool alias_fits(const char *name);
mica_status check_alias(const char *name, mica_error *err);
/* Whether it may be the name of a version's file: "model.", an ending, no folder. */
bool version_file_fits(const char *name);

#endif
