/* A protection: what a policy has done with a column. No error text names a cell. */
#ifndef BATCH_PROTECTION_H
#define BATCH_PROTECTION_H

#include "base/fields.h"
#include "table/edit.h"

/* What the protections of one table share. */
typedef struct protecting {
    const char *name; /* of the policy, for errors */
    const unsigned char *key;
    size_t key_size;  /* 0: there is none */
    uint64_t seed;    /* of noise */
    int64_t first;    /* the whole table's row that is the first of t */
    const int *names; /* columns of names of persons */
    int name_count;
    int64_t *of_row; /* grows by cells in which a name of their row was found */
} protecting;

typedef struct protection {
    const char *name; /* "mask" */
    const char *what; /* one line */
    const field *fields;
    size_t options_size;
    bool drops;      /* the column goes */
    bool of_row;     /* it looks at other columns of a row, which have to be as they came */
    bool keeps_type; /* of the column; else texts are made */
    bool needs_key;  /* whatever its options say; else, where some say so: */
    bool (*wants_key)(const void *options);
    /* Changes column i; NULL: it stays. *changed grows by how many cells did. `what` begins errors:
     * "policy.json: column age". What becomes of a cell depends on it, its row and the columns'
     * types alone: t may be some rows of a table. */
    mica_status (*apply)(const protecting *p, mica_table *t, int i, const void *options,
                         const char *what, int64_t *changed, mica_error *err);
} protection;

#define PROTECTION(name) extern const protection name;
#include "batch/protections.def"
#undef PROTECTION

/* What is done without a key where one is needed. */
mica_status fail_without_key(const char *what, mica_error *err);

#endif
