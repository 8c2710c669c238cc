/* Tables one after the other: see append.h. */
#include "table/append.h"

#include "table/blocks.h"
#include "table/cell.h"
#include "table/edit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- texts as cells ---- */

/* The different texts of a column, each with its margins, as cells; free(). NULL: no memory. */
static cell *cells_of_texts(const table_texts *texts, char **room) {
    const size_t count = (size_t)texts->count;
    cell *cells = allocate(count + 1, sizeof *cells);
    size_t length, at = 0, bytes = count ? (size_t)texts->offset[count] : 0;
    *room = allocate(bytes + (count + 1) * 2 * CELL_MARGIN, 1);
    for (size_t i = 0; i < count && cells && *room; i++) {
        const char *text = text_at(texts, (int32_t)i, &length);
        char *to = *room + at + CELL_MARGIN;
        if (length) memcpy(to, text, length);
        cells[i] = (cell){to, length};
        at += length + 2 * CELL_MARGIN;
    }
    if (cells && *room) return cells;
    free(cells), free(*room);
    *room = NULL;
    return NULL;
}

static int texts_seen(const table_column *c) {
    char *room;
    int seen = c->declared ? CELL_TEXT : 0;
    cell *cells = cells_of_texts(&c->texts, &room);
    if (!cells) return -1;
    for (int64_t i = 0; i < c->texts.count && !(seen & CELL_TEXT); i++)
        seen |= cell_classify(cells[i]);
    free(cells), free(room);
    return seen;
}

int column_seen(const table_column *c) {
    switch (c->type) {
    case MICA_COLUMN_MISSING: return 0;
    case MICA_COLUMN_BOOLEAN: return CELL_BOOLEAN;
    case MICA_COLUMN_INTEGER: return CELL_INTEGER;
    case MICA_COLUMN_NUMBER: return CELL_NUMBER;
    case MICA_COLUMN_DATE: return (c->zoned ? CELL_ZONED : CELL_DATE) | (c->timed ? CELL_TIMED : 0);
    default: return texts_seen(c);
    }
}

/* Large whole numbers, which alone are texts. */
static bool numbers_of_texts(const table_column *c, int64_t rows, double *out) {
    char *room;
    cell *cells = cells_of_texts(&c->texts, &room);
    if (!cells) return false;
    for (int64_t i = 0; i < rows; i++) {
        const int32_t code = ((const int32_t *)c->cells)[i];
        if (code < 0 || !cell_number(cells[code], &out[i])) out[i] = NAN;
    }
    free(cells), free(room);
    return true;
}

/* ---- columns of another type ---- */

static void fill_missing(mica_column_type type, int64_t rows, void *cells) {
    for (int64_t i = 0; i < rows; i++) {
        if (type == MICA_COLUMN_BOOLEAN) ((int8_t *)cells)[i] = -1;
        else if (type == MICA_COLUMN_NUMBER) ((double *)cells)[i] = NAN;
        else if (is_text(type)) ((int32_t *)cells)[i] = -1;
        else ((int64_t *)cells)[i] = MISSING_INTEGER;
    }
}

static mica_status become(mica_table *t, int i, mica_column_type type, mica_error *err) {
    const table_column *c = &t->column[i];
    if (c->type == type || (is_text(c->type) && is_text(type))) return MICA_OK;
    void *cells = column_room(type, t->rows);
    bool done = cells != NULL;
    if (done && c->type == MICA_COLUMN_MISSING) {
        fill_missing(type, t->rows, cells);
    } else if (done && type == MICA_COLUMN_NUMBER && c->type == MICA_COLUMN_INTEGER) {
        column_numbers(t, i, cells);
    } else if (done && type == MICA_COLUMN_NUMBER && is_text(c->type)) {
        done = numbers_of_texts(c, t->rows, cells);
    } else if (done) {
        free(cells);
        return fail(err, MICA_INTERNAL, "tables one after the other: column %s is %s, expected %s",
                    c->name, mica_column_type_name(c->type), mica_column_type_name(type));
    }
    if (!done) return free(cells), fail_no_memory(err, "columns of several tables");
    column_set(t, i, type, cells);
    return MICA_OK;
}

/* A copy with the columns of `head`. */
static mica_status as_head(const mica_table *t, const mica_table *head, mica_table **out,
                           mica_error *err) {
    int *columns = allocate((size_t)head->count + 1, sizeof *columns);
    if (!columns) return fail_no_memory(err, "columns of several tables");
    for (int i = 0; i < head->count; i++) columns[i] = mica_table_find(t, head->column[i].name);
    mica_status status = table_pick(t, columns, head->count, NULL, 0, out, err);
    free(columns);
    for (int i = 0; i < head->count && status == MICA_OK; i++)
        status = become(*out, i, head->column[i].type, err);
    return status;
}

/* ---- all of them ---- */

static void set_types(mica_table *head, const int *seen) {
    for (int i = 0; i < head->count; i++) {
        table_column *c = &head->column[i];
        c->type = cell_type(seen[i]);
        c->timed = seen[i] & CELL_TIMED, c->zoned = seen[i] & CELL_ZONED;
    }
}

static mica_status put_all(mica_table **tables, int count, const mica_table *head, table_sink *sink,
                           mica_error *err) {
    for (int k = 0; k < count; k++) {
        mica_table *block = NULL;
        mica_status status = as_head(tables[k], head, &block, err);
        mica_table_destroy(&tables[k]);
        if (status == MICA_OK) status = sink->put(sink, block, err);
        else mica_table_destroy(&block);
        TRY(status);
    }
    return MICA_OK;
}

mica_status tables_append(mica_table **tables, int count, mica_table *head, const int *seen,
                          mica_table **out, mica_error *err) {
    table_gathering *g = NULL;
    table_sink sink;
    int64_t rows = 0;
    set_types(head, seen);
    for (int k = 0; k < count; k++) rows += tables[k]->rows;
    mica_status status = gathering_open(head, rows, &g, &sink, err);
    if (status == MICA_OK) {
        status = put_all(tables, count, head, &sink, err);
        status = gathering_end(g, status, out, err);
    }
    for (int i = 0; i < head->count && status == MICA_OK; i++) {
        table_column *c = &(*out)->column[i];
        c->declared = head->column[i].declared;
        if (is_text(c->type)) /* as column_merge tells it */
            c->type = c->texts.count * 2 <= rows - c->missing ? MICA_COLUMN_CATEGORY
                                                              : MICA_COLUMN_TEXT;
    }
    return status;
}
