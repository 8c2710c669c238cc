/* Cleaning a table that becomes samples: the options `filter` and `clean` of mica_tabular_options.
 * Texts and types are those of all its rows; rows that come again go before it is divided; limits
 * and fills are learned from the rows that train alone, and hold for all. */
#ifndef DATA_TABULAR_CLEAN_H
#define DATA_TABULAR_CLEAN_H

#include "data/clean_known.h"
#include "data/tabular.h"

/* Why rows are left out. */
typedef enum left_out_why {
    LEFT_OUT_AGAIN,
    LEFT_OUT_OUTLIERS,
    LEFT_OUT_MISSING,
    LEFT_OUT_FILTER,
    LEFT_OUT_WAYS
} left_out_why;

typedef struct table_cleaning {
    mica_context *ctx;
    const mica_tabular_options *o;
    const char *name;
    mica_part part;
    bool known; /* by o->fitted: nothing is learned */
    bool asked; /* o->clean says of rows what is done with them */
    mica_clean_options options;
    known_cleaning learned;
    table_blocks in;
    cleaning c; /* c.held is the table */
    arena memory;
    conditions filter;               /* o->filter */
    bool *gone;                      /* rows of none of the parts; NULL: none */
    int64_t left_out[LEFT_OUT_WAYS]; /* rows */
} table_cleaning;

/* Whether anything is to be done: w->o, ctx, name, part are set. w is zeroed elsewhere;
 * tabular_clean_end in any case. */
mica_status tabular_clean_begin(table_cleaning *w, const mica_table *t, mica_error *err);
/* After the table c.held was divided without those that are gone. */
mica_status tabular_clean_parts(table_cleaning *w, table_parts *parts, mica_error *err);
/* Puts what was learned into a preparation. */
mica_status tabular_clean_keep(const table_cleaning *w, json_t *preparation, mica_error *err);
void tabular_clean_end(table_cleaning *w);

#endif
