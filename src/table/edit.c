/* Tables of tables: see edit.h. */
#include "table/edit.h"

#include "table/cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int32_t text_maker_add(text_maker *m, const char *text, size_t length) {
    size_t before = m->words.count;
    char small[64 + 2 * CELL_MARGIN] = {0}, *own = small;
    if (length > 64 && !(own = arena_take(&m->bytes, length + 2 * CELL_MARGIN))) return -1;
    if (length) memcpy(own + CELL_MARGIN, text, length);
    int32_t number = dictionary_add(&m->words, text_hash(own + CELL_MARGIN, length),
                                    own + CELL_MARGIN, length);
    if (number < 0 || m->words.count == before || own != small) return number;
    own = arena_copy(&m->bytes, small, length + 2 * CELL_MARGIN);
    if (!own) return -1;
    m->words.entry[number].at = own + CELL_MARGIN;
    return number;
}

void text_maker_free(text_maker *m) {
    dictionary_free(&m->words);
    arena_free(&m->bytes);
}

/* ---- columns ---- */

void *column_room(mica_column_type type, int64_t rows) {
    return allocate_aligned((size_t)rows * cell_size(type) + CELL_MARGIN);
}

int64_t column_missing(const table_column *c, int64_t rows) {
    int64_t missing = 0;
    for (int64_t i = 0; i < rows; i++) missing += cell_missing(c, i);
    return missing;
}

void column_set(mica_table *t, int i, mica_column_type type, void *cells) {
    table_column *c = &t->column[i];
    column_clear(t, i);
    c->type = type;
    c->cells = cells;
    c->missing = column_missing(c, t->rows);
}

bool column_set_texts(mica_table *t, int i, int32_t *codes, text_maker *m) {
    table_texts texts;
    bool done = dictionary_texts(&m->words, &texts);
    text_maker_free(m);
    *m = (text_maker){0};
    column_set(t, i, MICA_COLUMN_TEXT, codes);
    table_column *c = &t->column[i];
    c->texts = texts;
    if (texts.count * 2 <= t->rows - c->missing) c->type = MICA_COLUMN_CATEGORY;
    if (c->missing == t->rows) c->type = MICA_COLUMN_CATEGORY; /* as a column without a text */
    return done;
}

/* ---- rows ---- */

#define GATHER(type, missing)                                                                      \
    do {                                                                                           \
        const type *from_ = from->cells;                                                           \
        type *to_ = to->cells;                                                                     \
        for (int64_t k = 0; k < count; k++) to_[k] = rows[k] < 0 ? (missing) : from_[rows[k]];     \
    } while (0)

static void gather(const table_column *from, table_column *to, const int64_t *rows, int64_t count) {
    if (!rows) {
        if (count) memcpy(to->cells, from->cells, (size_t)count * cell_size(from->type));
        return;
    }
    switch (from->type) {
    case MICA_COLUMN_MISSING: break;
    case MICA_COLUMN_BOOLEAN: GATHER(int8_t, -1); break;
    case MICA_COLUMN_NUMBER: GATHER(double, NAN); break;
    case MICA_COLUMN_INTEGER:
    case MICA_COLUMN_DATE: GATHER(int64_t, MISSING_INTEGER); break;
    default: GATHER(int32_t, -1); break;
    }
}

/* The texts that cells still name, in the order of their first cell. */
static bool keep_texts(const table_texts *from, table_column *to, int64_t rows) {
    int32_t *number = allocate((size_t)from->count + 1, sizeof *number), *cells = to->cells;
    uint64_t *offset = allocate((size_t)from->count + 1, sizeof *offset);
    char *bytes = malloc((size_t)from->offset[from->count] + CELL_MARGIN);
    size_t length;
    if (!number || !offset || !bytes) {
        free(number), free(offset), free(bytes);
        return false;
    }
    to->texts = (table_texts){0, offset, bytes};
    for (int64_t i = 0; i < rows; i++) {
        if (cells[i] < 0) continue;
        int32_t *new = &number[cells[i]]; /* from 1 */
        if (!*new) {
            const char *at = text_at(from, cells[i], &length);
            memcpy(bytes + offset[to->texts.count], at, length);
            offset[to->texts.count + 1] = offset[to->texts.count] + length;
            *new = (int32_t)++to->texts.count;
        }
        cells[i] = *new - 1;
    }
    free(number);
    return true;
}

static bool pick_column(const mica_table *t, int from, mica_table *out, int to,
                        const int64_t *rows) {
    const table_column *c = &t->column[from];
    table_column *made = &out->column[to];
    made->type = c->type, made->timed = c->timed, made->zoned = c->zoned;
    made->cells = column_room(c->type, out->rows);
    if (!made->cells || !table_set_name(out, to, c->name, strlen(c->name))) return false;
    gather(c, made, rows, out->rows);
    made->missing = column_missing(made, out->rows);
    return !is_text(c->type) || keep_texts(&c->texts, made, out->rows);
}

mica_status table_pick(const mica_table *t, const int *columns, int column_count,
                       const int64_t *rows, int64_t row_count, mica_table **out, mica_error *err) {
    int count = columns ? column_count : t->count;
    mica_table *made = table_new(count);
    bool done = made != NULL;
    if (made) made->rows = rows ? row_count : t->rows;
    for (int i = 0; i < count && done; i++)
        done = pick_column(t, columns ? columns[i] : i, made, i, rows);
    if (done) return *out = made, MICA_OK;
    mica_table_destroy(&made);
    return fail_no_memory(err, "a table of picked rows");
}

mica_status table_with_integers(const mica_table *t, const char *name, int64_t *cells,
                                mica_table **out, mica_error *err) {
    mica_table *made = table_new(t->count + 1);
    bool done = made != NULL;
    if (made) made->rows = t->rows;
    for (int i = 0; i < t->count && done; i++) {
        done = pick_column(t, i, made, i, NULL);
        made->column[i].declared = t->column[i].declared;
    }
    if (done && table_set_name(made, t->count, name, strlen(name))) {
        column_set(made, t->count, MICA_COLUMN_INTEGER, cells);
        return *out = made, MICA_OK;
    }
    free(cells);
    mica_table_destroy(&made);
    return fail_no_memory(err, "a table with one column more");
}

mica_status table_without(const mica_table *t, const bool *leave_out, mica_table **out,
                          mica_error *err) {
    int64_t *rows = allocate((size_t)t->rows + 1, sizeof *rows), count = 0;
    if (!rows) return fail_no_memory(err, "a table of fewer rows");
    for (int64_t i = 0; i < t->rows; i++)
        if (!leave_out[i]) rows[count++] = i;
    mica_status status = table_pick(t, NULL, 0, rows, count, out, err);
    free(rows);
    return status;
}

bool table_set_report(mica_table *t, const json_t *report) {
    char *text = config_text(report);
    t->report = text ? arena_text(&t->names, text) : NULL;
    free(text);
    return t->report != NULL;
}

mica_status table_end_report(mica_table **t, json_t *report, mica_status status, mica_error *err) {
    if (status == MICA_OK && !table_set_report(*t, report))
        status = fail_no_memory(err, "a report");
    if (status != MICA_OK) mica_table_destroy(t);
    json_decref(report);
    return status;
}

/* ---- texts ---- */

typedef struct changing {
    text_change *change;
    void *arg;
    text_maker from, to;
    int32_t *number; /* of each text in `from`: that in `to`, -1 missing */
    bool *differs;
    size_t number_room, differs_room;
    strbuf out;
} changing;

/* The number that the text has become. */
static mica_status change_text(changing *g, const char *text, size_t length, int32_t *number,
                               bool *differs, mica_error *err) {
    size_t known = g->from.words.count;
    int32_t i = text_maker_add(&g->from, text, length);
    if (i < 0) return fail_no_memory(err, "texts");
    if ((size_t)i == known) {
        if (!grow(&g->number, &g->number_room, known + 1, sizeof *g->number) ||
            !grow(&g->differs, &g->differs_room, known + 1, sizeof *g->differs))
            return fail_no_memory(err, "texts");
        g->out.length = 0;
        TRY(g->change(g->arg, text, length, &g->out, err));
        if (g->out.failed) return fail_no_memory(err, "texts");
        const char *made = g->out.length ? g->out.data : "";
        bool missing = cell_is_missing(made, g->out.length);
        g->number[i] = missing ? -1 : text_maker_add(&g->to, made, g->out.length);
        if (!missing && g->number[i] < 0) return fail_no_memory(err, "texts");
        g->differs[i] = g->out.length != length || memcmp(made, text, length);
    }
    *number = g->number[i];
    *differs = g->differs[i];
    return MICA_OK;
}

static mica_status change_cells(changing *g, const mica_table *t, int i, int32_t *codes,
                                int64_t *changed, mica_error *err) {
    const table_column *c = &t->column[i];
    char own[64];
    for (int64_t row = 0; row < t->rows; row++) {
        size_t length;
        bool differs = false;
        codes[row] = -1;
        if (cell_missing(c, row)) continue;
        const char *text = own;
        if (is_text(c->type)) text = text_at(&c->texts, ((int32_t *)c->cells)[row], &length);
        else length = mica_table_text(t, i, row, own, sizeof own);
        TRY(change_text(g, text, length, &codes[row], &differs, err));
        *changed += differs;
    }
    return MICA_OK;
}

mica_status column_change_texts(mica_table *t, int i, text_change *change, void *arg,
                                int64_t *changed, mica_error *err) {
    changing g = {.change = change, .arg = arg};
    int32_t *codes = column_room(MICA_COLUMN_TEXT, t->rows);
    int64_t differing = 0;
    mica_status status = codes ? MICA_OK : fail_no_memory(err, "texts");
    if (status == MICA_OK) status = change_cells(&g, t, i, codes, &differing, err);
    if (status == MICA_OK && differing) {
        if (!column_set_texts(t, i, codes, &g.to)) status = fail_no_memory(err, "texts");
        codes = NULL;
    }
    *changed += differing;
    release_aligned(codes);
    text_maker_free(&g.from), text_maker_free(&g.to);
    free(g.number), free(g.differs);
    strbuf_free(&g.out);
    return status;
}

/* ---- as numbers ---- */

void column_numbers(const mica_table *t, int i, double *out) {
    const table_column *c = &t->column[i];
    for (int64_t row = 0; row < t->rows; row++) {
        if (cell_missing(c, row) || is_text(c->type)) out[row] = NAN;
        else if (c->type == MICA_COLUMN_NUMBER) out[row] = ((double *)c->cells)[row];
        else if (c->type == MICA_COLUMN_BOOLEAN) out[row] = ((int8_t *)c->cells)[row];
        else out[row] = (double)((int64_t *)c->cells)[row];
    }
}

void column_keys(const mica_table *t, int i, int64_t *out) {
    const table_column *c = &t->column[i];
    for (int64_t row = 0; row < t->rows; row++) {
        if (c->type == MICA_COLUMN_MISSING) out[row] = -1;
        else if (c->type == MICA_COLUMN_BOOLEAN) out[row] = ((int8_t *)c->cells)[row] + INT64_C(0);
        else if (is_text(c->type)) out[row] = ((int32_t *)c->cells)[row];
        else if (c->type == MICA_COLUMN_NUMBER) {
            double x = ((double *)c->cells)[row];
            x = x == x ? x + 0.0 : NAN; /* one NaN, one zero */
            memcpy(&out[row], &x, sizeof x);
        } else out[row] = ((int64_t *)c->cells)[row];
    }
}
