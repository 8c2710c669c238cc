/* A join from inside: the rows that were found, and the table that is made of them. */
#ifndef DATA_JOIN_TABLES_H
#define DATA_JOIN_TABLES_H

#include "base/fields.h"
#include "data/join_keys.h"
#include "mica/clean.h"
#include "table/blocks.h"

extern const field join_fields[]; /* of mica_join_options */

typedef struct join {
    const mica_join_options *o;
    const mica_table *left, *right; /* left: some of its rows */
    const mica_table *left_keys;    /* the keys of all of its rows, column k for key k */
    bool alone;                     /* some right rows have no left one, in this or another block */
    int64_t left_count;             /* all of its rows */
    int left_on[64], right_on[64], count; /* of key columns */
    join_keys keys;
    int64_t *left_rows, *right_rows; /* of the result; -1: none */
    int64_t rows;
} join;

/* How many of them are -1. */
int64_t join_lone_rows(const int64_t *rows, int64_t count);
/* The table. Keys that have one name are one column. */
mica_status join_columns(join *j, mica_table **out, mica_error *err);

/* mica_table_join with a left table of any size: the right table and the left keys are held, and of
 * right and outer joins the numbers of the rows, which are picked as many at a time as fit. *report
 * is the caller's. */
mica_status join_blocks(table_blocks *left, const mica_table *right,
                        const mica_join_options *options, table_sink *out, json_t **report,
                        mica_error *err);

#endif
