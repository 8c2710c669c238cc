/* Kinds: what a config names. Every initializer, activation, regularizer, loss, optimizer and
 * metric is a kind with a name, Keras's class name and a table of fields; this file finds a kind by
 * any of its names and reads and writes its options in the dialects of Keras 1, 2 and 3:
 *
 *   "glorot_uniform", "GlorotUniform", {"class_name": "GlorotUniform", "config": {"seed": null}},
 *   the same with Keras 3's "module" and "registered_name" beside it. */
#ifndef PART_KIND_H
#define PART_KIND_H

#include "base/fields.h"

/* An older or newer name of an option in files: Keras 1 called units output_dim. */
typedef struct renamed_key {
    const char *from, *to;
} renamed_key;

/* The first members of every kind. */
#define KIND_MEMBERS                                                                               \
    const char *name;           /* "mean_squared_error" */                                         \
    const char *class_name;     /* "MeanSquaredError" */                                           \
    const char *aliases[4];     /* further names; NULL ends */                                     \
    const field *fields;        /* of its options; NULL: none */                                   \
    size_t options_size;        /* 0: none */                                                      \
    const char *const *ignored; /* keys of other dialects that mean nothing here; NULL ends */     \
    const renamed_key *renamed; /* .from NULL ends; may be NULL */                                 \
    bool not_in_keras;          /* a user's, or mica's own: files name the class alone */

typedef struct kind {
    KIND_MEMBERS
} kind;

/* A table of kinds, ending in NULL: `const loss_kind *const all_losses[]` passed as
 * KINDS(all_losses). */
typedef const kind *const *kinds;
#define KINDS(table) ((kinds)(const void *)(table))

const kind *kind_find(kinds all, const char *name); /* NULL: none */

/* Gives keys of a config, in place, the names that the fields have. */
void kind_rename_keys(json_t *config, const renamed_key *renamed);

/* The kind that `value` names and its options (resolved, in `a`; NULL where the kind has none).
 * `what` is the place in errors, `sort` is "initializer", "loss" …: the nearest name is told. */
mica_status kind_read(kinds all, const json_t *value, const char *what, const char *sort, arena *a,
                      const kind **out, void **options, mica_error *err);
/* The same from text: a name, or JSON text of an object. */
mica_status kind_read_text(kinds all, const char *text, const char *what, const char *sort,
                           arena *a, const kind **out, void **options, mica_error *err);
/* Options that a C caller filled (its own size in front; NULL: defaults), resolved, in `a`. */
mica_status kind_options(const kind *k, const void *given, const char *what, arena *a,
                         void **options, mica_error *err);
/* {"module", "class_name", "config", "registered_name"}, which Keras 3 and 2 read; the caller's.
 * What Keras has not is written as Keras writes a class that is not registered: without a module,
 * and Keras opens it with custom_objects={class_name: …}. */
json_t *kind_write(const kind *k, const char *module, const void *options, mica_error *err);

#endif
