/* Building a table row by row, of values that have types already (queries of databases). A column
 * becomes what all of its values are: numbers where some are whole and some are not, texts where
 * only some are numbers. Texts are looked at as cells of CSV are (table/cell.h), unless the column
 * is declared to be text: there "007" and "NA" stay as they are. */
#ifndef TABLE_BUILDER_H
#define TABLE_BUILDER_H

#include "table/columns.h"

typedef struct column_builder {
    mica_column_type type; /* MISSING: no value came yet; TEXT for all texts */
    bool declared;         /* its texts are texts */
    bool timed, zoned;
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
    char *text; /* of one cell, with margins */
    size_t text_room;
} table_builder;

/* Before the first row. Names are given by builder_name, in the order of the columns. */
mica_status builder_begin(table_builder *b, int columns, const char *name, mica_error *err);
mica_status builder_name(table_builder *b, int column, const char *name, mica_error *err);
static inline void builder_declare_text(table_builder *b, int column) {
    b->column[column].declared = true;
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
