/* A policy of de-identification: what is done with each column, and how alike rows must be
 * afterwards. See mica_table_anonymize. */
#ifndef BATCH_POLICY_H
#define BATCH_POLICY_H

#include "batch/protection.h"

typedef struct policy_options {
    const char *columns, *key_file, *other_columns;
    int64_t seed, k, l;
    mica_texts quasi_identifiers, sensitive, names;
    double suppress;
} policy_options;

extern const field policy_fields[];

/* What a column of the table gets. */
typedef struct column_rule {
    const protection *kind;
    const void *options;
    bool named; /* by the policy; else by other_columns */
} column_rule;

typedef struct policy {
    const char *name; /* for errors */
    policy_options o;
    column_rule *rule; /* of each column */
    int *quasi, *sensitive;
    int *name_column; /* columns of names, see row_names.h */
    int name_count;
    arena memory;
} policy;

/* Reads it for a table. */
mica_status policy_read(policy *p, const char *json, const char *name, const mica_table *t,
                        mica_error *err);
void policy_free(policy *p);
/* Whether what it says of that table's columns needs a key, or it names one. */
bool policy_wants_key(const policy *p, const mica_table *t);

#endif
