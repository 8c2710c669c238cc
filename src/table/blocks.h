/* A table that comes in blocks of rows, one after the other, as often as it is asked for: what is
 * larger than memory is gone through this way. Types are those of the whole table, so that a block
 * is a table like any other, and a table in memory is one block. */
#ifndef TABLE_BLOCKS_H
#define TABLE_BLOCKS_H

#include "table/table.h"

typedef struct table_blocks {
    const mica_table *head; /* no rows: names, types, and how many cells are missing in all */
    int64_t rows;           /* in all */
    void *state;
    /* Before the first block, each time. last: it is not asked again. */
    mica_status (*begin)(struct table_blocks *b, bool last, mica_error *err);
    /* The next rows, the caller's to change and destroy; NULL: there are no more. A
     * table without rows has a block too. */
    mica_status (*next)(struct table_blocks *b, mica_table **block, mica_error *err);
    void (*close)(struct table_blocks *b);
} table_blocks;

/* Of a table in memory, `each` rows at a time (0: all at once). It must live as long. */
mica_status blocks_of_table(const mica_table *t, int64_t each, table_blocks *out, mica_error *err);
/* The same of a table that goes with them; it is taken where this succeeds. */
mica_status blocks_take_table(mica_table *t, table_blocks *out, mica_error *err);
void blocks_close(table_blocks *b); /* also of zeroes */

/* Where blocks go, in their order. */
typedef struct table_sink {
    void *state;
    mica_status (*put)(struct table_sink *s, mica_table *block, mica_error *err); /* taken */
} table_sink;
/* As `put` of a sink with a mica_table ** as state: the only block becomes the table there. */
mica_status table_keep(table_sink *s, mica_table *block, mica_error *err);

/* Names and types of all columns; NULL without memory. */
mica_table *table_head(const mica_table *t);
/* The chosen columns (NULL: all), whole. */
mica_status blocks_gather(table_blocks *b, const int *columns, int count, mica_table **out,
                          mica_error *err);

#endif
