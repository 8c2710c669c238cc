/* Outliers and missing cells of a column: see clean_table.h, transform/clean.h. */
#include "batch/clean_table.h"

#include "table/calendar.h"
#include "transform/clean.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_number(mica_column_type type) {
    return type == MICA_COLUMN_INTEGER || type == MICA_COLUMN_NUMBER;
}

static mica_status numbers_of(const cleaning *c, int i, double **out, mica_error *err) {
    *out = allocate((size_t)c->t->rows + 1, sizeof **out);
    if (!*out) return fail_memory(err, (size_t)c->t->rows * sizeof **out, "clean");
    column_numbers(c->t, i, *out);
    return MICA_OK;
}

static bool all_whole(const double *x, const int64_t *old, int64_t rows) {
    for (int64_t i = 0; i < rows; i++) {
        bool same = old[i] != MISSING_INTEGER && x[i] == (double)old[i];
        if (!same && !isnan(x[i]) && !(x[i] == nearbyint(x[i]) && fabs(x[i]) < 0x1p62))
            return false;
    }
    return true;
}

/* The column gets these numbers (x is taken). One of whole numbers stays one where all are; cells
 * that did not change keep all their digits. */
static mica_status numbers_back(cleaning *c, int i, double *x, mica_error *err) {
    table_column *to = &c->t->column[i];
    int64_t rows = c->t->rows, *old = to->cells;
    if (to->type == MICA_COLUMN_INTEGER && all_whole(x, old, rows)) {
        for (int64_t k = 0; k < rows; k++)
            if (isnan(x[k])) old[k] = MISSING_INTEGER;
            else if (old[k] == MISSING_INTEGER || x[k] != (double)old[k]) old[k] = (int64_t)x[k];
        to->missing = 0;
        for (int64_t k = 0; k < rows; k++) to->missing += old[k] == MISSING_INTEGER;
        free(x);
        return MICA_OK;
    }
    double *cells = column_room(MICA_COLUMN_NUMBER, rows);
    if (cells) memcpy(cells, x, (size_t)rows * sizeof *x);
    free(x);
    if (!cells) return fail_memory(err, (size_t)rows * sizeof *x, "clean");
    column_set(c->t, i, MICA_COLUMN_NUMBER, cells);
    return MICA_OK;
}

/* ---- outliers ---- */

static int64_t take_away(double *x, int64_t rows, double low, double high) {
    int64_t count = 0;
    for (int64_t i = 0; i < rows; i++)
        if (x[i] < low || x[i] > high) x[i] = NAN, count++;
    return count;
}

static int64_t mark_rows(const double *x, int64_t rows, double low, double high, bool *mark) {
    int64_t count = 0;
    for (int64_t i = 0; i < rows; i++)
        if (x[i] < low || x[i] > high) mark[i] = true, count++;
    return count;
}

mica_status clean_outliers(cleaning *c, int i, mica_error *err) {
    cleaned_column *done = &c->column[i];
    const mica_clean_options *o = &done->o;
    const table_column *from = &c->t->column[i];
    bool z = !strcmp(o->outliers, "z_score");
    double low, high, *x, factor = o->factor > 0 ? o->factor : z ? 3 : 1.5;
    if (!strcmp(o->outliers, "none") || !is_number(from->type) || from->missing == c->t->rows)
        return MICA_OK;
    TRY(numbers_of(c, i, &x, err));
    mica_status status = outlier_limits(z ? OUTLIER_Z_SCORE : OUTLIER_IQR, factor, x, c->t->rows, 1,
                                        &low, &high, err);
    if (status != MICA_OK) return free(x), fail_within(err, status, "clean: column %s", from->name);
    if (!strcmp(o->outlier_action, "drop"))
        done->outliers = mark_rows(x, c->t->rows, low, high, c->mark);
    else if (!strcmp(o->outlier_action, "missing"))
        done->outliers = take_away(x, c->t->rows, low, high);
    else done->outliers = clip_to(x, c->t->rows, 1, low, high);
    if (done->outliers && strcmp(o->outlier_action, "drop")) return numbers_back(c, i, x, err);
    free(x);
    return MICA_OK;
}

/* ---- missing ---- */

/* The most frequent code; of equally frequent texts the one whose bytes are first, as
 * scikit-learn. */
static mica_status frequent_text(const table_column *c, int64_t rows, int32_t *out,
                                 mica_error *err) {
    int64_t *times = allocate((size_t)c->texts.count + 1, sizeof *times);
    size_t a, b;
    if (!times) return fail_no_memory(err, "clean");
    for (int64_t i = 0; i < rows; i++) times[((int32_t *)c->cells)[i] + 1]++;
    *out = 0;
    for (int32_t k = 1; k < c->texts.count; k++) {
        if (times[k + 1] < times[*out + 1]) continue;
        const char *x = text_at(&c->texts, k, &a), *y = text_at(&c->texts, *out, &b);
        int order = memcmp(x, y, a < b ? a : b);
        if (times[k + 1] > times[*out + 1] || order < 0 || (order == 0 && a < b)) *out = k;
    }
    free(times);
    return MICA_OK;
}

/* Fills codes with a text of the column, or with one that it gets. */
static mica_status fill_texts(cleaning *c, int i, const char *text, size_t length,
                              mica_error *err) {
    table_column *to = &c->t->column[i];
    int32_t *codes = to->cells, code = 0;
    size_t n;
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
    c->column[i].filled = fill_missing_codes(codes, c->t->rows, 1, code);
    c->column[i].value = arena_copy(&c->memory, text, length + 1);
    if (c->column[i].value) c->column[i].value[length] = 0;
    to->missing = 0;
    return c->column[i].value ? MICA_OK : fail_no_memory(err, "clean");
}

static mica_status fill_text_column(cleaning *c, int i, bool constant, mica_error *err) {
    const table_column *from = &c->t->column[i];
    const char *text = c->column[i].o.fill_text;
    size_t length = strlen(text);
    int32_t code = 0;
    strbuf copy = {0};
    if (constant) return fill_texts(c, i, text, length, err);
    TRY(frequent_text(from, c->t->rows, &code, err));
    text = text_at(&from->texts, code, &length);
    strbuf_put(&copy, text, length); /* the column's own may move */
    mica_status status = copy.failed ? fail_no_memory(err, "clean")
                                     : fill_texts(c, i, copy.data ? copy.data : "", length, err);
    strbuf_free(&copy);
    return status;
}

static fill_method method_of(const char *name) {
    static const char *const methods[] = FILL_METHODS;
    for (int i = 0; methods[i]; i++)
        if (!strcmp(methods[i], name)) return (fill_method)i;
    return FILL_MOST_FREQUENT;
}

static mica_status keep_value(cleaning *c, int i, double value, mica_error *err) {
    char text[64];
    const table_column *of = &c->t->column[i];
    if (of->type == MICA_COLUMN_DATE)
        date_format((int64_t)value, of->timed || fmod(value, 86400e6) != 0, of->zoned, text);
    else if (of->type == MICA_COLUMN_BOOLEAN)
        snprintf(text, sizeof text, "%s", value ? "True" : "False");
    else format_real(text, value);
    c->column[i].value = arena_text(&c->memory, text);
    return c->column[i].value ? MICA_OK : fail_no_memory(err, "clean");
}

/* A date out of fill_text; a truth value out of fill_value. */
static mica_status constant_of(const cleaning *c, int i, double *out, mica_error *err) {
    const mica_clean_options *o = &c->column[i].o;
    mica_column_type type = c->t->column[i].type;
    date_value date;
    char text[128] = {0};
    *out = o->fill_value;
    if (type == MICA_COLUMN_BOOLEAN && *out != 0 && *out != 1)
        return fail(err, MICA_VALUE, "clean: column %s: fill_value is %g, expected 0 or 1",
                    c->t->column[i].name, *out);
    if (type != MICA_COLUMN_DATE) return MICA_OK;
    snprintf(text + 8, sizeof text - 16, "%s", o->fill_text);
    if (!date_parse(text + 8, strlen(text + 8), &date))
        return fail(err, MICA_VALUE, "clean: column %s: fill_text is \"%s\", expected a date",
                    c->t->column[i].name, o->fill_text);
    *out = (double)date.microseconds;
    return MICA_OK;
}

/* Numbers, dates and truth values. */
static mica_status fill_numbers(cleaning *c, int i, bool constant, mica_error *err) {
    table_column *to = &c->t->column[i];
    const mica_clean_options *o = &c->column[i].o;
    double *x, value;
    fill_method method = to->type == MICA_COLUMN_BOOLEAN ? FILL_MOST_FREQUENT
                                                         : method_of(o->missing);
    if (constant) TRY(constant_of(c, i, &value, err));
    TRY(numbers_of(c, i, &x, err));
    if (!constant) {
        mica_status status = fill_value(method, x, c->t->rows, 1, &value, err);
        if (status != MICA_OK) return free(x), status;
    }
    if (to->type == MICA_COLUMN_DATE) value = nearbyint(value);
    c->column[i].filled = fill_missing(x, c->t->rows, 1, value);
    if (is_number(to->type)) {
        TRY(numbers_back(c, i, x, err));
        return keep_value(c, i, value, err);
    }
    for (int64_t row = 0; row < c->t->rows; row++) {
        if (!cell_missing(to, row)) continue;
        if (to->type == MICA_COLUMN_DATE) ((int64_t *)to->cells)[row] = (int64_t)value;
        else ((int8_t *)to->cells)[row] = (int8_t)value;
    }
    to->missing = 0;
    free(x);
    if (to->type == MICA_COLUMN_DATE && fmod(value, 86400e6) != 0) to->timed = true;
    return keep_value(c, i, value, err);
}

static int64_t fill_rows_forward(mica_table *t, int i) {
    table_column *c = &t->column[i];
    size_t size = cell_size(c->type);
    int64_t filled = 0;
    for (int64_t row = 1; row < t->rows; row++) {
        if (!cell_missing(c, row) || cell_missing(c, row - 1)) continue;
        memcpy((char *)c->cells + (size_t)row * size, (char *)c->cells + (size_t)(row - 1) * size,
               size);
        filled++;
    }
    c->missing -= filled;
    return filled;
}

mica_status clean_missing(cleaning *c, int i, mica_error *err) {
    cleaned_column *done = &c->column[i];
    table_column *to = &c->t->column[i];
    const char *how = done->o.missing;
    bool constant = !strcmp(how, "constant"), empty = to->missing == c->t->rows;
    if (!strcmp(how, "none") || !strcmp(how, "drop") || !to->missing) return MICA_OK;
    if (!strcmp(how, "forward_fill")) return done->filled = fill_rows_forward(c->t, i), MICA_OK;
    if (empty && !constant) { /* there is nothing to fill with */
        if (!done->named) return MICA_OK;
        return fail(err, MICA_VALUE, "clean: column %s: %s of a column without a cell", to->name,
                    how);
    }
    if (to->type == MICA_COLUMN_MISSING) { /* it becomes one of numbers */
        double *cells = column_room(MICA_COLUMN_NUMBER, c->t->rows);
        if (!cells) return fail_no_memory(err, "clean");
        for (int64_t row = 0; row < c->t->rows; row++) cells[row] = NAN;
        column_set(c->t, i, MICA_COLUMN_NUMBER, cells);
    }
    return is_text(to->type) ? fill_text_column(c, i, constant, err)
                             : fill_numbers(c, i, constant, err);
}
