/* A value of PostgreSQL, as the text that the server sends, into a table. */
#ifndef DATA_POSTGRESQL_CELL_H
#define DATA_POSTGRESQL_CELL_H

#include "table/builder.h"

/* Types by their numbers in every server (catalog/pg_type.dat). */
enum {
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_INT4 = 23,
    PG_OID = 26,
    PG_FLOAT4 = 700,
    PG_FLOAT8 = 701,
    PG_DATE = 1082,
    PG_TIMESTAMP = 1114,
    PG_TIMESTAMPTZ = 1184,
    PG_NUMERIC = 1700
};

/* The next value of column i, which is not NULL; a NUL follows the text. */
mica_status postgresql_cell(table_builder *b, int i, unsigned type, const char *text, size_t length,
                            mica_error *err);

#endif
