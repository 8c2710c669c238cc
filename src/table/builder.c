/* Tables row by row: see builder.h. */
#include "table/builder_inside.h"

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

/* ---- blocks ---- */

void builder_go_on(table_builder *b, column_state *states, int64_t first, const mica_table *types) {
    b->states = states, b->first = first, b->types = types;
    for (int i = 0; i < b->table->count; i++) {
        column_builder *c = &b->column[i];
        c->type = states[i].type, c->reals_before = states[i].reals_before;
        c->print = states[i].print;
    }
}

/* A value becomes part of the column's print. */
static void stir(const table_builder *b, int column, int kind, uint64_t bits) {
    if (!b->states) return;
    uint64_t *print = &b->column[column].print;
    *print = (*print ^ (bits + (uint64_t)kind)) * 0x9E3779B97F4A7C15u;
    *print ^= *print >> 29;
}

mica_status builder_fail_changed(table_builder *b, mica_error *err) {
    b->changed = true;
    return fail(err, MICA_IO, "%s: it changed while it was read", b->name);
}

/* ---- cells of a type ---- */

void builder_put_missing(mica_column_type type, void *cells, int64_t row) {
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
    if (!grow(&b->text, &b->text_room, length + 2 * CELL_MARGIN, 1)) return NULL;
    if (length) memcpy(b->text + CELL_MARGIN, text, length);
    return b->text + CELL_MARGIN;
}

/* The number of a text in margins. */
static mica_status number_of(table_builder *b, column_builder *c, uint64_t hash, const char *cell,
                             size_t length, int32_t *out, mica_error *err) {
    size_t before = c->words.count;
    *out = dictionary_add(&c->words, hash, cell, length);
    if (*out >= 0 && c->words.count > before) { /* new: it stays */
        char *kept = arena_take(&b->words, length + 2 * CELL_MARGIN);
        if (!kept) return fail_no_memory(err, b->name);
        memcpy(kept + CELL_MARGIN, cell, length);
        c->words.entry[*out].at = kept + CELL_MARGIN;
        b->word_bytes += length + 2 * CELL_MARGIN + sizeof(dictionary_entry) +
                         2 * sizeof(dictionary_slot);
    }
    return *out >= 0 ? MICA_OK : fail_no_memory(err, b->name);
}

static mica_status word_number(table_builder *b, column_builder *c, const char *text, size_t length,
                               int32_t *out, mica_error *err) {
    const char *cell = in_margins(b, text, length);
    if (!cell) return fail_no_memory(err, b->name);
    return number_of(b, c, text_hash(cell, length), cell, length, out, err);
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
    if (c->type == MICA_COLUMN_NUMBER) c->reals_before = b->first + c->rows;
    c->type = MICA_COLUMN_TEXT;
    return status;
}

static mica_status begin_type(table_builder *b, column_builder *c, mica_column_type type,
                              mica_error *err) {
    c->type = type;
    c->room = (size_t)c->rows + 1;
    c->cells = allocate(c->room, cell_size(type));
    if (!c->cells) return fail_memory(err, c->room * cell_size(type), b->name);
    for (int64_t i = 0; i < c->rows; i++) builder_put_missing(type, c->cells, i);
    return MICA_OK;
}

/* The column can hold a value of that type: it is of it, or of a wider one. */
static mica_status widen(table_builder *b, column_builder *c, mica_column_type type,
                         mica_error *err) {
    const bool wider = c->type == MICA_COLUMN_TEXT ||
                       (c->type == MICA_COLUMN_NUMBER && type == MICA_COLUMN_INTEGER);
    if (c->type != type && !wider && b->types) return builder_fail_changed(b, err);
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

enum { NO_VALUE = 1, WHOLE, REAL, TRUTH, MOMENT, LETTERS };

static mica_status add_missing(table_builder *b, int column, mica_error *err) {
    column_builder *c = &b->column[column];
    TRY(make_room(b, c, err));
    builder_put_missing(c->type, c->cells, c->rows++);
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

static mica_status add_number(table_builder *b, int column, double value, mica_error *err) {
    column_builder *c = &b->column[column];
    char text[40];
    if (isnan(value)) return add_missing(b, column, err);
    if (c->type == MICA_COLUMN_TEXT)
        return add_word(b, column, text, number_text(text, value), err);
    TRY(widen(b, c, MICA_COLUMN_NUMBER, err));
    ((double *)c->cells)[c->rows++] = value;
    return MICA_OK;
}

mica_status builder_missing(table_builder *b, int column, mica_error *err) {
    stir(b, column, NO_VALUE, 0);
    return add_missing(b, column, err);
}

mica_status builder_integer(table_builder *b, int column, int64_t value, mica_error *err) {
    column_builder *c = &b->column[column];
    char text[40];
    stir(b, column, WHOLE, (uint64_t)value);
    if (c->type == MICA_COLUMN_NUMBER ||
        (c->type == MICA_COLUMN_TEXT && b->first + c->rows < c->reals_before))
        return add_number(b, column, (double)value, err);
    if (c->type == MICA_COLUMN_TEXT || value == MISSING_INTEGER) /* that number is none of ours */
        return add_word(b, column, text, integer_text(text, value), err);
    TRY(widen(b, c, MICA_COLUMN_INTEGER, err));
    ((int64_t *)c->cells)[c->rows++] = value;
    return MICA_OK;
}

mica_status builder_number(table_builder *b, int column, double value, mica_error *err) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    stir(b, column, REAL, bits);
    return add_number(b, column, value, err);
}

mica_status builder_boolean(table_builder *b, int column, bool value, mica_error *err) {
    column_builder *c = &b->column[column];
    stir(b, column, TRUTH, value);
    TRY(widen(b, c, MICA_COLUMN_BOOLEAN, err));
    ((int8_t *)c->cells)[c->rows++] = value;
    return MICA_OK;
}

mica_status builder_date(table_builder *b, int column, date_value value, mica_error *err) {
    column_builder *c = &b->column[column];
    stir(b, column, MOMENT, (uint64_t)value.microseconds);
    TRY(widen(b, c, MICA_COLUMN_DATE, err));
    ((int64_t *)c->cells)[c->rows++] = value.microseconds;
    c->timed |= value.timed, c->zoned |= value.zoned;
    return MICA_OK;
}

mica_status builder_text(table_builder *b, int column, const char *text, size_t length,
                         mica_error *err) {
    column_builder *c = &b->column[column];
    int32_t number;
    if (utf8_invalid(text, length))
        return fail(err, MICA_FORMAT, "%s: row %lld, column '%s': a text that is not UTF-8",
                    b->name, builder_row(b, column), b->table->column[column].name);
    const char *cell = in_margins(b, text, length);
    if (!cell) return fail_no_memory(err, b->name);
    const uint64_t hash = text_hash(cell, length);
    stir(b, column, LETTERS, hash);
    if (!c->declared && cell_is_missing(text, length)) return add_missing(b, column, err);
    if (c->type != MICA_COLUMN_TEXT) /* earlier values may become texts, in the same room */
        return add_word(b, column, text, length, err);
    TRY(make_room(b, c, err));
    TRY(number_of(b, c, hash, cell, length, &number, err));
    ((int32_t *)c->cells)[c->rows++] = number;
    return MICA_OK;
}
