/* Cleaning a table from inside: what is done with each column, and what it did. */
#ifndef BATCH_CLEAN_TABLE_H
#define BATCH_CLEAN_TABLE_H

#include "base/fields.h"
#include "mica/clean.h"
#include "table/edit.h"

extern const field clean_fields[]; /* of a column: those marked * in mica/clean.h */

typedef struct cleaned_column {
    mica_clean_options o; /* the column's own */
    bool named;           /* rules speak of it */
    bool left_out;        /* nothing is done with it */
    mica_column_type before;
    int64_t texts, repaired, unrepaired, outliers, filled;
    char *value; /* that filled it, as text; NULL: none */
} cleaned_column;

typedef struct cleaning {
    mica_table *t; /* as it is by now */
    cleaned_column *column;
    bool *mark; /* rows to be dropped */
    arena memory;
    int64_t duplicates, outlier_rows, missing_rows;
} cleaning;

/* Each is one step for one column. */
mica_status clean_texts(cleaning *c, int i, mica_error *err);
mica_status clean_repair(cleaning *c, int i, mica_error *err);
mica_status clean_outliers(cleaning *c, int i, mica_error *err);
mica_status clean_missing(cleaning *c, int i, mica_error *err);

#endif
