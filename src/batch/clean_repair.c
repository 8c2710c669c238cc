/* Texts of a column in one spelling, and as what they are: see clean_table.h, transform/repair.h.
 * A column's different texts are looked at, then its cells are read. */
#include "batch/clean_table.h"

#include "table/columns.h"
#include "transform/fold_text.h"
#include "transform/normal_form.h"
#include "transform/repair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- spelling ---- */

typedef struct spelling {
    normal_form form;
    folding folding;
    strbuf normal; /* the text in that form */
    const mica_texts *na;
} spelling;

static mica_status spell(void *arg, const char *text, size_t length, strbuf *out, mica_error *err) {
    spelling *s = arg;
    if (s->form != FORM_NONE) {
        s->normal.length = 0;
        normal_form_put(s->form, text, length, &s->normal);
        if (s->normal.failed) return fail_no_memory(err, "clean");
        text = s->normal.data ? s->normal.data : "", length = s->normal.length;
    }
    fold_text(&s->folding, text, length, out);
    for (int i = 0; i < s->na->count; i++)
        if (strlen(s->na->values[i]) == out->length &&
            !memcmp(s->na->values[i], out->data ? out->data : "", out->length))
            out->length = 0;
    return MICA_OK;
}

/* The types of texts that changed are found anew: what is left may be numbers. */
static mica_status find_type(mica_table *t, int i, mica_error *err) {
    enum { MARGIN = 8 }; /* bytes before and behind cells that may be read */
    const table_column *c = &t->column[i];
    const table_texts *texts = &c->texts;
    char *bytes = allocate((size_t)texts->offset[texts->count] + 2 * MARGIN + 1, 1);
    cell *cells = allocate((size_t)t->rows + 1, sizeof *cells);
    column_part part = {0};
    bool done = bytes && cells;
    if (done) memcpy(bytes + MARGIN, texts->bytes, (size_t)texts->offset[texts->count]);
    for (int64_t row = 0; row < t->rows && done; row++) {
        int32_t code = ((int32_t *)c->cells)[row];
        if (code < 0) cells[row] = (cell){bytes + MARGIN, 0};
        else
            cells[row] = (cell){bytes + MARGIN + texts->offset[code],
                                (size_t)(texts->offset[code + 1] - texts->offset[code])};
    }
    if (done) column_look(&part, cells, t->rows);
    mica_column_type type = cell_type(part.seen);
    column_part_clear(&part);
    if (done && !is_text(type)) {
        void *made = column_room(type, t->rows);
        done = made != NULL;
        if (done) {
            column_read(&part, type, cells, t->rows, made);
            column_set(t, i, type, made);
            t->column[i].timed = part.seen & CELL_TIMED,
            t->column[i].zoned = part.seen & CELL_ZONED;
            column_part_clear(&part);
        }
    }
    free(bytes);
    free(cells);
    return done ? MICA_OK : fail_no_memory(err, "clean");
}

mica_status clean_texts(cleaning *c, int i, mica_error *err) {
    const mica_clean_options *o = &c->column[i].o;
    letter_case letters = !strcmp(o->letters, "lower")   ? CASE_LOWER
                          : !strcmp(o->letters, "upper") ? CASE_UPPER
                                                         : CASE_KEEP;
    spelling s = {normal_form_by_name(o->normalize),
                  {o->trim, o->spaces, o->width, letters},
                  {0},
                  &o->na_values};
    TRY(normal_form_supported(s.form, "clean", err));
    if (!is_text(c->t->column[i].type)) return MICA_OK;
    if (!s.form && !o->trim && !o->spaces && !o->width && letters == CASE_KEEP &&
        !o->na_values.count)
        return MICA_OK;
    mica_status status = column_change_texts(c->t, i, spell, &s, &c->column[i].texts, err);
    strbuf_free(&s.normal);
    TRY(status);
    return c->column[i].texts ? find_type(c->t, i, err) : MICA_OK;
}

/* ---- repair ---- */

/* What a column's texts are, counted by cells. */
typedef struct evidence {
    int64_t numbers, dates, booleans, there;
    bool point, comma, day_first, month_first, truth[2];
} evidence;

static void look(evidence *e, const char *text, size_t length, int64_t cells) {
    int decimal = repair_decimal(text, length), order = repair_date_order(text, length),
        truth = repair_boolean(text, length);
    e->there += cells;
    if (decimal >= 0) e->numbers += cells;
    if (order >= 0) e->dates += cells;
    if (truth >= 0) e->booleans += cells, e->truth[truth] = true;
    e->point |= decimal == '.', e->comma |= decimal == ',';
    e->day_first |= order == 'd', e->month_first |= order == 'm';
}

typedef struct repaired {
    mica_column_type type; /* TEXT: it stays */
    char decimal, order;
} repaired;

/* Dates whose order nothing tells stay texts. */
static char order_of(const mica_clean_options *o, const evidence *e) {
    if (strcmp(o->date_order, "auto")) return o->date_order[0];
    return e->day_first == e->month_first ? 0 : e->day_first ? 'd' : 'm';
}

static repaired decide(const mica_clean_options *o, const evidence *e) {
    bool some = !strcmp(o->unrepaired, "missing"), given = strcmp(o->decimal, "auto");
    repaired r = {MICA_COLUMN_TEXT, given ? o->decimal[0] : e->comma ? ',' : '.', order_of(o, e)};
    int64_t enough = some ? e->there / 2 + 1 : e->there;
    if (!e->there) return r;
    if (e->numbers >= enough && (given || !(e->point && e->comma))) r.type = MICA_COLUMN_NUMBER;
    else if (e->dates >= enough && r.order) r.type = MICA_COLUMN_DATE;
    else if (e->booleans >= enough && e->truth[0] && e->truth[1]) r.type = MICA_COLUMN_BOOLEAN;
    return r;
}

/* What each different text has become. */
typedef struct values {
    double *number;
    int64_t *date;
    int8_t *truth;
    bool *good;
    bool whole, timed;
} values;

static bool read_value(const repaired *r, const char *text, size_t length, int64_t k, values *v) {
    bool percent = false, timed = false;
    if (r->type == MICA_COLUMN_NUMBER) {
        if (!repair_number(text, length, r->decimal, &v->number[k], &percent)) return false;
        v->whole &= v->number[k] == nearbyint(v->number[k]) && fabs(v->number[k]) < 0x1p53;
        v->whole &= !percent && !memchr(text, r->decimal, length);
        return true;
    }
    if (r->type == MICA_COLUMN_BOOLEAN)
        return (v->truth[k] = (int8_t)repair_boolean(text, length)) >= 0;
    bool good = repair_date(text, length, r->order, &v->date[k], &timed);
    v->timed |= good && timed;
    return good;
}

static void put_value(const repaired *r, const values *v, int64_t k, int64_t row, void *cells) {
    bool good = k >= 0 && v->good[k];
    if (r->type == MICA_COLUMN_BOOLEAN) ((int8_t *)cells)[row] = good ? v->truth[k] : -1;
    else if (r->type == MICA_COLUMN_DATE)
        ((int64_t *)cells)[row] = good ? v->date[k] : MISSING_INTEGER;
    else if (v->whole) ((int64_t *)cells)[row] = good ? (int64_t)v->number[k] : MISSING_INTEGER;
    else ((double *)cells)[row] = good ? v->number[k] : NAN;
}

static mica_status replace_column(cleaning *c, int i, const repaired *r, values *v,
                                  mica_error *err) {
    const table_column *from = &c->t->column[i];
    cleaned_column *done = &c->column[i];
    mica_column_type type = r->type;
    size_t length;
    v->whole = true;
    for (int64_t k = 0; k < from->texts.count; k++) {
        const char *text = text_at(&from->texts, (int32_t)k, &length);
        v->good[k] = read_value(r, text, length, k, v);
    }
    if (type == MICA_COLUMN_NUMBER && v->whole) type = MICA_COLUMN_INTEGER;
    void *cells = column_room(type, c->t->rows);
    if (!cells) return fail_no_memory(err, "clean");
    for (int64_t row = 0; row < c->t->rows; row++) {
        int32_t code = ((int32_t *)from->cells)[row];
        done->repaired += code >= 0 && v->good[code];
        done->unrepaired += code >= 0 && !v->good[code];
        put_value(r, v, code, row, cells);
    }
    column_set(c->t, i, type, cells);
    c->t->column[i].timed = v->timed, c->t->column[i].zoned = false;
    return MICA_OK;
}

mica_status clean_repair(cleaning *c, int i, mica_error *err) {
    const table_column *from = &c->t->column[i];
    size_t room = (size_t)(is_text(from->type) ? from->texts.count : 0) + 1, length;
    evidence e = {0};
    if (!c->column[i].o.repair || !is_text(from->type)) return MICA_OK;
    int64_t *cells = allocate(room + 1, sizeof *cells);
    values v = {allocate(room, sizeof(double)),
                allocate(room, sizeof(int64_t)),
                allocate(room, 1),
                allocate(room, 1),
                true,
                false};
    mica_status status = cells && v.number && v.date && v.truth && v.good
                             ? MICA_OK
                             : fail_no_memory(err, "clean");
    for (int64_t row = 0; row < c->t->rows && status == MICA_OK; row++)
        cells[((int32_t *)from->cells)[row] + 1]++;
    for (int64_t k = 0; k < from->texts.count && status == MICA_OK; k++) {
        const char *text = text_at(&from->texts, (int32_t)k, &length);
        look(&e, text, length, cells[k + 1]);
    }
    repaired r = decide(&c->column[i].o, &e);
    if (status == MICA_OK && r.type != MICA_COLUMN_TEXT) status = replace_column(c, i, &r, &v, err);
    else if (status == MICA_OK && e.numbers * 2 > e.there) /* it was nearly one of numbers */
        c->column[i].unrepaired = e.there - e.numbers;
    free(cells), free(v.number), free(v.date), free(v.truth), free(v.good);
    return status;
}
