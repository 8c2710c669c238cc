/* Any answers of a PostgreSQL server: a type and a text for each cell of three columns. They become
 * a table or an error; texts of text columns come back as they were. */
#include "data/postgresql_cell.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS = 3, TEXT = 25 };
static const unsigned types[] = {PG_BOOL,        PG_BYTEA,   PG_INT8,   PG_INT2, PG_INT4,
                                 PG_OID,         PG_FLOAT4,  PG_FLOAT8, PG_DATE, PG_TIMESTAMP,
                                 PG_TIMESTAMPTZ, PG_NUMERIC, TEXT};

/* Types of the columns, then cells: their length (255: NULL) and bytes. Stops at the first error.
 */
static mica_status answer(table_builder *b, const uint8_t *data, size_t size, mica_error *err) {
    unsigned type[COLUMNS];
    char text[256];
    TRY(builder_begin(b, COLUMNS, "fuzz", err));
    for (int i = 0; i < COLUMNS; i++) {
        type[i] = types[size > (size_t)i ? data[i] % LENGTH(types) : 0];
        TRY(builder_name(b, i, "c", err));
        builder_declare_text(b, i);
    }
    size_t at = COLUMNS;
    for (int i = 0; at < size || i; i = (i + 1) % COLUMNS) { /* whole rows */
        size_t length = at < size ? data[at++] : 255;
        if (length == 255) {
            TRY(builder_missing(b, i, err));
            continue;
        }
        if (length > size - at) length = size - at;
        memcpy(text, data + at, length);
        text[length] = 0;
        at += length;
        TRY(postgresql_cell(b, i, type[i], text, length, err));
    }
    return MICA_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    table_builder b = {0};
    mica_table *t = NULL;
    mica_error err = {0};
    char text[64];
    volatile size_t sum = 0;
    mica_status status = answer(&b, data, size, &err);
    if (status == MICA_OK) status = builder_end(&b, &t, &err);
    builder_free(&b);
    if ((status == MICA_OK) != (t != NULL) || (status != MICA_OK && !err.message[0])) abort();
    for (int i = 0; t && i < t->count; i++)
        for (int64_t row = 0; row < t->rows; row++)
            sum += mica_table_text(t, i, row, text, sizeof text);
    (void)sum;
    mica_table_destroy(&t);
    return 0;
}
