/* Rows that can be gone through again and again, whose types are found by looking at all of them:
 * what a table in blocks is made of where it comes from a file or a query. A kind of them gives
 * begin, next and close; blocks_of_source does the rest, and every command that takes blocks takes
 * them. */
#ifndef TABLE_ROW_SOURCE_H
#define TABLE_ROW_SOURCE_H

#include "table/blocks.h"

/* How a block is read. */
typedef struct row_reading {
    bool typed;         /* all cells are of the types of the head; else these are looked for */
    const bool *wanted; /* columns; the others may get no cells; NULL: all */
} row_reading;

typedef struct row_source {
    char *name;       /* for errors */
    mica_table *head; /* no rows; from the first `begin` on. While types are looked for `next` may
                         put another one here, with more columns behind these */
    int *seen;  /* of each column: the CELL_ bits of the cells that were given while types were
                   looked for */
    bool again; /* `next` found that all of it has to be looked at anew */
    void *state;
    mica_status (*begin)(struct row_source *s, mica_error *err);
    /* The next rows, with the columns that head has now; NULL: there are no more, or `again`. Where
     * there are none at all there is one block without rows. */
    mica_status (*next)(struct row_source *s, const row_reading *how, mica_table **block,
                        mica_error *err);
    void (*close)(struct row_source *s); /* of the state */
} row_source;

void row_source_close(row_source *s); /* also of zeroes */
/* Goes through it to find its types. The source is taken, also where that fails. */
mica_status blocks_of_source(row_source *s, table_blocks *out, mica_error *err);
/* The error of one that is not as it was when it was gone through before. */
mica_status row_source_changed(const row_source *s, mica_error *err);

#endif
