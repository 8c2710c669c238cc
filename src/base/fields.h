/* A table of fields is the single truth about an options struct: names in files, types, defaults,
 * ranges, help. From it come reading and writing of configs, checks, error texts and docs.
 *
 *   static const field dense_fields[] = {
 *       INTEGER(dense_options, units, REQUIRED, .min = 1, .help = "width of the output"),
 *       TEXT(dense_options, activation, "linear", .help = "…"),
 *       END_OF_FIELDS };
 *
 * In a struct zero means the default (MICA_ZERO is a real zero); fields_resolve() replaces zeros by
 * defaults and MICA_ZERO by zero, so that what it made holds only real values. */
#ifndef BASE_FIELDS_H
#define BASE_FIELDS_H

#include "base/config.h"
#include "base/memory.h"
#include "mica/options.h"
#include "mica/tensor.h"

#include <math.h>

typedef enum field_type {
    FIELD_INTEGER,  /* int64_t */
    FIELD_INTEGERS, /* int64_t[count]; in files a scalar stands for all; 0s after the first copy it
                     */
    FIELD_DIMS,     /* field_dims: as many as given */
    FIELD_SHAPE,    /* mica_shape: the same for options of users; a null dim is -1 */
    FIELD_REAL,     /* double */
    FIELD_REALS,    /* mica_reals: a number or a list in files; none is null */
    FIELD_BOOLEAN,  /* bool, false by default */
    FIELD_NEGATED,  /* bool stored negated in files: no_bias is "use_bias": false */
    FIELD_TEXT,     /* const char *; NULL is written as null */
    FIELD_TEXTS,    /* mica_texts: a list; empty by default */
    FIELD_CONFIG,   /* const char *: a name, or JSON text of an object; NULL is null */
} field_type;

/* A list of integers whose length the user chooses, e.g. Reshape's target_shape. */
typedef struct field_dims {
    int64_t count;
    int64_t dims[8];
} field_dims;

/* The null of nullable integers in resolved options; a caller's struct says it by 0. */
#define NO_INTEGER INT64_MIN

#define FIELD_REQUIRED 1  /* the caller must give it */
#define FIELD_NULLABLE 2  /* may be null in files: NO_INTEGER, rank 0, NULL or NaN in the struct */
#define FIELD_HIDDEN 4    /* not written to files */
#define FIELD_POSITIVE 16 /* a number above 0 */
#define FIELD_UNKNOWN 8   /* a shape: negative dims are null in files */
/* Integers two by two: [[1, 2], [3, 4]] in files, and [3, 4] stands for [[3, 3], [4, 4]]; a single
 * pair is [1, 2]. */
#define FIELD_PAIRS 32
#define FIELD_NUMBERS 256 /* a config that is JSON of a number, or of nested lists of them */
#define FIELD_JSON 512    /* a config that is JSON of any value, kept as its text */
#define FIELD_RANGE 128   /* numbers: one or two, and one is written without a list */
#define FIELD_SPARED 64   /* not written where it is the default: not every Keras knows it */

typedef struct field {
    const char *name; /* in files */
    field_type type;
    int flags;
    size_t offset, count;
    double initial;             /* default of integers and reals; of a shape its one dim, 0: none */
    const char *initial_text;   /* default of texts and configs */
    double min, max;            /* inclusive, both 0: any */
    const char *const *choices; /* texts: the allowed ones, ending in NULL */
    /* configs: whether `value` (not NULL) is a good one; NULL: not checked */
    mica_status (*check)(const char *value, const char *what, const char *name, mica_error *err);
    const char *help;
} field;

#define REQUIRED .flags = FIELD_REQUIRED
#define DEFAULT(value) .initial = (value)
#define NULLABLE .flags = FIELD_NULLABLE
#define FIELD_(type_, owner, member, ...)                                                          \
    { .name = #member, .type = type_, .offset = offsetof(owner, member), .count = 1, __VA_ARGS__ }
#define INTEGER(owner, member, ...) FIELD_(FIELD_INTEGER, owner, member, __VA_ARGS__)
#define INTEGERS(owner, member, n, ...)                                                            \
    {                                                                                              \
        .name = #member, .type = FIELD_INTEGERS, .offset = offsetof(owner, member), .count = (n),  \
        __VA_ARGS__                                                                                \
    }
#define DIMS(owner, member, ...) FIELD_(FIELD_DIMS, owner, member, __VA_ARGS__)
#define SHAPE_FIELD(owner, member, ...) FIELD_(FIELD_SHAPE, owner, member, __VA_ARGS__)
#define REAL(owner, member, ...) FIELD_(FIELD_REAL, owner, member, __VA_ARGS__)
#define NUMBERS(owner, member, ...) FIELD_(FIELD_REALS, owner, member, __VA_ARGS__)
#define BOOLEAN(owner, member, ...) FIELD_(FIELD_BOOLEAN, owner, member, __VA_ARGS__)
#define NEGATED(owner, member, in_files, ...)                                                      \
    {                                                                                              \
        .name = in_files, .type = FIELD_NEGATED, .offset = offsetof(owner, member), .count = 1,    \
        __VA_ARGS__                                                                                \
    }
#define TEXT(owner, member, default_, ...)                                                         \
    FIELD_(FIELD_TEXT, owner, member, .initial_text = (default_), __VA_ARGS__)
#define TEXTS(owner, member, ...) FIELD_(FIELD_TEXTS, owner, member, __VA_ARGS__)
#define CONFIG(owner, member, default_, ...)                                                       \
    FIELD_(FIELD_CONFIG, owner, member, .initial_text = (default_), __VA_ARGS__)
#define END_OF_FIELDS                                                                              \
    { .name = NULL }

/* Replaces zeros by defaults, MICA_ZERO by 0, copies texts into `a`, checks ranges and choices.
 * `what` names the owner in errors ("layer dense_1"). */
mica_status fields_resolve(const field *fields, void *options, arena *a, const char *what,
                           mica_error *err);
/* Checks ranges and choices of options that are resolved. */
mica_status fields_check(const field *fields, const void *options, const char *what,
                         mica_error *err);
/* Reads a config object into a zeroed struct (texts into `a`), real values everywhere, and checks.
 * A key that no field has is an error that names the nearest, unless its value is null or it is in
 * `ignored` (ends in NULL; may be NULL). */
mica_status fields_read(const field *fields, void *options, const json_t *config, arena *a,
                        const char *const *ignored, const char *what, mica_error *err);
/* Adds every field of resolved options to the object. */
mica_status fields_write(const field *fields, const void *options, json_t *config, mica_error *err);
/* The error of an unknown name: "what: unknown <kind> 'x' (did you mean 'y'?)". */
mica_status fail_unknown(mica_error *err, const char *what, const char *kind, const char *name,
                         const char *const *known);

#endif
