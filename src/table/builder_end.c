/* What the columns of a builder become: see builder.h. */
#include "table/builder_inside.h"

#include <stdlib.h>
#include <string.h>

static const table_column *type_of(const table_builder *b, const column_builder *c) {
    return b->types ? &b->types->column[c - b->column] : NULL;
}

/* What the words are: the type that the column has as a whole, or by looking at them. */
static void tell_words(const table_builder *b, column_builder *c, const cell *cells,
                       table_column *out) {
    const table_column *whole = type_of(b, c);
    column_part part = {0};
    if (!whole && c->declared) part.seen = c->words.count ? CELL_TEXT : 0;
    else if (!whole) column_look(&part, cells, (int64_t)c->words.count);
    c->seen = part.seen;
    out->type = whole ? whole->type : c->declared ? MICA_COLUMN_CATEGORY : cell_type(part.seen);
    out->timed = part.seen & CELL_TIMED, out->zoned = part.seen & CELL_ZONED;
    column_part_clear(&part);
}

/* The words as values of the column's type, where it is none of texts. */
static mica_status read_values(table_builder *b, const column_builder *c, mica_column_type type,
                               const cell *cells, void **values, mica_error *err) {
    column_part part = {0};
    if (is_text(type)) return MICA_OK;
    *values = allocate(c->words.count + 1, cell_size(type) + 1);
    if (!*values) return fail_no_memory(err, b->name);
    column_read(&part, type, cells, (int64_t)c->words.count, *values);
    const bool other = part.failed;
    column_part_clear(&part);
    return other ? builder_fail_changed(b, err) : MICA_OK;
}

/* The different texts as cells, looked at: what they are. */
static mica_status read_words(table_builder *b, column_builder *c, table_column *out, void **values,
                              mica_error *err) {
    const size_t count = c->words.count;
    cell *cells = allocate(count + 1, sizeof *cells);
    if (!cells) return fail_no_memory(err, b->name);
    for (size_t i = 0; i < count; i++)
        cells[i] = (cell){c->words.entry[i].at, c->words.entry[i].length};
    tell_words(b, c, cells, out);
    mica_status status = read_values(b, c, out->type, cells, values, err);
    free(cells);
    return status;
}

static void put_values(const column_builder *c, const void *values, table_column *out) {
    const size_t size = cell_size(out->type);
    const int32_t *number = c->cells;
    for (int64_t i = 0; i < c->rows; i++) {
        char *to = (char *)out->cells + (size_t)i * size;
        if (number[i] < 0) builder_put_missing(out->type, out->cells, i);
        else memcpy(to, (const char *)values + (size_t)number[i] * size, size);
    }
}

/* Texts that are all numbers, dates or booleans become those. */
static mica_status end_texts(table_builder *b, column_builder *c, table_column *out,
                             mica_error *err) {
    void *values = NULL;
    mica_status status = read_words(b, c, out, &values, err);
    const size_t bytes = (size_t)c->rows * cell_size(out->type);
    if (status == MICA_OK && !(out->cells = allocate_aligned(bytes + 8)))
        status = fail_memory(err, bytes, b->name);
    if (status == MICA_OK && values) put_values(c, values, out);
    free(values);
    if (status != MICA_OK || !is_text(out->type)) return status;
    if (bytes) memcpy(out->cells, c->cells, bytes);
    if (!dictionary_texts(&c->words, &out->texts)) return fail_no_memory(err, b->name);
    if (!b->types)
        out->type = out->texts.count * 2 <= c->rows - c->missing ? MICA_COLUMN_CATEGORY
                                                                 : MICA_COLUMN_TEXT;
    return MICA_OK;
}

/* What cells of a type are seen to be, where there are any. */
static int seen_of(const column_builder *c) {
    if (c->missing == c->rows) return 0;
    switch (c->type) {
    case MICA_COLUMN_INTEGER: return CELL_INTEGER;
    case MICA_COLUMN_NUMBER: return CELL_NUMBER;
    case MICA_COLUMN_BOOLEAN: return CELL_BOOLEAN;
    case MICA_COLUMN_DATE: return (c->zoned ? CELL_ZONED : CELL_DATE) | (c->timed ? CELL_TIMED : 0);
    default: return 0;
    }
}

static mica_status end_column(table_builder *b, column_builder *c, table_column *out,
                              mica_error *err) {
    size_t bytes = (size_t)c->rows * cell_size(c->type);
    const table_column *whole = type_of(b, c);
    out->missing = c->missing;
    if (c->type == MICA_COLUMN_TEXT) {
        TRY(end_texts(b, c, out, err));
    } else {
        c->seen = seen_of(c);
        out->type = c->type;
        out->timed = c->timed, out->zoned = c->zoned;
        out->cells = allocate_aligned(bytes + 8);
        if (!out->cells) return fail_memory(err, bytes, b->name);
        if (bytes) memcpy(out->cells, c->cells, bytes);
    }
    if (whole) out->timed = whole->timed, out->zoned = whole->zoned;
    return MICA_OK;
}

/* What the next block begins with. */
static void keep_state(column_state *s, const column_builder *c) {
    s->type = c->type, s->reals_before = c->reals_before;
    s->seen |= c->seen;
    s->print = c->print;
}

mica_status builder_end(table_builder *b, mica_table **out, mica_error *err) {
    b->table->rows = builder_rows(b);
    for (int i = 0; i < b->table->count; i++) {
        column_builder *c = &b->column[i];
        TRY(end_column(b, c, &b->table->column[i], err));
        if (b->states) keep_state(&b->states[i], c);
        free(c->cells);
        c->cells = NULL;
        dictionary_free(&c->words);
    }
    *out = b->table;
    for (int i = 0; i < b->table->count; i++) b->column[i] = (column_builder){0};
    b->table = NULL;
    return MICA_OK;
}
