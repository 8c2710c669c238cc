/* Columns from cells: see columns.h. */
#include "table/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whether the first and last byte are those of a missing spelling. */
static inline bool may_be_missing(cell c) {
    enum { FIRST = 1, LAST = 2 };
    static const unsigned char kinds[256] = {
        ['#'] = FIRST, ['-'] = FIRST, ['1'] = FIRST, ['<'] = FIRST, ['n'] = FIRST | LAST,
        ['A'] = LAST,  ['D'] = LAST,  ['L'] = LAST,  ['>'] = LAST,  ['N'] = FIRST | LAST,
        ['a'] = LAST,  ['e'] = LAST,  ['l'] = LAST};
    if (!c.length) return true;
    return c.length <= 8 && (kinds[(unsigned char)*c.at] & FIRST) &&
           (kinds[(unsigned char)c.at[c.length - 1]] & LAST);
}

static inline bool is_missing(cell c) {
    return may_be_missing(c) && cell_is_missing(c.at, c.length);
}

/* ---- integers ---- */

/* One to eight digits, perhaps after a minus: all at once in a word, of which the bytes that lie
 * before the first digit are dropped. */
static inline bool quick_integer(cell c, int64_t *out) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (c.length - 1 >= 9) return false;
    uint64_t minus = *c.at == '-', length = c.length - minus, word;
    if (length - 1 >= 8) return false;
    memcpy(&word, c.at + c.length - 8, sizeof word);
    word = (word ^ 0x3030303030303030u) & (UINT64_MAX << (8 * (8 - length)));
    if (((word + 0x7676767676767676u) | word) & 0x8080808080808080u) return false;
    word = (word * 2561) >> 8;
    word = ((word & 0x00FF00FF00FF00FFu) * 6553601) >> 16;
    word = ((word & 0x0000FFFF0000FFFFu) * 42949672960001u) >> 32;
    *out = (int64_t)((word ^ -minus) + minus);
    return true;
#else
    return false;
#endif
}

static int64_t read_integers(column_part *p, const cell *cells, int64_t count, int64_t *out) {
    int64_t i = 0, missing = 0;
    for (; i < count; i++) {
        if (quick_integer(cells[i], &out[i])) continue;
        if (is_missing(cells[i])) out[i] = MISSING_INTEGER, missing++;
        else if (cell_integer(cells[i], &out[i]) != CELL_INTEGER) break;
    }
    if (i > missing) p->seen |= CELL_INTEGER;
    p->missing += missing;
    return i;
}

/* ---- the other types ---- */

static int64_t read_numbers(column_part *p, const cell *cells, int64_t count, double *out) {
    int64_t i = 0, integer;
    for (; i < count; i++) {
        int bits = CELL_INTEGER;
        if (quick_integer(cells[i], &integer)) {
            out[i] = (double)integer;
            if (!integer && *cells[i].at == '-') out[i] = -0.0;
        } else if (is_missing(cells[i])) {
            out[i] = NAN, p->missing++, bits = CELL_MISSING;
        } else if (!(bits = cell_number(cells[i], &out[i]))) {
            break;
        }
        p->seen |= bits;
    }
    return i;
}

static int64_t read_booleans(column_part *p, const cell *cells, int64_t count, int8_t *out) {
    int64_t i = 0;
    for (; i < count; i++) {
        if (is_missing(cells[i])) out[i] = -1, p->missing++;
        else if (!cell_boolean(cells[i], &out[i])) break;
        else p->seen |= CELL_BOOLEAN;
    }
    return i;
}

static inline bool same(cell a, cell b) {
    return a.length == b.length && (!a.length || text_equal(a.at, b.at, a.length));
}

/* Rows of one time come together: the text before is compared first. */
static int64_t read_dates(column_part *p, const cell *cells, int64_t count, int64_t *out) {
    int64_t i = 0;
    for (; i < count; i++) {
        date_value date;
        int bits = 0;
        if (i && same(cells[i], cells[i - 1])) {
            out[i] = out[i - 1];
            p->missing += out[i] == MISSING_INTEGER;
        } else if (is_missing(cells[i])) {
            out[i] = MISSING_INTEGER, p->missing++;
        } else if (!(bits = cell_date(cells[i], &date))) {
            break;
        } else {
            out[i] = date.microseconds;
        }
        p->seen |= bits;
    }
    return i;
}

static int64_t read_missing(column_part *p, const cell *cells, int64_t count) {
    int64_t i = 0;
    while (i < count && is_missing(cells[i])) i++;
    p->missing += i;
    return i;
}

static int64_t read_texts(column_part *p, const cell *cells, int64_t count, int32_t *out) {
    p->seen |= CELL_TEXT;
    for (int64_t i = 0; i < count; i++) {
        cell c = cells[i];
        if (i && same(c, cells[i - 1])) {
            out[i] = out[i - 1];
            p->missing += out[i] < 0;
            continue;
        }
        out[i] = -1;
        if (is_missing(c)) p->missing++;
        else if ((out[i] = dictionary_add(&p->words, text_hash(c.at, c.length), c.at, c.length)) <
                 0)
            p->no_memory = true;
    }
    return count;
}

/* ---- parts ---- */

void column_look(column_part *p, const cell *cells, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        if (i && same(cells[i], cells[i - 1])) continue;
        p->seen |= cell_classify(cells[i]);
    }
}

void column_read(column_part *p, mica_column_type type, const cell *cells, int64_t count,
                 void *out) {
    int64_t done = 0;
    if (!p->failed) switch (type) {
        case MICA_COLUMN_MISSING: done = read_missing(p, cells, count); break;
        case MICA_COLUMN_BOOLEAN: done = read_booleans(p, cells, count, out); break;
        case MICA_COLUMN_INTEGER: done = read_integers(p, cells, count, out); break;
        case MICA_COLUMN_NUMBER: done = read_numbers(p, cells, count, out); break;
        case MICA_COLUMN_DATE: done = read_dates(p, cells, count, out); break;
        default: done = read_texts(p, cells, count, out); break;
        }
    if (done == count) return;
    p->failed = true;
    column_look(p, cells + done, count - done);
}

void column_part_clear(column_part *p) {
    dictionary_free(&p->words);
    *p = (column_part){0};
}

/* Large whole numbers are text, unless there is a number with a point or exponent somewhere. */
mica_column_type column_guess(int seen) {
    const int numbers = CELL_MISSING | CELL_INTEGER | CELL_NUMBER | CELL_LARGE;
    return (seen & CELL_LARGE) && !(seen & ~numbers) ? MICA_COLUMN_NUMBER : cell_type(seen);
}

mica_column_type column_type(const column_part *parts, int count, mica_column_type guess) {
    int seen = 0;
    bool failed = false;
    for (int i = 0; i < count; i++) seen |= parts[i].seen, failed |= parts[i].failed;
    mica_column_type type = cell_type(seen);
    return failed || !is_text(guess) ? type : guess;
}

/* The texts of all parts in one dictionary, and the cells its numbers. */
static bool merge_texts(table_column *c, column_part *parts, int count, const int64_t *first) {
    dictionary all = {0};
    bool ok = true;
    for (int k = 0; k < count && ok; k++) {
        const dictionary *d = &parts[k].words;
        int32_t *number = allocate(d->count + 1, sizeof *number), *cells = c->cells;
        ok = number != NULL;
        for (size_t i = 0; i < d->count && ok; i++) {
            const dictionary_entry *e = &d->entry[i];
            ok = (number[i + 1] = dictionary_add(&all, e->hash, e->at, e->length)) >= 0;
        }
        if (ok) number[0] = -1;
        if (ok && k) /* those of the first part are the same */
            for (int64_t row = first[k]; row < first[k + 1]; row++)
                cells[row] = number[cells[row] + 1];
        free(number);
    }
    ok = ok && dictionary_texts(&all, &c->texts);
    dictionary_free(&all);
    return ok;
}

bool column_merge(table_column *c, column_part *parts, int count, const int64_t *first) {
    int seen = 0;
    bool ok = true;
    c->missing = 0;
    for (int i = 0; i < count; i++) {
        seen |= parts[i].seen;
        c->missing += parts[i].missing;
        ok = ok && !parts[i].no_memory;
    }
    c->timed = seen & CELL_TIMED, c->zoned = seen & CELL_ZONED;
    if (ok && is_text(c->type)) {
        ok = merge_texts(c, parts, count, first);
        int64_t there = first[count] - c->missing;
        c->type = c->texts.count * 2 <= there ? MICA_COLUMN_CATEGORY : MICA_COLUMN_TEXT;
    }
    for (int i = 0; i < count; i++) column_part_clear(&parts[i]);
    return ok;
}

/* ---- whole tables ---- */

static mica_status make_column(table_column *c, const cell *cells, int64_t rows, int *seen,
                               const table_column *type, const char *name, mica_error *err) {
    column_part part = {0};
    if (!type) column_look(&part, cells, rows);
    if (!type && c->declared) part.seen |= CELL_TEXT;
    if (seen) *seen |= part.seen;
    c->type = type ? type->type : cell_type(part.seen);
    column_part_clear(&part);
    c->cells = allocate_aligned((size_t)rows * cell_size(c->type) + 8);
    if (!c->cells) return fail_no_memory(err, name);
    column_read(&part, c->type, cells, rows, c->cells);
    const bool other = part.failed;
    if (!column_merge(c, &part, 1, (int64_t[]){0, rows})) return fail_no_memory(err, name);
    if (other) return fail(err, MICA_IO, "%s: it changed while it was read", name);
    if (type) c->type = type->type, c->timed = type->timed, c->zoned = type->zoned;
    return MICA_OK;
}

mica_status table_of_cells(mica_table *t, const cell *cells, int64_t rows, const cell_reading *how,
                           const char *name, mica_error *err) {
    t->rows = rows;
    for (int i = 0; i < t->count; i++)
        TRY(make_column(&t->column[i], cells + i * rows, rows, how->seen ? &how->seen[i] : NULL,
                        how->types ? &how->types->column[i] : NULL, name, err));
    return MICA_OK;
}
