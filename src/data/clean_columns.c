/* Outliers and missing cells of columns: see clean_table.h, transform/clean.h. */
#include "data/clean_table.h"

#include "table/cell.h"
#include "transform/clean.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool is_number_type(mica_column_type type) {
    return type == MICA_COLUMN_INTEGER || type == MICA_COLUMN_NUMBER;
}

static mica_status numbers_of(const mica_table *t, int i, double **out, mica_error *err) {
    *out = allocate((size_t)t->rows + 1, sizeof **out);
    if (!*out) return fail_memory(err, (size_t)t->rows * sizeof **out, "clean");
    column_numbers(t, i, *out);
    return MICA_OK;
}

bool is_whole(double x) { return x == nearbyint(x) && fabs(x) < 0x1p62; }

/* The column gets these numbers (x is taken). One of whole numbers stays one where all of the table
 * are; cells that did not change keep all their digits. */
static mica_status numbers_back(mica_table *t, int i, bool becomes_real, double *x,
                                mica_error *err) {
    table_column *to = &t->column[i];
    int64_t rows = t->rows, *old = to->cells;
    if (to->type == MICA_COLUMN_INTEGER && !becomes_real) {
        for (int64_t k = 0; k < rows; k++)
            if (isnan(x[k])) old[k] = MISSING_INTEGER;
            else if (old[k] == MISSING_INTEGER || x[k] != (double)old[k]) old[k] = (int64_t)x[k];
        to->missing = column_missing(to, rows);
        free(x);
        return MICA_OK;
    }
    double *cells = column_room(MICA_COLUMN_NUMBER, rows);
    if (cells) memcpy(cells, x, (size_t)rows * sizeof *x);
    free(x);
    if (!cells) return fail_memory(err, (size_t)rows * sizeof *x, "clean");
    column_set(t, i, MICA_COLUMN_NUMBER, cells);
    return MICA_OK;
}

/* ---- what is learned, for outliers and for what is missing ---- */

static mica_status look_at_columns(cleaning *c, const mica_table *block, mica_error *err) {
    for (int i = 0; i < block->count; i++) TRY(learner_look(&c->column[i].learner, block, i, err));
    return MICA_OK;
}

static mica_status turn_columns(cleaning *c, bool *again, mica_error *err) {
    *again = false;
    for (int i = 0; i < c->head->count; i++) {
        learner *l = &c->column[i].learner;
        if (l->what == LEARN_NOTHING) continue;
        TRY(learner_turn(l, is_text(c->column[i].type), err));
        *again |= !l->known;
    }
    return MICA_OK;
}

static void begin_learning(cleaning *c, int i, lesson what) {
    learner_free(&c->column[i].learner);
    c->column[i].learner = (learner){.what = what, .most = c->most};
}

/* ---- outliers ---- */

static bool has_limits(const cleaned_column *d) {
    return !d->left_out && strcmp(d->o.outliers, "none") != 0 && is_number_type(d->type);
}

static bool limits(const cleaning *c) {
    bool any = false;
    for (int i = 0; i < c->head->count; i++) any |= has_limits(&c->column[i]);
    return any;
}

static bool by_deviations(const cleaned_column *d) { return !strcmp(d->o.outliers, "z_score"); }

static mica_status look_for_limits(cleaning *c, const mica_table *block, mica_error *err) {
    for (int i = 0; i < block->count; i++) {
        cleaned_column *d = &c->column[i];
        if (has_limits(d) && d->learner.what == LEARN_NOTHING)
            begin_learning(c, i, by_deviations(d) ? LEARN_MOMENTS : LEARN_QUARTILES);
    }
    return look_at_columns(c, block, err);
}

/* Where half of all numbers are one, 0 of a rare flag say, quartiles tell nothing of how far the
 * others may be from it: every other one would be an outlier. Such a column has no scale. */
static bool has_no_scale(const learner *l, bool z) {
    return z ? l->moments.variance == 0 || l->moments.least == l->moments.most
             : l->quartile[0] == l->quartile[2];
}

static void set_limits(cleaned_column *d, bool later) {
    const learner *l = &d->learner;
    bool z = by_deviations(d), drops = !strcmp(d->o.outlier_action, "drop");
    double factor = d->o.factor > 0 ? d->o.factor : z ? 3 : 1.5;
    d->limited = l->missing < l->rows;
    if (!d->limited) return;
    if (z) outliers_by_deviation(&l->moments, factor, &d->low, &d->high);
    else outliers_by_quartiles(l->quartile[0], l->quartile[2], factor, &d->low, &d->high);
    d->unscaled = has_no_scale(l, z);
    d->limited = !d->unscaled;
    if (d->unscaled || d->type != MICA_COLUMN_INTEGER) return;
    if (strcmp(d->o.outlier_action, "clip") != 0) return;
    d->limits_real = ((later || l->moments.least < d->low) && !is_whole(d->low)) ||
                     ((later || l->moments.most > d->high) && !is_whole(d->high));
    if (d->limits_real && !drops) d->type = MICA_COLUMN_NUMBER;
}

static mica_status turn_limits(cleaning *c, bool *again, mica_error *err) {
    TRY(turn_columns(c, again, err));
    for (int i = 0; i < c->head->count && !*again; i++) {
        if (!has_limits(&c->column[i])) continue;
        set_limits(&c->column[i], c->later);
        learner_free(&c->column[i].learner);
    }
    return MICA_OK;
}

static int64_t take_away(double *x, int64_t rows, double low, double high) {
    int64_t count = 0;
    for (int64_t i = 0; i < rows; i++)
        if (x[i] < low || x[i] > high) x[i] = NAN, count++;
    return count;
}

static mica_status limit_column(cleaning *c, mica_table *t, int i, bool may_drop, mica_error *err) {
    cleaned_column *d = &c->column[i];
    double *x;
    int64_t count;
    bool drops = !strcmp(d->o.outlier_action, "drop");
    if (drops && !may_drop) return MICA_OK;
    TRY(numbers_of(t, i, &x, err));
    if (drops) count = mark_outside(x, t->rows, 1, d->low, d->high, c->mark);
    else if (!strcmp(d->o.outlier_action, "missing"))
        count = take_away(x, t->rows, d->low, d->high);
    else count = clip_to(x, t->rows, 1, d->low, d->high);
    d->outliers += count;
    if (!drops && (count || d->limits_real)) return numbers_back(t, i, d->limits_real, x, err);
    free(x);
    return MICA_OK;
}

static mica_status count_unlike(cleaned_column *d, const mica_table *t, int i, mica_error *err) {
    double *x;
    TRY(numbers_of(t, i, &x, err));
    for (int64_t row = 0; row < t->rows; row++) d->unlike += x[row] < d->low || x[row] > d->high;
    free(x);
    return MICA_OK;
}

mica_status limit_columns(cleaning *c, mica_table *t, bool drops, mica_error *err) {
    for (int i = 0; i < t->count; i++)
        if (c->column[i].unscaled && c->column[i].o.outliers[0] == 'i')
            TRY(count_unlike(&c->column[i], t, i, err));
    for (int i = 0; i < t->count; i++)
        if (c->column[i].limited && is_number_type(t->column[i].type))
            TRY(limit_column(c, t, i, drops, err));
    return MICA_OK;
}

static mica_status apply_limits(cleaning *c, mica_table **block, mica_error *err) {
    TRY(clean_marks(c, *block, err));
    TRY(limit_columns(c, *block, true, err));
    return drop_marked(c, block, &c->outlier_rows, err);
}

const clean_stage clean_outliers = {limits, look_for_limits, turn_limits, apply_limits};

/* ---- missing ---- */

static bool is_filled(const cleaned_column *d) {
    return !d->left_out && strcmp(d->o.missing, "none") != 0 && strcmp(d->o.missing, "drop") != 0;
}

bool is_carried(const cleaned_column *d) { return !strcmp(d->o.missing, "forward_fill"); }

static bool fills(const cleaning *c) {
    bool any = false;
    for (int i = 0; i < c->head->count; i++) any |= is_filled(&c->column[i]);
    return any;
}

/* Whether cells may be missing by now. */
static bool may_miss(const cleaning *c, int i) {
    const cleaned_column *d = &c->column[i];
    if (c->later) return true;
    if (c->held) return c->held->column[i].missing > 0;
    return c->head->column[i].missing || is_text(d->before) ||
           (d->limited && !strcmp(d->o.outlier_action, "missing"));
}

bool has_no_mean(const cleaned_column *d) {
    const bool mean = !strcmp(d->o.missing, "mean") || !strcmp(d->o.missing, "median");
    return mean && (is_text(d->type) || d->type == MICA_COLUMN_BOOLEAN);
}

/* As scikit-learn's SimpleImputer, where it is said of that column; among all columns those that
 * have a mean are meant, as by pandas' numeric_only. */
static mica_status check_mean(const cleaning *c, int i, mica_error *err) {
    const cleaned_column *d = &c->column[i];
    if (!d->fill_named || !has_no_mean(d)) return MICA_OK;
    return fail(err, MICA_TYPE,
                "clean: column %s: missing %s of a column of %s, expected numbers or dates "
                "(most_frequent and constant fill others)",
                c->head->column[i].name, d->o.missing, is_text(d->type) ? "texts" : "truth values");
}

static lesson lesson_of(const cleaning *c, int i) {
    const cleaned_column *d = &c->column[i];
    if (is_carried(d) || !may_miss(c, i) || has_no_mean(d)) return LEARN_NOTHING;
    if (!strcmp(d->o.missing, "constant")) return LEARN_MISSING;
    if (is_text(d->type) || d->type == MICA_COLUMN_BOOLEAN) return LEARN_FREQUENT;
    if (!strcmp(d->o.missing, "mean")) return LEARN_MOMENTS;
    return !strcmp(d->o.missing, "median") ? LEARN_QUARTILES : LEARN_FREQUENT;
}

static mica_status look_for_fills(cleaning *c, const mica_table *block, mica_error *err) {
    for (int i = 0; i < block->count; i++) {
        cleaned_column *d = &c->column[i];
        if (is_filled(d)) TRY(check_mean(c, i, err));
        if (is_filled(d) && d->learner.what == LEARN_NOTHING) begin_learning(c, i, lesson_of(c, i));
    }
    return look_at_columns(c, block, err);
}

/* Of dates, as reading or repair made them. */
static bool is_timed(const cleaning *c, int i) {
    const cleaned_column *d = &c->column[i];
    if (!is_text(d->before)) return c->head->column[i].timed;
    return is_text(d->spelled_type) ? d->repair.timed : d->spelled.timed;
}

static bool is_zoned(const cleaning *c, int i) {
    const cleaned_column *d = &c->column[i];
    return is_text(d->before) ? !is_text(d->spelled_type) && d->spelled.zoned
                              : c->head->column[i].zoned;
}

static mica_status keep_value(cleaning *c, int i, double value, mica_error *err) {
    char text[64];
    const cleaned_column *of = &c->column[i];
    if (of->type == MICA_COLUMN_DATE)
        date_format((int64_t)value, is_timed(c, i) || fmod(value, 86400e6) != 0, is_zoned(c, i),
                    text);
    else if (of->type == MICA_COLUMN_BOOLEAN)
        snprintf(text, sizeof text, "%s", value ? "True" : "False");
    else format_real(text, value);
    c->column[i].value = arena_text(&c->memory, text);
    return c->column[i].value ? MICA_OK : fail_no_memory(err, "clean");
}

/* A date out of fill_text; a truth value out of fill_value. */
static mica_status constant_of(const cleaning *c, int i, double *out, mica_error *err) {
    const mica_clean_options *o = &c->column[i].o;
    mica_column_type type = c->column[i].type;
    date_value date;
    cell_room room;
    *out = o->fill_value;
    if (type == MICA_COLUMN_BOOLEAN && *out != 0 && *out != 1)
        return fail(err, MICA_VALUE, "clean: column %s: fill_value is %g, expected 0 or 1",
                    c->head->column[i].name, *out);
    if (type != MICA_COLUMN_DATE) return MICA_OK;
    if (!cell_date(cell_in_room(o->fill_text, strlen(o->fill_text), room), &date))
        return fail(err, MICA_VALUE, "clean: column %s: fill_text is \"%s\", expected a date",
                    c->head->column[i].name, o->fill_text);
    *out = (double)date.microseconds;
    return MICA_OK;
}

static mica_status keep_text(cleaning *c, int i, const char *text, size_t length, mica_error *err) {
    char *kept = arena_copy(&c->memory, text, length + 1);
    if (!kept) return fail_no_memory(err, "clean");
    kept[length] = 0;
    c->column[i].value = kept, c->column[i].value_length = length;
    return MICA_OK;
}

static mica_status set_fill(cleaning *c, int i, mica_error *err) {
    cleaned_column *d = &c->column[i];
    const learner *l = &d->learner;
    bool constant = !strcmp(d->o.missing, "constant");
    if (!l->missing && !c->later) return MICA_OK;
    if (l->missing == l->rows && !constant) { /* there is nothing to fill with */
        if (!d->named) return MICA_OK;
        return fail(err, MICA_VALUE, "clean: column %s: %s of a column without a cell",
                    c->head->column[i].name, d->o.missing);
    }
    d->fills = true;
    if (d->type == MICA_COLUMN_MISSING) d->type = MICA_COLUMN_NUMBER; /* it becomes one */
    if (is_text(d->type))
        return constant ? keep_text(c, i, d->o.fill_text, strlen(d->o.fill_text), err)
                        : keep_text(c, i, l->text.data, l->text.length, err);
    if (constant) TRY(constant_of(c, i, &d->fill, err));
    else
        d->fill = l->what == LEARN_MOMENTS     ? l->moments.mean
                  : l->what == LEARN_QUARTILES ? l->quartile[1]
                                               : l->value;
    if (d->type == MICA_COLUMN_DATE) d->fill = nearbyint(d->fill);
    d->fill_real = d->type == MICA_COLUMN_INTEGER && !is_whole(d->fill);
    if (d->fill_real) d->type = MICA_COLUMN_NUMBER;
    return keep_value(c, i, d->fill, err);
}

static mica_status turn_fills(cleaning *c, bool *again, mica_error *err) {
    TRY(turn_columns(c, again, err));
    for (int i = 0; i < c->head->count && !*again; i++)
        if (c->column[i].learner.what != LEARN_NOTHING) TRY(set_fill(c, i, err));
    return MICA_OK;
}

/* Fills codes with a text of the block's column, or with one that it gets. */
static mica_status fill_texts(table_column *to, int64_t rows, const char *text, size_t length,
                              int64_t *filled, mica_error *err) {
    int32_t code = 0;
    size_t n;
    if (!to->missing) return MICA_OK;
    for (; code < to->texts.count; code++) {
        const char *at = text_at(&to->texts, code, &n);
        if (n == length && !memcmp(at, text, n)) break;
    }
    if (code == to->texts.count) { /* a new one at the end */
        uint64_t end = to->texts.offset[code],
                 *offset = realloc(to->texts.offset, ((size_t)code + 2) * sizeof *offset);
        if (offset) to->texts.offset = offset;
        char *bytes = offset ? realloc(to->texts.bytes, (size_t)end + length + 8) : NULL;
        if (!bytes) return fail_no_memory(err, "clean");
        to->texts.bytes = bytes;
        memcpy(bytes + end, text, length);
        offset[code + 1] = end + length;
        to->texts.count++;
    }
    *filled += fill_missing_codes(to->cells, rows, 1, code);
    to->missing = 0;
    return MICA_OK;
}

/* Numbers, dates and truth values. */
static mica_status fill_numbers(mica_table *t, int i, cleaned_column *d, mica_error *err) {
    table_column *to = &t->column[i];
    double *x;
    if (to->type == MICA_COLUMN_DATE && fmod(d->fill, 86400e6) != 0) to->timed = true;
    if (!to->missing && !d->fill_real && to->type != MICA_COLUMN_MISSING) return MICA_OK;
    if (is_number_type(to->type) || to->type == MICA_COLUMN_MISSING) {
        TRY(numbers_of(t, i, &x, err));
        d->filled += fill_missing(x, t->rows, 1, d->fill);
        return numbers_back(t, i, d->fill_real, x, err);
    }
    for (int64_t row = 0; row < t->rows; row++) {
        if (!cell_missing(to, row)) continue;
        if (to->type == MICA_COLUMN_DATE) ((int64_t *)to->cells)[row] = (int64_t)d->fill;
        else ((int8_t *)to->cells)[row] = (int8_t)d->fill;
        d->filled++;
    }
    to->missing = 0;
    return MICA_OK;
}

/* ---- forward ---- */

static void fill_forward_rows(mica_table *t, int i, int64_t *filled) {
    table_column *c = &t->column[i];
    size_t size = cell_size(c->type);
    for (int64_t row = 1; row < t->rows; row++) {
        if (!cell_missing(c, row) || cell_missing(c, row - 1)) continue;
        memcpy((char *)c->cells + (size_t)row * size, (char *)c->cells + (size_t)(row - 1) * size,
               size);
        c->missing--, ++*filled;
    }
}

/* The block's first cell becomes the one that was carried to it. */
static mica_status carry_in(mica_table *t, int i, cleaned_column *d, mica_error *err) {
    table_column *to = &t->column[i];
    const table_column *from = d->carried ? &d->carried->column[0] : NULL;
    size_t length;
    if (!from || !t->rows || !cell_missing(to, 0) || cell_missing(from, 0)) return MICA_OK;
    if (!is_text(to->type)) {
        memcpy(to->cells, from->cells, cell_size(to->type));
        to->missing--, d->filled++;
        return MICA_OK;
    }
    const char *text = text_at(&from->texts, 0, &length);
    table_column first = *to; /* its first row alone; texts move with it */
    mica_status status = fill_texts(&first, 1, text, length, &d->filled, err);
    to->texts = first.texts;
    if (status == MICA_OK) to->missing--;
    return status;
}

static mica_status carry_on(cleaning *c, mica_table *t, int i, mica_error *err) {
    cleaned_column *d = &c->column[i];
    TRY(carry_in(t, i, d, err));
    fill_forward_rows(t, i, &d->filled);
    if (c->held || !t->rows) return MICA_OK;
    mica_table_destroy(&d->carried);
    return table_pick(t, &i, 1, (int64_t[]){t->rows - 1}, 1, &d->carried, err);
}

static mica_status apply_fills(cleaning *c, mica_table **block, mica_error *err) {
    mica_table *t = *block;
    for (int i = 0; i < t->count; i++) {
        cleaned_column *d = &c->column[i];
        if (!is_filled(d)) continue;
        if (is_carried(d)) TRY(c->carried ? MICA_OK : carry_on(c, t, i, err));
        else if (d->fills && is_text(d->type))
            TRY(fill_texts(&t->column[i], t->rows, d->value, d->value_length, &d->filled, err));
        else if (d->fills) TRY(fill_numbers(t, i, d, err));
    }
    return MICA_OK;
}

const clean_stage clean_fill = {fills, look_for_fills, turn_fills, apply_fills};
