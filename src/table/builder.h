/* Building a table row by row, of values that have types already (queries of databases). A column
 * becomes what all of its values are: numbers where some are whole and some are not, texts where
 * only some are numbers. Texts are looked at as cells of CSV are (table/cell.h), unless the column
 * is declared to be text: there "007" and "NA" stay as they are.
 *
 * Rows that come in blocks get a builder for each; what columns have been so far goes with them
 * (builder_go_on), so that a block is what it is in the table as a whole. */
#ifndef TABLE_BUILDER_H
#define TABLE_BUILDER_H

#include "table/columns.h"

/* What a column has been in the blocks so far; zeroes at first. */
typedef struct column_state {
    mica_column_type type; /* of column_builder */
    int64_t reals_before;
    int seen;       /* CELL_ bits of all values */
    uint64_t print; /* of all values in their order; 0 at the begin of each pass */
} column_state;

typedef struct column_builder {
    mica_column_type type; /* MISSING: no value came yet; TEXT for all texts */
    bool declared;         /* its texts are texts */
    bool timed, zoned;
    int64_t reals_before; /* whole numbers of earlier rows were numbers already when the column
                             became texts: "3.0" */
    int seen;             /* of its cells, at the end */
    uint64_t print;
    void *cells;
    size_t room; /* in cells */
    int64_t rows, missing;
    dictionary words;
} column_builder;

typedef struct table_builder {
    const char *name; /* for errors */
    mica_table *table;
    column_builder *column;
    arena words;
    size_t word_bytes; /* what different texts take, about */
    char *text;        /* of one cell, with margins */
    size_t text_room;
    column_state *states; /* NULL: it is no block */
    const mica_table *types;
    int64_t first;
    bool changed; /* it failed because values are not of `types` */
} table_builder;

/* Before the first row. Names are given by builder_name, in the order of the columns. */
mica_status builder_begin(table_builder *b, int columns, const char *name, mica_error *err);
mica_status builder_name(table_builder *b, int column, const char *name, mica_error *err);
static inline void builder_declare_text(table_builder *b, int column) {
    b->column[column].declared = true;
}

/* It is a block, whose first row is that of the whole; behind the names. The states are those of
 * its columns at the end of the block before, and get what they are at the end of this one. types:
 * the columns have those of this table, after all rows were gone through; NULL: these are looked
 * for. */
void builder_go_on(table_builder *b, column_state *states, int64_t first, const mica_table *types);
static inline int64_t builder_rows(const table_builder *b) {
    return b->table->count ? b->column[0].rows : 0;
}
/* The number of the column's next row, from 1 on, for errors. */
static inline long long builder_row(const table_builder *b, int column) {
    return (long long)(b->first + b->column[column].rows + 1);
}
/* What it takes, about. */
static inline size_t builder_bytes(const table_builder *b) {
    return b->word_bytes + (size_t)builder_rows(b) * (size_t)b->table->count * sizeof(double);
}

/* The next value of a column; each row has one of each. */
mica_status builder_missing(table_builder *b, int column, mica_error *err);
mica_status builder_integer(table_builder *b, int column, int64_t value, mica_error *err);
mica_status builder_number(table_builder *b, int column, double value, mica_error *err);
mica_status builder_boolean(table_builder *b, int column, bool value, mica_error *err);
mica_status builder_date(table_builder *b, int column, date_value value, mica_error *err);
/* Fails where it is not UTF-8. */
mica_status builder_text(table_builder *b, int column, const char *text, size_t length,
                         mica_error *err);
/* The whole table; the caller's. */
mica_status builder_end(table_builder *b, mica_table **out, mica_error *err);
/* Frees what is left. */
void builder_free(table_builder *b);

#endif
