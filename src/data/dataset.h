/* A dataset from inside. A source (one file and one line in sources.def) fills it: columns, and how
 * rows are brought. Rows are read in any order, by several threads at once. */
#ifndef DATA_DATASET_H
#define DATA_DATASET_H

#include "mica/data.h"
#include "tensor/tensor.h"

#define MAX_COLUMNS 32

typedef enum column_role { COLUMN_INPUT, COLUMN_TARGET, COLUMN_WEIGHT } column_role;

typedef struct column {
    char name[32]; /* "x", "y", "sample_weight" */
    column_role role;
    mica_dtype dtype;
    shape shape; /* of one sample */
} column;

struct mica_dataset {
    mica_context *ctx;
    int64_t rows;
    int columns;
    column column[MAX_COLUMNS]; /* inputs, then targets, then the weight */
    char **class_names;
    int classes;
    char fingerprint[65]; /* SHA-256 of the content in hex (or of names and sizes for folders) */
    char *origin;         /* the path, for messages */
    /* Copies `count` rows of a column, converted to dtype, to out. */
    mica_status (*gather)(const mica_dataset *d, int column, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err);
    void *state; /* the source's */
    void (*destroy)(mica_dataset *d);
    mica_dataset *next; /* in the context */
};

/* A kind of source: recognises a path, and loads it. */
typedef struct source {
    const char *name; /* "idx": the kind in kind:path */
    const char *what; /* one line for `mica list sources` */
    bool (*probe)(const char *path);
    mica_status (*load)(mica_context *ctx, const char *path, mica_part part, mica_dataset *d,
                        mica_error *err);
} source;

/* An empty dataset that the context owns; NULL without memory. */
mica_dataset *dataset_new(mica_context *ctx);
column *dataset_add_column(mica_dataset *d, const char *name, column_role role, mica_dtype dtype,
                           const shape *s);
/* The number of the n-th column of a role, -1: there is none. */
int dataset_column(const mica_dataset *d, column_role role, int n);
/* Loads by SPEC ("kind:path" or a path whose kind is found). */
mica_status dataset_load(mica_context *ctx, const char *spec, mica_part part, mica_dataset **out,
                         mica_error *err);
extern const source *const all_sources[];

#endif
