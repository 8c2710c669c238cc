/* mica init: how much a column alone says of the target. See init.h. */
#include "base/tally.h"
#include "cli/init.h"
#include "table/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 50000, BINS = 50, MOST_CELLS = 1000000 };

/* The numbers of a column's values in some rows, from 0; -1: missing. */
typedef struct coded {
    int32_t *code;
    int64_t rows, step, count;
} coded;

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Numbers by the part of the order they are in. */
static bool code_numbers(const mica_table *t, int column, coded *c) {
    double *sorted = allocate((size_t)c->rows + 1, sizeof *sorted);
    int64_t n = 0;
    for (int64_t i = 0; i < c->rows && sorted; i++) {
        double v = mica_table_number(t, column, i * c->step);
        if (v == v) sorted[n++] = v;
    }
    if (sorted) qsort(sorted, (size_t)n, sizeof *sorted, ascending);
    for (int64_t i = 0; i < c->rows && sorted; i++) {
        double v = mica_table_number(t, column, i * c->step);
        int bin = -1;
        for (int b = 0; b < BINS && v == v && n && v >= sorted[b * n / BINS]; b++) bin = b;
        c->code[i] = bin;
    }
    c->count = BINS;
    free(sorted);
    return sorted != NULL;
}

/* The entry of a cell that is there, counted; NULL without memory. */
static const tallied *count_cell(tally *seen, const mica_table *t, int column, int64_t row) {
    char text[256];
    size_t n = mica_table_text(t, column, row, text, sizeof text);
    tallied *one = tally_entry(seen, text, n < sizeof text ? n : sizeof text - 1);
    if (one) one->count++;
    return one;
}

static bool code_texts(const mica_table *t, int column, coded *c) {
    tally seen = {0};
    bool ok = true;
    for (int64_t i = 0; i < c->rows && ok; i++) {
        c->code[i] = -1;
        if (mica_table_is_missing(t, column, i * c->step)) continue;
        const tallied *one = count_cell(&seen, t, column, i * c->step);
        ok = one != NULL;
        if (ok) c->code[i] = (int32_t)(one - seen.at);
    }
    c->count = (int64_t)seen.count;
    tally_free(&seen);
    return ok;
}

static bool code_column(const mica_table *t, int column, bool by_order, coded *c) {
    c->step = t->rows > MOST_ROWS ? t->rows / MOST_ROWS : 1;
    c->rows = t->rows / c->step;
    c->code = allocate((size_t)c->rows + 1, sizeof *c->code);
    if (!c->code) return false;
    return by_order ? code_numbers(t, column, c) : code_texts(t, column, c);
}

static double share_of(const coded *x, const coded *y, int64_t *cells) {
    int64_t told = 0, all = 0;
    for (int64_t i = 0; i < x->rows; i++)
        if (x->code[i] >= 0 && y->code[i] >= 0) cells[x->code[i] * y->count + y->code[i]]++, all++;
    for (int64_t v = 0; v < x->count; v++) {
        int64_t most = 0;
        for (int64_t k = 0; k < y->count; k++)
            if (cells[v * y->count + k] > most) most = cells[v * y->count + k];
        told += most;
    }
    return all ? (double)told / (double)all : NAN;
}

mica_status class_share(const mica_table *t, int column, int target, double *out, mica_error *err) {
    coded x = {0}, y = {0};
    int64_t *cells = NULL;
    bool ok = code_column(t, column, !is_text(t->column[column].type), &x) &&
              code_column(t, target, false, &y);
    *out = NAN;
    /* a value for every second row would tell anything */
    bool asked = ok && x.count * 2 < x.rows && x.count * y.count <= MOST_CELLS;
    if (asked) cells = allocate((size_t)(x.count * y.count) + 1, sizeof *cells);
    if (cells) *out = share_of(&x, &y, cells);
    ok = ok && (!asked || cells);
    free(cells);
    free(x.code);
    free(y.code);
    return ok ? MICA_OK : fail_no_memory(err, t->column[column].name);
}

mica_status rarest_class(const mica_table *t, int target, int64_t *out, mica_error *err) {
    tally seen = {0};
    bool ok = true;
    *out = 0;
    for (int64_t i = 0; i < t->rows && ok; i++)
        if (!mica_table_is_missing(t, target, i)) ok = count_cell(&seen, t, target, i) != NULL;
    for (size_t k = 0; k < seen.count; k++)
        if (!k || seen.at[k].count < *out) *out = seen.at[k].count;
    tally_free(&seen);
    return ok ? MICA_OK : fail_no_memory(err, t->column[target].name);
}

double column_correlation(const mica_table *t, int a, int b) {
    double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    if (is_text(t->column[a].type)) return 0;
    for (int64_t i = 0; i < t->rows; i++) {
        double u = mica_table_number(t, a, i), v = mica_table_number(t, b, i);
        if (u != u || v != v) continue;
        double du = u - x, dv = v - y;
        n++;
        x += du / n, y += dv / n;
        xx += du * (u - x), yy += dv * (v - y), xy += du * (v - y);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}
