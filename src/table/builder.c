/* Tables row by row: see builder.h. */
#include "table/builder.h"

#include "base/parallel.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

mica_status builder_begin(table_builder *b, int columns, const char *name, mica_error *err) {
    *b = (table_builder){.name = name, .table = table_new(columns)};
    b->column = allocate((size_t)columns + 1, sizeof *b->column);
    return b->table && b->column ? MICA_OK : fail_no_memory(err, name);
}

mica_status builder_name(table_builder *b, int column, const char *name, mica_error *err) {
    return table_set_name(b->table, column, name, strlen(name)) ? MICA_OK
                                                                : fail_no_memory(err, b->name);
}

void builder_free(table_builder *b) {
    for (int i = 0; b->column && b->table && i < b->table->count; i++) {
        free(b->column[i].cells);
        dictionary_free(&b->column[i].words);
    }
    mica_table_destroy(&b->table);
    arena_free(&b->words);
    free(b->column);
    free(b->text);
    *b = (table_builder){0};
}

/* ---- cells of a type ---- */

static void put_missing(mica_column_type type, void *cells, int64_t row) {
    switch (type) {
    case MICA_COLUMN_MISSING: break;
    case MICA_COLUMN_BOOLEAN: ((int8_t *)cells)[row] = -1; break;
    case MICA_COLUMN_NUMBER: ((double *)cells)[row] = NAN; break;
    case MICA_COLUMN_INTEGER:
    case MICA_COLUMN_DATE: ((int64_t *)cells)[row] = MISSING_INTEGER; break;
    default: ((int32_t *)cells)[row] = -1;
    }
}

/* Room for one more row. A column takes no more than the memory that is free. */
static mica_status make_room(table_builder *b, column_builder *c, mica_error *err) {
    enum { LARGE = 1 << 26 };
    size_t size = cell_size(c->type), bytes = 2 * c->room * size;
    if (!size || (size_t)c->rows < c->room) return MICA_OK;
    if (bytes > LARGE && (int64_t)bytes > memory_available())
        return fail_memory(err, bytes, b->name);
    return grow(&c->cells, &c->room, (size_t)c->rows + 1, size) ? MICA_OK
                                                                : fail_memory(err, bytes, b->name);
}

/* ---- texts ---- */

/* A copy with the margins that cells need; NULL without memory. */
static char *in_margins(table_builder *b, const char *text, size_t length) {
    if (!grow(&b->text, &b->text_room, length + 16, 1)) return NULL;
    if (length) memcpy(b->text + 8, text, length);
    return b->text + 8;
}

static mica_status word_number(table_builder *b, column_builder *c, const char *text, size_t length,
                               int32_t *out, mica_error *err) {
    size_t before = c->words.count;
    const char *cell = in_margins(b, text, length);
    *out = cell ? dictionary_add(&c->words, text_hash(cell, length), cell, length) : -1;
    if (*out >= 0 && c->words.count > before) { /* new: it stays */
        char *kept = arena_take(&b->words, length + 16);
        if (!kept) return fail_no_memory(err, b->name);
        memcpy(kept + 8, cell, length);
        c->words.entry[*out].at = kept + 8;
    }
    return *out >= 0 ? MICA_OK : fail_no_memory(err, b->name);
}

static size_t integer_text(char out[40], int64_t value) {
    return (size_t)snprintf(out, 40, "%lld", (long long)value);
}

/* A real stays one: 1.0. */
static size_t number_text(char out[40], double value) {
    format_real(out, value);
    size_t n = strlen(out);
    if (!strpbrk(out, ".en")) n += (size_t)snprintf(out + n, 40 - n, ".0");
    return n;
}

/* ---- when a value of another type comes ---- */

static mica_status as_numbers(table_builder *b, column_builder *c, mica_error *err) {
    double *to = malloc((c->room + 1) * sizeof *to);
    const int64_t *from = c->cells;
    if (!to) return fail_memory(err, c->room * sizeof *to, b->name);
    for (int64_t i = 0; i < c->rows; i++)
        to[i] = from[i] == MISSING_INTEGER ? NAN : (double)from[i];
    free(c->cells);
    c->cells = to;
    c->type = MICA_COLUMN_NUMBER;
    return MICA_OK;
}

static mica_status put_as_text(table_builder *b, column_builder *c, int64_t row, int32_t *out,
                               mica_error *err) {
    char text[40];
    size_t length;
    *out = -1;
    if (c->type == MICA_COLUMN_INTEGER) {
        int64_t value = ((int64_t *)c->cells)[row];
        if (value == MISSING_INTEGER) return MICA_OK;
        length = integer_text(text, value);
    } else {
        double value = ((double *)c->cells)[row];
        if (isnan(value)) return MICA_OK;
        length = number_text(text, value);
    }
    return word_number(b, c, text, length, out, err);
}

static mica_status as_texts(table_builder *b, column_builder *c, mica_error *err) {
    int32_t *to = malloc((c->room + 1) * sizeof *to);
    if (!to) return fail_memory(err, c->room * sizeof *to, b->name);
    mica_status status = MICA_OK;
    for (int64_t i = 0; i < c->rows && status == MICA_OK; i++)
        status = put_as_text(b, c, i, &to[i], err);
    free(c->cells);
    c->cells = to;
    c->type = MICA_COLUMN_TEXT;
    return status;
}

static mica_status begin_type(table_builder *b, column_builder *c, mica_column_type type,
                              mica_error *err) {
    c->type = type;
    c->room = (size_t)c->rows + 1;
    c->cells = allocate(c->room, cell_size(type));
    if (!c->cells) return fail_memory(err, c->room * cell_size(type), b->name);
    for (int64_t i = 0; i < c->rows; i++) put_missing(type, c->cells, i);
    return MICA_OK;
}

/* The column can hold a value of that type: it is of it, or of a wider one. */
static mica_status widen(table_builder *b, column_builder *c, mica_column_type type,
                         mica_error *err) {
    const bool wider = c->type == MICA_COLUMN_TEXT ||
                       (c->type == MICA_COLUMN_NUMBER && type == MICA_COLUMN_INTEGER);
    if (c->type == MICA_COLUMN_MISSING) TRY(begin_type(b, c, type, err));
    else if (c->type == MICA_COLUMN_INTEGER && type == MICA_COLUMN_NUMBER)
        TRY(as_numbers(b, c, err));
    else if (c->type != type && !wider) {
        if (type != MICA_COLUMN_TEXT || c->type == MICA_COLUMN_BOOLEAN ||
            c->type == MICA_COLUMN_DATE)
            return fail(err, MICA_INTERNAL, "%s: a column of %s gets %s", b->name,
                        mica_column_type_name(c->type), mica_column_type_name(type));
        TRY(as_texts(b, c, err));
    }
    return make_room(b, c, err);
}

/* ---- values ---- */

mica_status builder_missing(table_builder *b, int column, mica_error *err) {
    column_builder *c = &b->column[column];
    TRY(make_room(b, c, err));
    put_missing(c->type, c->cells, c->rows++);
    c->missing++;
    return MICA_OK;
}

static mica_status add_word(table_builder *b, int column, const char *text, size_t length,
                            mica_error *err) {
    column_builder *c = &b->column[column];
    int32_t number;
    TRY(widen(b, c, MICA_COLUMN_TEXT, err));
    TRY(word_number(b, c, text, length, &number, err));
    ((int32_t *)c->cells)[c->rows++] = number;
    return MICA_OK;
}

mica_status builder_integer(table_builder *b, int column, int64_t value, mica_error *err) {
    column_builder *c = &b->column[column];
    char text[40];
    if (c->type == MICA_COLUMN_NUMBER) return builder_number(b, column, (double)value, err);
    if (c->type == MICA_COLUMN_TEXT || value == MISSING_INTEGER) /* that number is none of ours */
        return add_word(b, column, text, integer_text(text, value), err);
    TRY(widen(b, c, MICA_COLUMN_INTEGER, err));
    ((int64_t *)c->cells)[c->rows++] = value;
    return MICA_OK;
}

mica_status builder_number(table_builder *b, int column, double value, mica_error *err) {
    column_builder *c = &b->column[column];
    char text[40];
    if (isnan(value)) return builder_missing(b, column, err);
    if (c->type == MICA_COLUMN_TEXT)
        return add_word(b, column, text, number_text(text, value), err);
    TRY(widen(b, c, MICA_COLUMN_NUMBER, err));
    ((double *)c->cells)[c->rows++] = value;
    return MICA_OK;
}

mica_status builder_boolean(table_builder *b, int column, bool value, mica_error *err) {
    column_builder *c = &b->column[column];
    TRY(widen(b, c, MICA_COLUMN_BOOLEAN, err));
    ((int8_t *)c->cells)[c->rows++] = value;
    return MICA_OK;
}

mica_status builder_date(table_builder *b, int column, date_value value, mica_error *err) {
    column_builder *c = &b->column[column];
    TRY(widen(b, c, MICA_COLUMN_DATE, err));
    ((int64_t *)c->cells)[c->rows++] = value.microseconds;
    c->timed |= value.timed, c->zoned |= value.zoned;
    return MICA_OK;
}

mica_status builder_text(table_builder *b, int column, const char *text, size_t length,
                         mica_error *err) {
    const column_builder *c = &b->column[column];
    if (utf8_invalid(text, length))
        return fail(err, MICA_FORMAT, "%s: row %lld, column '%s': a text that is not UTF-8",
                    b->name, (long long)c->rows + 1, b->table->column[column].name);
    if (!c->declared && cell_is_missing(text, length)) return builder_missing(b, column, err);
    return add_word(b, column, text, length, err);
}

/* ---- the end ---- */

/* The different texts as cells, looked at: what they are. */
static mica_status read_words(const table_builder *b, const column_builder *c, table_column *out,
                              void **values, mica_error *err) {
    size_t count = c->words.count;
    column_part part = {0};
    cell *cells = allocate(count + 1, sizeof *cells);
    if (!cells) return fail_no_memory(err, b->name);
    for (size_t i = 0; i < count; i++)
        cells[i] = (cell){c->words.entry[i].at, c->words.entry[i].length};
    column_look(&part, cells, (int64_t)count);
    out->type = c->declared ? MICA_COLUMN_CATEGORY : cell_type(part.seen);
    out->timed = part.seen & CELL_TIMED, out->zoned = part.seen & CELL_ZONED;
    column_part_clear(&part);
    mica_status status = MICA_OK;
    if (!is_text(out->type)) {
        *values = allocate(count + 1, cell_size(out->type));
        if (*values) column_read(&part, out->type, cells, (int64_t)count, *values);
        else status = fail_no_memory(err, b->name);
    }
    free(cells);
    return status;
}

/* Texts that are all numbers, dates or booleans become those. */
static mica_status end_texts(const table_builder *b, const column_builder *c, table_column *out,
                             mica_error *err) {
    void *values = NULL;
    const int32_t *number = c->cells;
    TRY(read_words(b, c, out, &values, err));
    size_t size = cell_size(out->type);
    out->cells = allocate_aligned((size_t)c->rows * size + 8);
    if (!out->cells) {
        free(values);
        return fail_no_memory(err, b->name);
    }
    for (int64_t i = 0; i < c->rows && values; i++) {
        char *to = (char *)out->cells + (size_t)i * size;
        if (number[i] < 0) put_missing(out->type, out->cells, i);
        else memcpy(to, (char *)values + (size_t)number[i] * size, size);
    }
    free(values);
    if (!is_text(out->type)) return MICA_OK;
    memcpy(out->cells, number, (size_t)c->rows * size);
    if (!dictionary_texts(&c->words, &out->texts)) return fail_no_memory(err, b->name);
    out->type = out->texts.count * 2 <= c->rows - c->missing ? MICA_COLUMN_CATEGORY
                                                             : MICA_COLUMN_TEXT;
    return MICA_OK;
}

static mica_status end_column(const table_builder *b, const column_builder *c, table_column *out,
                              mica_error *err) {
    size_t bytes = (size_t)c->rows * cell_size(c->type);
    out->missing = c->missing;
    if (c->type == MICA_COLUMN_TEXT) return end_texts(b, c, out, err);
    out->type = c->type;
    out->timed = c->timed, out->zoned = c->zoned;
    out->cells = allocate_aligned(bytes + 8);
    if (!out->cells) return fail_memory(err, bytes, b->name);
    if (bytes) memcpy(out->cells, c->cells, bytes);
    return MICA_OK;
}

mica_status builder_end(table_builder *b, mica_table **out, mica_error *err) {
    b->table->rows = b->table->count ? b->column[0].rows : 0;
    for (int i = 0; i < b->table->count; i++) {
        column_builder *c = &b->column[i];
        TRY(end_column(b, c, &b->table->column[i], err));
        free(c->cells);
        c->cells = NULL;
        dictionary_free(&c->words);
    }
    *out = b->table;
    for (int i = 0; i < b->table->count; i++) b->column[i] = (column_builder){0};
    b->table = NULL;
    return MICA_OK;
}
