/* Which of a list of tables each row is of: see table_sources.h. */
#include "data/table_sources.h"

#include "table/edit.h"

#include <stdlib.h>

uint16_t *sources_of_rows(const int64_t *rows, int count) {
    size_t total = 0;
    for (int k = 0; k < count; k++) total += (size_t)rows[k];
    uint16_t *source = allocate(total + 1, sizeof *source), *to = source;
    for (int k = 0; k < count && source; k++)
        for (int64_t i = 0; i < rows[k]; i++) *to++ = (uint16_t)k;
    return source;
}

mica_status sources_mark(const mica_table *t, const uint16_t *source, mica_table **out,
                         mica_error *err) {
    int64_t *cells = column_room(MICA_COLUMN_INTEGER, t->rows);
    if (!cells) return fail_memory(err, (size_t)t->rows * sizeof *cells, "sources of rows");
    for (int64_t i = 0; i < t->rows; i++) cells[i] = source[i];
    return table_with_integers(t, "\001source", cells, out, err);
}

mica_status sources_take(mica_table **joined, int at, uint16_t **source, mica_error *err) {
    const mica_table *t = *joined;
    mica_table *without = NULL;
    int count = 0, *columns = allocate((size_t)t->count + 1, sizeof *columns);
    *source = allocate((size_t)t->rows + 1, sizeof **source);
    mica_status status = columns && *source ? MICA_OK : fail_no_memory(err, "sources of rows");
    for (int64_t i = 0; i < t->rows && status == MICA_OK; i++)
        (*source)[i] = mica_table_is_missing(t, at, i) ? NO_SOURCE
                                                       : (uint16_t)mica_table_number(t, at, i);
    for (int i = 0; i < t->count && status == MICA_OK; i++)
        if (i != at) columns[count++] = i;
    if (status == MICA_OK) status = table_pick(t, columns, count, NULL, 0, &without, err);
    free(columns);
    TRY(status);
    mica_table_destroy(joined);
    *joined = without;
    return MICA_OK;
}

mica_status sources_keep(mica_dataset *d, const uint16_t *source, row_list rows, mica_error *err) {
    const size_t bytes = ((size_t)rows.count + 1) * sizeof *source;
    if (!source) return MICA_OK;
    uint16_t *own = arena_take(&d->texts, bytes);
    if (!own) return fail_memory(err, bytes, "sources of rows");
    for (int64_t i = 0; i < rows.count; i++) own[i] = source[rows.row[i]];
    d->row_source = own;
    return MICA_OK;
}
