/* The columns of CSV: see csv_parse.h.  Types are guessed from some rows of every piece; each piece
 * is read in batches, cell positions first, then column by column. Columns that turn out otherwise
 * are read a second time. */
#include "codec/csv_parse.h"

#include <stdlib.h>

enum { BATCH_CELLS = 1 << 15, MOST_BATCH = 1024, LOOKED = 32, LOOKED_CELLS = 20000 };

/* What a thread needs for a batch. */
typedef struct batch {
    int64_t rows; /* for how many there is room */
    uint32_t *start, *ends;
    cell *cells;
} batch;

typedef struct parsing {
    const csv_text *csv;
    csv_piece *pieces;
    int count; /* pieces */
    mica_table *t;
    column_part *part; /* [column * count + piece] */
    const int *column; /* those to read */
    int columns;
    const csv_reading *how;
} parsing;

static bool is_wanted(const parsing *p, int column) {
    return !p->how->wanted || p->how->wanted[column];
}

static bool batch_open(batch *b, const csv_text *csv, int64_t most) {
    size_t columns = (size_t)csv->columns;
    int64_t rows = BATCH_CELLS / csv->columns;
    b->rows = rows < 1 ? 1 : rows > most ? most : rows;
    b->start = malloc(((size_t)b->rows + 1) * sizeof *b->start);
    b->ends = malloc((((size_t)b->rows + 1) * columns + 128) * sizeof *b->ends);
    b->cells = malloc((size_t)b->rows * sizeof *b->cells);
    return b->start && b->ends && b->cells;
}

static void batch_close(batch *b) {
    free(b->start);
    free(b->ends);
    free(b->cells);
}

/* The cells of one column of a batch. */
static bool take_cells(const csv_scan *s, batch *b, int64_t rows, int column, arena *a) {
    const size_t columns = (size_t)s->csv->columns;
    const uint32_t *end = b->ends + column;
    const char *base = s->begin;
    if (column == 0)
        for (int64_t r = 0; r < rows; r++, end += columns)
            b->cells[r] = (cell){base + b->start[r], *end - b->start[r]};
    else
        for (int64_t r = 0; r < rows; r++, end += columns)
            b->cells[r] = (cell){base + end[-1] + 1, *end - end[-1] - 1};
    if (column + 1 == s->csv->columns)
        for (int64_t r = 0; r < rows; r++)
            if (b->cells[r].length && b->cells[r].at[b->cells[r].length - 1] == '\r')
                b->cells[r].length--;
    bool ok = true;
    for (int64_t r = 0; r < rows && s->csv->quoted; r++) ok = csv_unquote(&b->cells[r], a) && ok;
    return ok;
}

/* ---- the guess ---- */

/* Errors wait for the reading, which knows them all. */
static void look_at_piece(parsing *p, csv_piece *piece, batch *b, int64_t rows) {
    csv_scan s;
    int64_t got;
    arena a = {0};
    csv_scan_begin(&s, p->csv, piece->begin, piece->end);
    if (csv_scan_rows(&s, rows, b->start, b->ends, &got, NULL) == MICA_OK)
        for (int i = 0; i < p->csv->columns; i++)
            if (take_cells(&s, b, got, i, &a)) column_look(&p->part[i * p->count], b->cells, got);
    arena_free(&a);
}

static bool guess_types(parsing *p) {
    batch b = {0};
    int64_t rows = LOOKED_CELLS / p->csv->columns;
    rows = rows < 2 ? 2 : rows > LOOKED ? LOOKED : rows;
    bool ok = batch_open(&b, p->csv, rows);
    if (ok && rows > b.rows) rows = b.rows;
    for (int k = 0; k < p->count && ok; k++) look_at_piece(p, &p->pieces[k], &b, rows);
    batch_close(&b);
    for (int i = 0; i < p->csv->columns; i++) {
        column_part *seen = &p->part[i * p->count];
        const int declared = p->t->column[i].declared ? CELL_TEXT : 0;
        p->t->column[i].type = column_guess(seen->seen | declared);
        column_part_clear(seen);
    }
    return ok;
}

/* ---- reading ---- */

static mica_status read_batches(parsing *p, int k, batch *b, mica_error *err) {
    csv_piece *piece = &p->pieces[k];
    csv_scan s;
    csv_scan_begin(&s, p->csv, piece->begin, piece->end);
    piece->rows = 0;
    for (int64_t got = b->rows; got == b->rows; piece->rows += got) {
        TRY(csv_scan_rows(&s, b->rows, b->start, b->ends, &got, err));
        int64_t row = piece->first + piece->rows;
        for (int i = 0; i < p->columns && got; i++) {
            const table_column *c = &p->t->column[p->column[i]];
            if (!take_cells(&s, b, got, p->column[i], &piece->unquoted))
                return fail_no_memory(err, p->csv->name);
            column_read(&p->part[p->column[i] * p->count + k], c->type, b->cells, got,
                        (char *)c->cells + (size_t)row * cell_size(c->type));
        }
    }
    return MICA_OK;
}

static void read_pieces(void *arg, int64_t begin, int64_t end) {
    parsing *p = arg;
    for (int k = (int)begin; k < end; k++) {
        batch b = {0};
        mica_error *err = &p->pieces[k].err;
        if (!batch_open(&b, p->csv, MOST_BATCH)) fail_no_memory(err, p->csv->name);
        else read_batches(p, k, &b, err);
        batch_close(&b);
    }
}

static mica_status read_columns(parsing *p, team *team, mica_error *err) {
    parallel_for(team, p->count, 1, read_pieces, p);
    for (int k = 0; k < p->count; k++)
        if (p->pieces[k].err.code)
            return fail(err, p->pieces[k].err.code, "%s", p->pieces[k].err.message);
    return MICA_OK;
}

/* One block for the cells of all columns: large, so that its pages are. */
static bool make_cells(mica_table *t, int64_t rows) {
    size_t size = 64;
    for (int i = 0; i < t->count; i++) {
        size_t each = ((size_t)rows * cell_size(t->column[i].type) + 63) & ~(size_t)63;
        if (each > SIZE_MAX / 2 - size) return false;
        size += each;
    }
    if (!(t->block = allocate_aligned(size))) return false;
    t->block_size = size;
    size_t at = 0;
    for (int i = 0; i < t->count; i++) {
        t->column[i].cells = (char *)t->block + at;
        at += ((size_t)rows * cell_size(t->column[i].type) + 63) & ~(size_t)63;
    }
    return true;
}

/* The columns whose type is not the guess, ready for another read. */
static bool take_types(parsing *p, int64_t rows, int *again, int *count) {
    *count = 0;
    for (int i = 0; i < p->csv->columns; i++) {
        table_column *c = &p->t->column[i];
        column_part *parts = &p->part[i * p->count];
        mica_column_type type = column_type(parts, p->count, c->type);
        for (int k = 0; k < p->count && p->how->seen; k++) p->how->seen[i] |= parts[k].seen;
        if (type == c->type) continue;
        for (int k = 0; k < p->count; k++) column_part_clear(&parts[k]);
        column_clear(p->t, i);
        c->type = type;
        c->cells = allocate_aligned((size_t)rows * cell_size(type) + 64);
        if (!c->cells) return false;
        again[(*count)++] = i;
    }
    return true;
}

/* ---- the end ---- */

/* Blank lines left gaps: the rows of later pieces move down. */
static void close_gaps(parsing *p, int64_t *first) {
    first[0] = 0;
    for (int k = 0; k < p->count; k++) first[k + 1] = first[k] + p->pieces[k].rows;
    p->t->rows = first[p->count];
    for (int i = 0; i < p->csv->columns; i++) {
        table_column *c = &p->t->column[i];
        size_t each = cell_size(c->type);
        for (int k = 0; k < p->count; k++) {
            const csv_piece *from = &p->pieces[k];
            if (first[k] != from->first)
                memmove((char *)c->cells + (size_t)first[k] * each,
                        (char *)c->cells + (size_t)from->first * each, (size_t)from->rows * each);
        }
    }
}

typedef struct merging {
    parsing *p;
    const int64_t *first;
    bool *ok;
} merging;

static void merge_columns(void *arg, int64_t begin, int64_t end) {
    merging *m = arg;
    for (int64_t i = begin; i < end; i++)
        m->ok[i] = !is_wanted(m->p, (int)i) ||
                   column_merge(&m->p->t->column[i], &m->p->part[i * m->p->count], m->p->count,
                                m->first);
}

static bool merge(parsing *p, team *team, int64_t *first) {
    merging m = {p, first, allocate((size_t)p->csv->columns, sizeof *m.ok)};
    if (!m.ok) return false;
    parallel_for(team, p->csv->columns, 1, merge_columns, &m);
    bool ok = true;
    for (int i = 0; i < p->csv->columns; i++) ok = ok && m.ok[i];
    free(m.ok);
    return ok;
}

/* Cells that are not of the type that all were of when they were read before. */
static mica_status check_types(const parsing *p, mica_error *err) {
    for (int i = 0; i < p->csv->columns * p->count; i++)
        if (p->part[i].failed)
            return fail(err, MICA_IO, "%s: it changed while it was read", p->csv->name);
    return MICA_OK;
}

static mica_status parse(parsing *p, int64_t rows, team *team, int *list, int64_t *first,
                         mica_error *err) {
    const char *name = p->csv->name;
    int again;
    for (int i = 0; i < p->csv->columns; i++)
        if (is_wanted(p, i)) list[p->columns++] = i;
    p->column = list;
    if (!(p->how->typed || guess_types(p)) || !make_cells(p->t, rows))
        return fail_no_memory(err, name);
    TRY(read_columns(p, team, err));
    if (p->how->typed) {
        TRY(check_types(p, err));
    } else {
        if (!take_types(p, rows, list, &again)) return fail_no_memory(err, name);
        p->columns = again;
        if (again) TRY(read_columns(p, team, err));
    }
    close_gaps(p, first);
    return merge(p, team, first) ? MICA_OK : fail_no_memory(err, name);
}

mica_status csv_parse(const csv_text *csv, csv_piece *pieces, int count, int64_t rows, team *team,
                      mica_table *t, const csv_reading *how, mica_error *err) {
    size_t columns = (size_t)csv->columns, parts = columns * (size_t)count;
    parsing p = {.csv = csv, .pieces = pieces, .count = count, .t = t, .how = how};
    p.part = allocate(parts, sizeof *p.part);
    int *list = allocate(columns, sizeof *list);
    int64_t *first = allocate((size_t)count + 1, sizeof *first);
    mica_status status = p.part && list && first ? parse(&p, rows, team, list, first, err)
                                                 : fail_no_memory(err, csv->name);
    for (size_t i = 0; i < parts && p.part; i++) column_part_clear(&p.part[i]);
    for (int k = 0; k < count; k++) arena_free(&pieces[k].unquoted);
    free(p.part);
    free(list);
    free(first);
    return status;
}
