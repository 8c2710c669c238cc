/* Cells of PostgreSQL: the texts of values by their types: see postgresql_cell.h. The server is
 * somebody else's: what its type cannot be is an error. */
#include "data/postgresql_cell.h"

#include "table/cell.h"
#include "table/real.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static mica_status fail_cell(const table_builder *b, int i, const char *what, mica_error *err) {
    return fail(err, MICA_TYPE, "%s: row %lld, column '%s': %s", b->name, builder_row(b, i),
                b->table->column[i].name, what);
}

static mica_status add_integer(table_builder *b, int i, const char *text, size_t length,
                               mica_error *err) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    bool digit = *text == '-' ? text[1] >= '0' && text[1] <= '9' : *text >= '0' && *text <= '9';
    if (!digit || errno || end != text + length)
        return fail_cell(b, i, "a whole number that cannot be read", err);
    return builder_integer(b, i, value, err);
}

static mica_status add_number(table_builder *b, int i, const char *text, size_t length,
                              mica_error *err) {
    double value;
    bool whole;
    if (!strcmp(text, "NaN")) return builder_missing(b, i, err);
    if (!real_parse(text, length, &value, &whole))
        return fail_cell(b, i, "a number that cannot be read", err);
    return builder_number(b, i, value, err);
}

/* "2024-03-05", "2024-03-05 10:00:00.25", with a zone "…+00": the session's is UTC. */
static mica_status add_date(table_builder *b, int i, unsigned type, const char *text, size_t length,
                            mica_error *err) {
    cell_room room;
    date_value value;
    bool zoned = type == PG_TIMESTAMPTZ && length > 3 && !strcmp(text + length - 3, "+00");
    if (zoned) length -= 3;
    if (length < CELL_SHORT) {
        const cell own = cell_in_room(text, length, room);
        if (zoned) room[CELL_MARGIN + length++] = 'Z';
        if (date_parse(own.at, length, &value)) {
            value.timed = type != PG_DATE;
            return builder_date(b, i, value, err);
        }
    }
    return fail_cell(b, i,
                     "a date that a table does not hold (infinite, or before the year 1 or after "
                     "9999): leave it out or make it NULL in the query",
                     err);
}

mica_status postgresql_cell(table_builder *b, int i, unsigned type, const char *text, size_t length,
                            mica_error *err) {
    switch (type) {
    case PG_BOOL:
        if (length != 1 || (*text != 't' && *text != 'f'))
            return fail_cell(b, i, "a truth value that cannot be read", err);
        return builder_boolean(b, i, *text == 't', err);
    case PG_INT2:
    case PG_INT4:
    case PG_INT8:
    case PG_OID: return add_integer(b, i, text, length, err);
    case PG_FLOAT4:
    case PG_FLOAT8:
    case PG_NUMERIC: return add_number(b, i, text, length, err);
    case PG_DATE:
    case PG_TIMESTAMP:
    case PG_TIMESTAMPTZ: return add_date(b, i, type, text, length, err);
    case PG_BYTEA:
        return fail_cell(
            b, i,
            "bytea, expected numbers or text (encode(…, 'hex') in the query makes text "
            "of it)",
            err);
    default: return builder_text(b, i, text, length, err);
    }
}
