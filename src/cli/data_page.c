/* Pages about tables: see data_page.h. */
#include "cli/data_page.h"

#include "base/file.h"
#include "cli/table.h"
#include "data/tabular.h"
#include "table/calendar.h"
#include "table/edit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 24, SHOWN_VALUES = 12 };

/* A statistic as it is shown; dates as dates. */
static void show(const mica_table *t, int i, double value, char out[64]) {
    const table_column *c = &t->column[i];
    if (isinf(value)) snprintf(out, 64, "%s", value > 0 ? "∞" : "−∞");
    else if (!isfinite(value)) snprintf(out, 64, "–");
    else if (c->type == MICA_COLUMN_DATE)
        date_format((int64_t)nearbyint(value * 1e6), c->timed, c->zoned, out);
    else snprintf(out, 64, "%.6g", value);
}

static const char *type_word(const page *p, mica_column_type type) {
    static const label words[] = {
        [MICA_COLUMN_MISSING] = WORD_TYPE_MISSING, [MICA_COLUMN_BOOLEAN] = WORD_TYPE_BOOLEAN,
        [MICA_COLUMN_INTEGER] = WORD_TYPE_INTEGER, [MICA_COLUMN_NUMBER] = WORD_TYPE_NUMBER,
        [MICA_COLUMN_DATE] = WORD_TYPE_DATE,       [MICA_COLUMN_CATEGORY] = WORD_TYPE_CATEGORY,
        [MICA_COLUMN_TEXT] = WORD_TYPE_TEXT};
    return word_in(p->l, words[type]);
}

static void add_bins(page *p, const mica_table *t, int i, const mica_column_summary *s) {
    int64_t counts[BINS] = {0};
    char low[64], high[64];
    double whole = s->max - s->min + 1;
    bool steps = t->column[i].type == MICA_COLUMN_INTEGER && whole <= BINS; /* a bin a number */
    int count = steps ? (int)whole : s->max > s->min ? BINS : 1;
    double width = steps ? 1 : (s->max - s->min) / count;
    for (int64_t row = 0; row < t->rows; row++) {
        double x = mica_table_number(t, i, row), place = width > 0 ? (x - s->min) / width : 0;
        if (!isfinite(x)) continue;
        counts[place < 0 ? 0 : place < count ? (int)place : count - 1]++;
    }
    show(t, i, s->min, low);
    show(t, i, s->max, high);
    chart_bins(&(bins){t->column[i].name, low, high, counts, count}, p->out);
}

typedef struct value_count {
    int64_t count, row; /* row: its first */
} value_count;

static int by_count(const void *a, const void *b) {
    const value_count *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Texts and truth values: the most frequent ones, and how many cells hold others. */
static mica_status add_values(page *p, const mica_table *t, int i, mica_error *err) {
    const table_column *c = &t->column[i];
    bool truth = c->type == MICA_COLUMN_BOOLEAN;
    size_t distinct = truth ? 2 : (size_t)c->texts.count, used = 0;
    value_count *all = allocate(distinct + 1, sizeof *all);
    char *names[SHOWN_VALUES + 1] = {0};
    int64_t counts[SHOWN_VALUES + 1] = {0}, there = t->rows - c->missing;
    int shown = 0;
    if (!all) return fail_no_memory(err, c->name);
    for (int64_t row = t->rows - 1; row >= 0; row--) {
        if (cell_missing(c, row)) continue;
        int32_t code = truth ? ((int8_t *)c->cells)[row] : ((int32_t *)c->cells)[row];
        all[code].count++, all[code].row = row;
    }
    for (size_t k = 0; k < distinct; k++)
        if (all[k].count) all[used++] = all[k];
    if (used) qsort(all, used, sizeof *all, by_count);
    int64_t rest = there;
    for (; shown < SHOWN_VALUES && (size_t)shown < used; shown++) {
        names[shown] = tabular_text(t, i, all[shown].row);
        counts[shown] = all[shown].count;
        rest -= all[shown].count;
    }
    if (rest > 0) names[shown] = strdup(SAY(p, OTHERS)), counts[shown++] = rest;
    bool done = true;
    for (int k = 0; k < shown; k++) done = done && names[k];
    if (done) chart_bars(&(bars){c->name, names, counts, shown, there}, p->out);
    for (int k = 0; k < shown; k++) free(names[k]);
    free(all);
    return done ? MICA_OK : fail_no_memory(err, c->name);
}

static void add_head(page *p) {
    static const label heads[] = {WORD_COLUMN, WORD_KIND,      WORD_MISSING, WORD_DISTINCT,
                                  WORD_MEAN,   WORD_DEVIATION, WORD_LEAST,   WORD_COUNT,
                                  WORD_COUNT,  WORD_COUNT,     WORD_MOST};
    static const char *const quartiles[] = {"25 %", "50 %", "75 %"};
    strbuf_add(p->out, "<table>\n<tr>");
    for (size_t i = 0; i < LENGTH(heads); i++)
        page_cell(p, "th", i > 1,
                  heads[i] == WORD_COUNT ? quartiles[i - 7] : word_in(p->l, heads[i]));
    page_cell(p, "th", false, SAY(p, TOP));
    strbuf_add(p->out, "</tr>\n");
}

/* The most frequent value and how often it comes; a long text is cut. */
static void add_top(page *p, const mica_table *t, int i, const mica_column_summary *s) {
    enum { SHOWN_TOP = 40 };
    char *text = s->top_row < 0 ? NULL : tabular_text(t, i, s->top_row);
    strbuf cell = {0};
    if (text) {
        size_t fits = text_fitting(text, SHOWN_TOP);
        strbuf_add(&cell, "%.*s%s (%lld)", (int)fits, text, text[fits] ? "…" : "",
                   (long long)s->top_count);
    }
    page_cell(p, "td", false, cell.data ? cell.data : "");
    strbuf_free(&cell);
    free(text);
}

static void add_row(page *p, const mica_table *t, int i, const mica_column_summary *s) {
    const double values[] = {s->mean, s->std, s->min, s->q25, s->q50, s->q75, s->max};
    char text[64];
    strbuf_add(p->out, "<tr>");
    page_cell(p, "td", false, t->column[i].name);
    page_cell(p, "td", false, type_word(p, t->column[i].type));
    page_number(p, "%.0f", (double)s->missing);
    page_number(p, "%.0f", (double)s->distinct);
    for (size_t k = 0; k < LENGTH(values); k++) {
        show(t, i, values[k], text);
        page_cell(p, "td", true, text);
    }
    add_top(p, t, i, s);
    strbuf_add(p->out, "</tr>\n");
}

static mica_status add_column(page *p, const mica_table *t, int i, const mica_column_summary *s,
                              mica_error *err) {
    mica_column_type type = t->column[i].type;
    char text[128];
    if (!s->count) return MICA_OK;
    page_section(p, t->column[i].name);
    snprintf(text, sizeof text, "%s, %s %lld (%.1f %%), %s %lld", type_word(p, type),
             SAY(p, MISSING), (long long)s->missing, 100.0 * (double)s->missing / (double)t->rows,
             SAY(p, DISTINCT), (long long)s->distinct);
    strbuf_add(p->out, "<p class=\"soft\">%s</p>\n", text);
    mica_status status = MICA_OK;
    if (is_text(type) || type == MICA_COLUMN_BOOLEAN) status = add_values(p, t, i, err);
    else if (isfinite(s->min) && isfinite(s->max)) add_bins(p, t, i, s);
    page_section_end(p);
    return status;
}

void data_page_begin(page *p, const char *spec) {
    strbuf title = {0}, head = {0};
    strbuf_add(&title, "mica: %s", spec);
    strbuf_add(&head, "%s%s%s", SAY(p, DATA_OF), p->l == CHINESE ? "" : " ", spec);
    page_begin(p, title.data ? title.data : "", head.data ? head.data : "");
    strbuf_free(&title), strbuf_free(&head);
}

/* Ends the page and writes it, unless something failed. */
mica_status data_page_end(page *p, const char *path, mica_status status, mica_error *err) {
    page_end(p);
    if (status == MICA_OK)
        status = p->out->failed ? fail_no_memory(err, path)
                                : file_replace(path, p->out->data, p->out->length, err);
    strbuf_free(p->out);
    return status;
}

mica_status table_page(const mica_table *t, const mica_column_summary *all, const char *spec,
                       language l, const char *path, mica_error *err) {
    strbuf html = {0};
    page p = {&html, l};
    mica_status status = MICA_OK;
    data_page_begin(&p, spec);
    strbuf_add(&html, "<p>%s: %lld</p>\n", SAY(&p, ROWS), (long long)t->rows);
    page_section(&p, SAY(&p, COLUMNS));
    add_head(&p);
    for (int i = 0; i < t->count; i++) add_row(&p, t, i, &all[i]);
    strbuf_add(&html, "</table>\n");
    page_section_end(&p);
    for (int i = 0; i < t->count && status == MICA_OK; i++)
        status = add_column(&p, t, i, &all[i], err);
    return data_page_end(&p, path, status, err);
}
