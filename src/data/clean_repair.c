/* Texts of a column in one spelling, and as what they are: see clean_table.h, transform/repair.h.
 * A column's different texts are looked at, then its cells are read. */
#include "data/clean_table.h"

#include "base/fingerprint.h"
#include "table/columns.h"
#include "transform/repair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- spelling ---- */

mica_status clean_spell(void *arg, const char *text, size_t length, strbuf *out, mica_error *err) {
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

bool is_spelled(const cleaned_column *c) {
    const mica_clean_options *o = &c->o;
    return !c->left_out && is_text(c->before) &&
           (normal_form_by_name(o->normalize) || o->trim || o->spaces || o->width ||
            strcmp(o->letters, "keep") || o->na_values.count);
}

static bool spells(const cleaning *c) {
    bool any = false;
    for (int i = 0; i < c->head->count; i++) any |= is_spelled(&c->column[i]);
    return any;
}

spelling spelling_of(const mica_clean_options *o) {
    letter_case letters = !strcmp(o->letters, "lower")   ? CASE_LOWER
                          : !strcmp(o->letters, "upper") ? CASE_UPPER
                                                         : CASE_KEEP;
    return (spelling){normal_form_by_name(o->normalize),
                      {o->trim, o->spaces, o->width, letters},
                      {0},
                      &o->na_values};
}

/* How many cells have each text, from 1; those of 0 are missing. free() */
static int64_t *cells_of_texts(const table_column *c, int64_t rows) {
    int64_t *cells = allocate((size_t)c->texts.count + 2, sizeof *cells);
    for (int64_t row = 0; row < rows && cells; row++) cells[((int32_t *)c->cells)[row] + 1]++;
    return cells;
}

/* What a text of so many cells becomes. */
static mica_status look_at_text(spelled *l, spelling *s, strbuf *out, const char *text,
                                size_t length, int64_t cells, mica_error *err) {
    static const char margin[CELL_MARGIN];
    out->length = 0;
    strbuf_put(out, margin, CELL_MARGIN);
    strbuf made = {0};
    mica_status status = clean_spell(s, text, length, &made, err);
    if (status == MICA_OK && made.failed) status = fail_no_memory(err, "texts");
    if (status == MICA_OK) {
        strbuf_put(out, made.data ? made.data : "", made.length);
        strbuf_put(out, margin, CELL_MARGIN);
        if (out->failed) status = fail_no_memory(err, "texts");
    }
    if (status == MICA_OK) {
        cell c = {out->data + CELL_MARGIN, made.length};
        bool missing = cell_is_missing(c.at, c.length);
        bool first = !l->texts.fixed; /* all of this is known later */
        if (first && (made.length != length || (length && memcmp(c.at, text, length))))
            l->changed += cells;
        l->seen |= cell_classify(c);
        l->there += missing || !first ? 0 : cells;
        if (!missing && !distinct_add(&l->texts, fingerprint64(c.at, c.length)))
            status = fail_no_memory(err, "texts");
    }
    strbuf_free(&made);
    return status;
}

static mica_status look_at_spelling(cleaned_column *d, const table_column *c, int64_t rows,
                                    mica_error *err) {
    spelling s = spelling_of(&d->o);
    strbuf out = {0};
    size_t length;
    int64_t *cells = cells_of_texts(c, rows);
    mica_status status = cells ? MICA_OK : fail_no_memory(err, "clean");
    for (int32_t k = 0; k < c->texts.count && status == MICA_OK; k++) {
        const char *text = text_at(&c->texts, k, &length);
        status = look_at_text(&d->spelled, &s, &out, text, length, cells[k + 1], err);
    }
    if (status == MICA_OK && cells[0]) d->spelled.seen |= CELL_MISSING;
    strbuf_free(&s.normal), strbuf_free(&out);
    free(cells);
    return status;
}

static mica_status look_at_spellings(cleaning *c, const mica_table *block, mica_error *err) {
    for (int i = 0; i < block->count; i++) {
        cleaned_column *d = &c->column[i];
        if (!is_spelled(d) || d->spelled.told) continue;
        d->spelled.texts.most = distinct_most(block->count);
        TRY(look_at_spelling(d, &block->column[i], block->rows, err));
    }
    return MICA_OK;
}

/* The types of texts that changed are found anew: what is left may be numbers. Where it is texts,
 * how many of them are different is told at once, or counted share by share: as table/row_source.c
 * tells it. */
static void tell_spelling(cleaned_column *d) {
    spelled *s = &d->spelled;
    distinct_counter *t = &s->texts;
    mica_column_type type = cell_type(s->seen);
    s->told = true;
    if (!s->changed) return;
    if (!is_text(type)) {
        d->type = d->spelled_type = type, s->timed = s->seen & CELL_TIMED,
        s->zoned = s->seen & CELL_ZONED;
        return;
    }
    int order = 1;
    if (t->fixed) {
        s->distinct += (int64_t)t->count;
        s->told = t->share == t->mask;
        order = s->distinct * 2 <= s->there ? -1 : 1;
    } else {
        order = distinct_compare(t, (double)s->there / 2);
        s->told = order != 0;
    }
    d->type = d->spelled_type = order < 0 ? MICA_COLUMN_CATEGORY : MICA_COLUMN_TEXT;
    if (s->told) return;
    distinct_counter next = {.mask = t->mask, .share = t->fixed ? t->share + 1 : 0, .fixed = true};
    distinct_free(t);
    *t = next;
}

static mica_status turn_spellings(cleaning *c, bool *again, mica_error *err) {
    (void)err;
    *again = false;
    for (int i = 0; i < c->head->count; i++) {
        spelled *s = &c->column[i].spelled;
        if (!is_spelled(&c->column[i]) || s->told) continue;
        tell_spelling(&c->column[i]);
        *again |= !s->told;
    }
    return MICA_OK;
}

/* Reads texts as what they are. */
static mica_status read_texts(mica_table *t, int i, const cleaned_column *d, mica_error *err) {
    const table_column *c = &t->column[i];
    const table_texts *texts = &c->texts;
    char *bytes = allocate((size_t)texts->offset[texts->count] + 2 * CELL_MARGIN + 1, 1);
    cell *cells = allocate((size_t)t->rows + 1, sizeof *cells);
    void *made = column_room(d->spelled_type, t->rows);
    column_part part = {0};
    bool done = bytes && cells && made;
    if (done) memcpy(bytes + CELL_MARGIN, texts->bytes, (size_t)texts->offset[texts->count]);
    for (int64_t row = 0; row < t->rows && done; row++) {
        int32_t code = ((int32_t *)c->cells)[row];
        if (code < 0) cells[row] = (cell){bytes + CELL_MARGIN, 0};
        else
            cells[row] = (cell){bytes + CELL_MARGIN + texts->offset[code],
                                (size_t)(texts->offset[code + 1] - texts->offset[code])};
    }
    if (done) {
        column_read(&part, d->spelled_type, cells, t->rows, made);
        column_set(t, i, d->spelled_type, made);
        t->column[i].timed = d->spelled.timed, t->column[i].zoned = d->spelled.zoned;
        column_part_clear(&part);
    } else release_aligned(made);
    free(bytes), free(cells);
    return done ? MICA_OK : fail_no_memory(err, "clean");
}

static mica_status apply_spellings(cleaning *c, mica_table **block, mica_error *err) {
    mica_table *t = *block;
    for (int i = 0; i < t->count; i++) {
        cleaned_column *d = &c->column[i];
        if (!is_spelled(d) || !d->spelled.changed) continue;
        spelling s = spelling_of(&d->o);
        mica_status status = column_change_texts(t, i, clean_spell, &s, &d->texts, err);
        strbuf_free(&s.normal);
        TRY(status);
        if (is_text(d->spelled_type)) t->column[i].type = d->spelled_type;
        else TRY(read_texts(t, i, d, err));
    }
    return MICA_OK;
}

const clean_stage clean_texts = {spells, look_at_spellings, turn_spellings, apply_spellings};

/* ---- repair ---- */

bool is_repaired(const cleaned_column *c) {
    return !c->left_out && c->o.repair &&
           (is_text(c->spelled_type) || c->spelled_type == MICA_COLUMN_INTEGER);
}

static bool repairs(const cleaning *c) {
    bool any = false;
    for (int i = 0; i < c->head->count; i++) any |= is_repaired(&c->column[i]);
    return any;
}

/* ---- what the cells say ---- */

static mica_status look_at_texts(evidence *e, const table_column *from, int64_t first, int64_t rows,
                                 mica_error *err) {
    size_t length;
    int64_t *cells = cells_of_texts(from, rows),
            *row = allocate((size_t)from->texts.count + 1, sizeof *row);
    for (int64_t i = rows; i-- > 0 && cells && row;) {
        int32_t code = ((int32_t *)from->cells)[i];
        if (code >= 0) row[code] = i;
    }
    for (int32_t k = 0; k < from->texts.count && cells && row; k++) {
        const char *text = text_at(&from->texts, k, &length);
        evidence_add_text(e, text, length, cells[k + 1], first + row[k]);
    }
    mica_status status = cells && row ? MICA_OK : fail_no_memory(err, "clean");
    free(cells), free(row);
    return status;
}

static mica_status look_for_repair(cleaning *c, const mica_table *block, mica_error *err) {
    for (int i = 0; i < block->count; i++) {
        const table_column *from = &block->column[i];
        cleaned_column *d = &c->column[i];
        if (!is_repaired(d)) continue;
        if (!d->looked) evidence_begin(&d->evidence), d->looked = true;
        if (is_text(from->type)) {
            TRY(look_at_texts(&d->evidence, from, c->first, block->rows, err));
            continue;
        }
        for (int64_t row = 0; row < block->rows; row++)
            if (!cell_missing(from, row))
                evidence_add_whole(&d->evidence, ((int64_t *)from->cells)[row], c->first + row);
    }
    return MICA_OK;
}

mica_column_type type_of_repaired(const repaired *r) {
    return r->type == MICA_COLUMN_NUMBER && r->whole ? MICA_COLUMN_INTEGER : r->type;
}

static mica_status decide_repairs(cleaning *c, bool *again, mica_error *err) {
    (void)err;
    *again = false;
    for (int i = 0; i < c->head->count; i++) {
        cleaned_column *d = &c->column[i];
        if (!is_repaired(d)) continue;
        d->repair = repair_decide(&d->o, &d->evidence, !is_text(d->spelled_type));
        if (d->repair.type != MICA_COLUMN_TEXT) d->type = type_of_repaired(&d->repair);
    }
    return MICA_OK;
}

/* ---- cells ---- */

static void put_value(const repaired *r, const repaired_value *v, int64_t row, void *cells) {
    if (r->type == MICA_COLUMN_BOOLEAN) ((int8_t *)cells)[row] = v ? v->truth : -1;
    else if (r->type == MICA_COLUMN_DATE) ((int64_t *)cells)[row] = v ? v->date : MISSING_INTEGER;
    else if (r->whole) ((int64_t *)cells)[row] = v ? (int64_t)v->number : MISSING_INTEGER;
    else ((double *)cells)[row] = v ? v->number : NAN;
}

/* What each different text has become. */
typedef struct values {
    repaired_value *value;
    bool *good;
} values;

static void read_values(const repaired *r, const table_texts *texts, values *v) {
    size_t length;
    for (int32_t k = 0; k < texts->count; k++) {
        const char *text = text_at(texts, k, &length);
        v->good[k] = repair_read(r, text, length, &v->value[k]);
    }
}

/* The value of a cell that is there; NULL: it is given up. */
static const repaired_value *value_at(const table_column *from, const values *v, int64_t row,
                                      repaired_value *own) {
    if (!is_text(from->type))
        return repair_whole_date(((int64_t *)from->cells)[row], &own->date) ? own : NULL;
    int32_t code = ((int32_t *)from->cells)[row];
    return v->good[code] ? &v->value[code] : NULL;
}

static mica_status replace_column(mica_table *t, int i, cleaned_column *done, const values *v,
                                  mica_error *err) {
    const table_column *from = &t->column[i];
    const repaired *r = &done->repair;
    void *cells = column_room(type_of_repaired(r), t->rows);
    if (!cells) return fail_no_memory(err, "clean");
    for (int64_t row = 0; row < t->rows; row++) {
        repaired_value own;
        bool there = !cell_missing(from, row);
        const repaired_value *value = there ? value_at(from, v, row, &own) : NULL;
        done->repaired += value != NULL;
        done->unrepaired += there && !value;
        put_value(r, value, row, cells);
    }
    column_set(t, i, type_of_repaired(r), cells);
    t->column[i].timed = r->type == MICA_COLUMN_DATE && r->timed, t->column[i].zoned = false;
    return MICA_OK;
}

static mica_status repair_column(mica_table *t, int i, cleaned_column *done, mica_error *err) {
    const table_column *from = &t->column[i];
    size_t room = is_text(from->type) ? (size_t)from->texts.count + 1 : 1;
    values v = {allocate(room, sizeof *v.value), allocate(room, sizeof *v.good)};
    mica_status status = v.value && v.good ? MICA_OK : fail_no_memory(err, "clean");
    if (status == MICA_OK && is_text(from->type)) read_values(&done->repair, &from->texts, &v);
    if (status == MICA_OK) status = replace_column(t, i, done, &v, err);
    free(v.value), free(v.good);
    return status;
}

static mica_status apply_repairs(cleaning *c, mica_table **block, mica_error *err) {
    for (int i = 0; i < (*block)->count; i++) {
        cleaned_column *d = &c->column[i];
        if (is_repaired(d) && d->repair.type != MICA_COLUMN_TEXT)
            TRY(repair_column(*block, i, d, err));
    }
    return MICA_OK;
}

const clean_stage clean_repair = {repairs, look_for_repair, decide_repairs, apply_repairs};
