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

/* ---- histograms ---- */

/* How often numbers come in each of `count` bins from the least to the greatest; 0: there are none
 * to be counted. */
typedef struct binning {
    int count;
    double least, width;
    int64_t counts[BINS];
} binning;

static binning binning_of(mica_column_type type, const mica_column_summary *s) {
    const bool numbers = type == MICA_COLUMN_INTEGER || type == MICA_COLUMN_NUMBER ||
                         type == MICA_COLUMN_DATE;
    const double whole = s->max - s->min + 1;
    const bool steps = type == MICA_COLUMN_INTEGER && whole <= BINS; /* a bin a number */
    binning n = {.least = s->min};
    if (!numbers || !isfinite(s->min) || !isfinite(s->max)) return n;
    n.count = steps ? (int)whole : s->max > s->min ? BINS : 1;
    n.width = steps ? 1 : (s->max - s->min) / n.count;
    return n;
}

static void count_numbers(binning *n, const mica_table *block, int column) {
    for (int64_t row = 0; row < block->rows; row++) {
        double x = mica_table_number(block, column, row);
        double place = n->width > 0 ? (x - n->least) / n->width : 0;
        if (!isfinite(x)) continue;
        n->counts[place < 0 ? 0 : place < n->count ? (int)place : n->count - 1]++;
    }
}

static void count_block(binning *all, const mica_table *block) {
    for (int i = 0; i < block->count; i++)
        if (all[i].count) count_numbers(&all[i], block, i);
}

static mica_status count_blocks(binning *all, table_blocks *b, mica_error *err) {
    mica_table *block;
    mica_status status = b->begin(b, true, err);
    while (status == MICA_OK && (status = b->next(b, &block, err)) == MICA_OK && block) {
        count_block(all, block);
        mica_table_destroy(&block);
    }
    return status;
}

/* Of all columns, in one pass over those that have numbers; the caller's. */
static mica_status count_bins(table_blocks *b, const table_summary *all, binning **out,
                              mica_error *err) {
    binning *each = *out = allocate((size_t)all->count + 1, sizeof *each);
    bool *wanted = allocate((size_t)all->count + 1, sizeof *wanted), any = false;
    mica_status status = each && wanted ? MICA_OK : fail_no_memory(err, "a page");
    for (int i = 0; i < all->count && status == MICA_OK; i++) {
        each[i] = binning_of(b->head->column[i].type, &all->column[i]);
        wanted[i] = each[i].count;
        any |= wanted[i];
    }
    b->wanted = wanted;
    if (status == MICA_OK && b->whole) count_block(each, b->whole);
    else if (status == MICA_OK && any) status = count_blocks(each, b, err);
    b->wanted = NULL;
    free(wanted);
    return status;
}

static void add_bins(page *p, const mica_table *t, int i, const mica_column_summary *s,
                     binning *n) {
    char low[64], high[64];
    show(t, i, s->min, low);
    show(t, i, s->max, high);
    chart_bins(&(bins){t->column[i].name, low, high, n->counts, n->count}, p->out);
}

/* ---- values ---- */

/* Texts and truth values: the most frequent ones, and how many cells hold others. */
static void add_values(page *p, const char *column, const frequent_values *values, int64_t there) {
    char *names[SHOWN_VALUES + 1] = {0};
    int64_t counts[SHOWN_VALUES + 1] = {0}, rest = there;
    int shown = 0;
    for (; shown < SHOWN_VALUES && shown < values->count; shown++) {
        names[shown] = values->value[shown].text;
        counts[shown] = values->value[shown].count;
        rest -= counts[shown];
    }
    if (rest > 0) names[shown] = (char *)SAY(p, OTHERS), counts[shown++] = rest;
    chart_bars(&(bars){column, names, counts, shown, there}, p->out);
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
static void add_top(page *p, const frequent_values *values) {
    enum { SHOWN_TOP = 40 };
    const char *text = values->count ? values->value[0].text : NULL;
    strbuf cell = {0};
    if (text) {
        size_t fits = text_fitting(text, SHOWN_TOP);
        strbuf_add(&cell, "%.*s%s (%lld)", (int)fits, text, text[fits] ? "…" : "",
                   (long long)values->value[0].count);
    }
    page_cell(p, "td", false, cell.data ? cell.data : "");
    strbuf_free(&cell);
}

static void add_row(page *p, const mica_table *t, int i, const table_summary *all) {
    const mica_column_summary *s = &all->column[i];
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
    add_top(p, &all->top[i]);
    strbuf_add(p->out, "</tr>\n");
}

static void add_column(page *p, const table_blocks *b, int i, const table_summary *all,
                       binning *n) {
    const mica_table *t = b->head;
    const mica_column_summary *s = &all->column[i];
    mica_column_type type = t->column[i].type;
    char text[128];
    if (!s->count) return;
    page_section(p, t->column[i].name);
    snprintf(text, sizeof text, "%s, %s %lld (%.1f %%), %s %lld", type_word(p, type),
             SAY(p, MISSING), (long long)s->missing, 100.0 * (double)s->missing / (double)b->rows,
             SAY(p, DISTINCT), (long long)s->distinct);
    strbuf_add(p->out, "<p class=\"soft\">%s</p>\n", text);
    if (is_text(type) || type == MICA_COLUMN_BOOLEAN)
        add_values(p, t->column[i].name, &all->top[i], s->count);
    else if (n->count) add_bins(p, t, i, s, n);
    page_section_end(p);
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

mica_status table_page(table_blocks *b, const table_summary *all, const char *spec, language l,
                       const char *path, mica_error *err) {
    strbuf html = {0};
    page p = {&html, l};
    binning *each;
    mica_status status = count_bins(b, all, &each, err);
    data_page_begin(&p, spec);
    strbuf_add(&html, "<p>%s: %lld</p>\n", SAY(&p, ROWS), (long long)b->rows);
    page_section(&p, SAY(&p, COLUMNS));
    add_head(&p);
    for (int i = 0; i < all->count; i++) add_row(&p, b->head, i, all);
    strbuf_add(&html, "</table>\n");
    page_section_end(&p);
    for (int i = 0; i < all->count && status == MICA_OK; i++) add_column(&p, b, i, all, &each[i]);
    free(each);
    return data_page_end(&p, path, status, err);
}
