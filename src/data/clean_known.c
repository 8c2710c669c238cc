/* Cleaning later tables as the training's: see clean_known.h. */
#include "data/clean_known.h"

#include "data/tabular.h"
#include "table/cell.h"
#include "transform/repair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

mica_column_type known_type(const cleaned_column *d) {
    if (d->looked && d->repair.type != MICA_COLUMN_TEXT) return type_of_repaired(&d->repair);
    return d->spelled_type;
}

bool known_wants_texts(const cleaned_column *d) {
    return is_text(d->before) && (!is_text(known_type(d)) || d->o.na_values.count);
}

const cleaned_column *known_column(const known_cleaning *k, const char *name) {
    for (int i = 0; i < k->count; i++)
        if (!strcmp(k->name[i], name)) return &k->column[i];
    return NULL;
}

/* ---- cells ---- */

static bool read_cell(mica_column_type type, cell c, repaired_value *v) {
    date_value date;
    if (type == MICA_COLUMN_BOOLEAN) return cell_boolean(c, &v->truth);
    if (type != MICA_COLUMN_DATE) return cell_number(c, &v->number) != 0;
    if (!cell_date(c, &date)) return false;
    v->date = date.microseconds;
    return true;
}

mica_status known_read(const cleaned_column *d, spelling *s, strbuf *room, const char *text,
                       size_t length, known_cell *out, mica_error *err) {
    static const char margin[CELL_MARGIN];
    strbuf made = {0};
    *out = (known_cell){.is = KNOWN_WRONG};
    const mica_status status = clean_spell(s, text, length, &made, err);
    if (status != MICA_OK) return strbuf_free(&made), status;
    room->length = 0;
    strbuf_put(room, margin, CELL_MARGIN);
    strbuf_put(room, made.data ? made.data : "", made.length);
    strbuf_put(room, margin, CELL_MARGIN);
    const bool failed = made.failed || room->failed;
    const cell c = {room->data + CELL_MARGIN, made.length};
    strbuf_free(&made);
    if (failed) return fail_no_memory(err, "clean");
    const bool repairs = d->looked && d->repair.type != MICA_COLUMN_TEXT;
    if (cell_is_missing(c.at, c.length)) out->is = KNOWN_MISSING;
    else if (repairs ? repair_read(&d->repair, c.at, c.length, &out->value)
                     : read_cell(known_type(d), c, &out->value))
        out->is = KNOWN_VALUE;
    else if (!strcmp(d->o.unrepaired, "missing")) out->is = KNOWN_MISSING;
    return MICA_OK;
}

/* ---- columns of texts ---- */

/* The type of the new cells: whole numbers where all are. */
static mica_column_type type_of_cells(const cleaned_column *d, const known_cell *cells,
                                      int32_t count) {
    mica_column_type type = known_type(d);
    for (int32_t k = 0; k < count && type == MICA_COLUMN_INTEGER; k++)
        if (cells[k].is == KNOWN_VALUE && !is_whole(cells[k].value.number))
            type = MICA_COLUMN_NUMBER;
    return type;
}

static void put(mica_column_type type, const known_cell *c, int64_t row, void *to) {
    const bool there = c && c->is == KNOWN_VALUE;
    if (type == MICA_COLUMN_BOOLEAN) ((int8_t *)to)[row] = there ? c->value.truth : -1;
    else if (type == MICA_COLUMN_DATE)
        ((int64_t *)to)[row] = there ? c->value.date : MISSING_INTEGER;
    else if (type == MICA_COLUMN_INTEGER)
        ((int64_t *)to)[row] = there ? (int64_t)c->value.number : MISSING_INTEGER;
    else ((double *)to)[row] = there ? c->value.number : NAN;
}

static mica_status fail_wrong(const mica_table *t, int i, int64_t row, mica_column_type type,
                              const char *name, mica_error *err) {
    size_t length;
    const table_column *c = &t->column[i];
    const char *text = text_at(&c->texts, ((int32_t *)c->cells)[row], &length);
    return fail(err, MICA_VALUE,
                "%s: column %s: the cell in data row %lld is '%.*s', expected a %s, which clean "
                "made of the training part's cells",
                name, c->name, (long long)row + 1, (int)(length > 60 ? 60 : length), text,
                mica_column_type_name(type));
}

static mica_status replace(mica_table *t, int i, const cleaned_column *d, const known_cell *cells,
                           const char *name, mica_error *err) {
    const table_column *c = &t->column[i];
    const int32_t *codes = c->cells;
    const mica_column_type type = type_of_cells(d, cells, c->texts.count);
    for (int64_t row = 0; row < t->rows; row++)
        if (codes[row] >= 0 && cells[codes[row]].is == KNOWN_WRONG)
            return fail_wrong(t, i, row, type, name, err);
    void *made = column_room(type, t->rows);
    if (!made) return fail_no_memory(err, name);
    for (int64_t row = 0; row < t->rows; row++)
        put(type, codes[row] < 0 ? NULL : &cells[codes[row]], row, made);
    column_set(t, i, type, made);
    t->column[i].timed = d->looked ? d->repair.timed : d->spelled.timed;
    t->column[i].zoned = !d->looked && d->spelled.zoned;
    return MICA_OK;
}

static mica_status read_column(mica_table *t, int i, const cleaned_column *d, const char *name,
                               mica_error *err) {
    const table_texts *texts = &t->column[i].texts;
    spelling s = spelling_of(&d->o);
    strbuf room = {0};
    size_t length;
    known_cell *cells = allocate((size_t)texts->count + 1, sizeof *cells);
    mica_status status = cells ? MICA_OK : fail_no_memory(err, name);
    for (int32_t k = 0; k < texts->count && status == MICA_OK; k++) {
        const char *text = text_at(texts, k, &length);
        status = known_read(d, &s, &room, text, length, &cells[k], err);
    }
    if (status == MICA_OK) status = replace(t, i, d, cells, name, err);
    strbuf_free(&s.normal), strbuf_free(&room);
    free(cells);
    return status;
}

/* ---- columns of another type than in the training ---- */

/* Without any cell it is of the type that the training's had. */
static mica_status retype_missing(mica_table *t, int i, mica_column_type type, mica_error *err) {
    text_maker none = {0};
    if (type == MICA_COLUMN_MISSING) return MICA_OK;
    void *cells = column_room(type, t->rows);
    if (!cells) return fail_no_memory(err, "clean");
    for (int64_t row = 0; row < t->rows; row++)
        if (is_text(type)) ((int32_t *)cells)[row] = -1;
        else put(type, NULL, row, cells);
    if (!is_text(type)) return column_set(t, i, type, cells), MICA_OK;
    return column_set_texts(t, i, cells, &none) ? MICA_OK : fail_no_memory(err, "clean");
}

/* 7 where the training had texts: "7". */
static mica_status retype_as_texts(mica_table *t, int i, mica_error *err) {
    text_maker texts = {0};
    int32_t *codes = column_room(MICA_COLUMN_TEXT, t->rows);
    bool done = codes != NULL;
    for (int64_t row = 0; row < t->rows && done; row++) {
        codes[row] = -1;
        if (cell_missing(&t->column[i], row)) continue;
        char *text = tabular_text(t, i, row);
        done = text && (codes[row] = text_maker_add(&texts, text, strlen(text))) >= 0;
        free(text);
    }
    if (done) done = column_set_texts(t, i, codes, &texts), codes = NULL;
    release_aligned(codes);
    text_maker_free(&texts);
    return done ? MICA_OK : fail_no_memory(err, "clean");
}

/* 20240305, which the training took for days. */
static mica_status read_whole_dates(mica_table *t, int i, const char *name, mica_error *err) {
    const int64_t *from = t->column[i].cells;
    int64_t *made = column_room(MICA_COLUMN_DATE, t->rows);
    if (!made) return fail_no_memory(err, name);
    for (int64_t row = 0; row < t->rows; row++) {
        made[row] = MISSING_INTEGER;
        if (from[row] == MISSING_INTEGER || repair_whole_date(from[row], &made[row])) continue;
        release_aligned(made);
        return fail(err, MICA_VALUE,
                    "%s: column %s: the cell in data row %lld is %lld, expected a date such as "
                    "20240305, which clean made of the training part's cells",
                    name, t->column[i].name, (long long)row + 1, (long long)from[row]);
    }
    column_set(t, i, MICA_COLUMN_DATE, made);
    return MICA_OK;
}

static mica_status read_as_known(cleaning *c, int i, const char *name, mica_error *err) {
    cleaned_column *d = &c->column[i];
    mica_table *t = c->held;
    const mica_column_type type = known_type(d), found = t->column[i].type;
    if (found == MICA_COLUMN_MISSING) return retype_missing(t, i, type, err);
    if (is_text(type) && !is_text(found)) TRY(retype_as_texts(t, i, err));
    if (is_text(t->column[i].type)) {
        d->before = t->column[i].type;
        if (!is_text(type))
            return d->looked || is_spelled(d) ? read_column(t, i, d, name, err) : MICA_OK;
        if (!is_spelled(d)) return MICA_OK;
        spelling s = spelling_of(&d->o);
        mica_status status = column_change_texts(t, i, clean_spell, &s, &d->texts, err);
        strbuf_free(&s.normal);
        return status;
    }
    const bool dates = type == MICA_COLUMN_DATE && found == MICA_COLUMN_INTEGER;
    return dates && d->looked ? read_whole_dates(t, i, name, err) : MICA_OK;
}

/* ---- the whole ---- */

mica_status known_begin(const known_cleaning *k, const mica_table *t, const char *name, cleaning *c,
                        mica_error *err) {
    if (!c->held) TRY(table_pick(t, NULL, 0, NULL, 0, &c->held, err));
    if (!c->head) c->head = t;
    c->later = true;
    c->column = allocate((size_t)t->count + 1, sizeof *c->column);
    if (!c->column) return fail_no_memory(err, name);
    for (int i = 0; i < t->count; i++) {
        const cleaned_column *d = known_column(k, t->column[i].name);
        c->column[i] = d ? *d : (cleaned_column){.type = t->column[i].type, .left_out = true};
        if (d) TRY(read_as_known(c, i, name, err));
        c->column[i].carried = NULL;
    }
    return MICA_OK;
}

/* What a column has that is not of the training's type is told when it is read. */
static bool same_kind(const cleaned_column *d, mica_column_type type) {
    return is_text(d->type) == is_text(type) &&
           (d->type == MICA_COLUMN_DATE) == (type == MICA_COLUMN_DATE);
}

mica_status known_fill(cleaning *c, mica_error *err) {
    const mica_table *t = c->held;
    for (int i = 0; i < t->count; i++) {
        cleaned_column *d = &c->column[i];
        if (d->type == MICA_COLUMN_MISSING) d->type = MICA_COLUMN_NUMBER;
        if (!d->left_out && !same_kind(d, t->column[i].type)) d->left_out = true;
    }
    return clean_fill.apply(c, &c->held, err);
}

mica_status known_clean(const known_cleaning *k, const mica_table *t, const char *name,
                        mica_table **out, mica_error *err) {
    cleaning c = {.head = t};
    *out = NULL;
    if (!k->count) return MICA_OK;
    mica_status status = known_begin(k, t, name, &c, err);
    if (status == MICA_OK) status = limit_columns(&c, c.held, false, err);
    if (status == MICA_OK) status = known_fill(&c, err);
    if (status == MICA_OK) *out = c.held, c.held = NULL;
    cleaning_free(&c);
    return status;
}
