/* A table that comes in blocks of rows, one after the other, as often as it is asked for: what is
 * larger than memory is gone through this way. Types are those of the whole table, so that a block
 * is a table like any other, and a table in memory is one block. */
#ifndef TABLE_BLOCKS_H
#define TABLE_BLOCKS_H

#include "table/table.h"

typedef struct table_blocks {
    const mica_table *head; /* no rows: names, types, and how many cells are missing in all */
    int64_t rows;           /* in all */
    const mica_table
        *whole;         /* the table, where it lies in memory: until its last block; else NULL */
    const bool *wanted; /* columns; the cells of others may be missing, or none at all. NULL: all */
    size_t room; /* bytes of rows that may be held while they are put in another order; 0: by what
                    is free (table/blocks_order.h) */
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

/* Rows by their numbers, in rising order; one may come more than once. */
typedef struct rising_rows {
    int64_t *rows;
    int64_t count;
} rising_rows;
/* Each list's rows go into the sink of its number, all in one time; every sink gets a block, if one
 * without rows. */
mica_status blocks_pick(table_blocks *b, const rising_rows *lists, int count,
                        table_sink *const *sinks, mica_error *err);

/* A sink that gathers its blocks in a table. */
typedef struct table_gathering table_gathering;
/* For so many rows with the columns of `head`. */
mica_status gathering_open(const mica_table *head, int64_t rows, table_gathering **out,
                           table_sink *sink, mica_error *err);
/* The table, where `status` is OK and all rows came; the gathering is gone. */
mica_status gathering_end(table_gathering *g, mica_status status, mica_table **out,
                          mica_error *err);

#endif
