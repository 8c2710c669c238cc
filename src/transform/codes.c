/* Codes: see codes.h. Integers of a narrow range are counted in a table, others sorted. */
#include "transform/codes.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void codes_free(codes *c) {
    free(c->code);
    free(c->rows_of);
    *c = (codes){0};
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The distinct values in rising order; how many, -1: no memory. */
static int64_t sorted_values(const int64_t *column, int64_t rows, int64_t **out) {
    int64_t *values = allocate((size_t)rows + 1, sizeof *values), count = 0;
    *out = values;
    if (!values) return -1;
    memcpy(values, column, sizeof *values * (size_t)rows);
    qsort(values, (size_t)rows, sizeof *values, by_value);
    for (int64_t i = 0; i < rows; i++)
        if (!i || values[i] != values[count - 1]) values[count++] = values[i];
    return count;
}

static int64_t place(const int64_t *values, int64_t count, int64_t value) {
    int64_t low = 0, high = count;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (values[middle] <= value) low = middle;
        else high = middle;
    }
    return low;
}

static bool code_by_search(const int64_t *column, codes *c, int64_t **values) {
    c->count = sorted_values(column, c->rows, values);
    for (int64_t i = 0; i < c->rows && c->count >= 0; i++)
        c->code[i] = (uint32_t)place(*values, c->count, column[i]);
    return c->count >= 0;
}

/* table[v - least] is the code of v plus 1. */
static bool code_by_table(const int64_t *column, int64_t least, uint64_t range, codes *c,
                          int64_t **values) {
    uint32_t *table = allocate((size_t)range, sizeof *table);
    for (int64_t i = 0; i < c->rows && table; i++) table[column[i] - least] = 1;
    for (uint64_t v = 0; v < range && table; v++)
        if (table[v]) table[v] = (uint32_t)++c->count;
    *values = table ? allocate((size_t)c->count + 1, sizeof **values) : NULL;
    for (uint64_t v = 0; v < range && *values; v++)
        if (table[v]) (*values)[table[v] - 1] = least + (int64_t)v;
    for (int64_t i = 0; i < c->rows && *values; i++) c->code[i] = table[column[i] - least] - 1;
    free(table);
    return *values != NULL;
}

mica_status codes_of_integers(const int64_t *column, int64_t rows, codes *out, int64_t **values,
                              mica_error *err) {
    int64_t least = rows ? column[0] : 0, most = least, *own = NULL;
    for (int64_t i = 0; i < rows; i++) {
        if (column[i] < least) least = column[i];
        if (column[i] > most) most = column[i];
    }
    uint64_t range = (uint64_t)most - (uint64_t)least; /* one less than the values there may be */
    *out = (codes){.rows = rows, .code = allocate((size_t)rows + 1, sizeof *out->code)};
    bool done = out->code != NULL;
    if (done && range <= 4 * (uint64_t)rows + 64)
        done = code_by_table(column, least, range + 1, out, &own);
    else if (done) done = code_by_search(column, out, &own);
    if (done) out->rows_of = allocate((size_t)out->count + 1, sizeof *out->rows_of);
    if (!done || !out->rows_of) {
        free(own);
        codes_free(out);
        return fail_memory(err, (size_t)rows * 16, "codes of a column");
    }
    for (int64_t i = 0; i < rows; i++) out->rows_of[out->code[i]]++;
    if (values) *values = own;
    else free(own);
    return MICA_OK;
}

/* ---- reals, by integers that have the same order ---- */

static int64_t key_of(double x) {
    int64_t bits;
    x += 0.0; /* -0 is 0 */
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

static double real_of(int64_t key) {
    double x;
    int64_t bits = key < 0 ? INT64_MIN - key : key;
    memcpy(&x, &bits, sizeof x);
    return x;
}

mica_status codes_of_reals(const double *column, int64_t rows, codes *out, double **values,
                           mica_error *err) {
    int64_t *keys = allocate((size_t)rows + 1, sizeof *keys), *distinct = NULL;
    bool whole = true; /* whole numbers are their own keys: a table can count them */
    if (!keys) return fail_memory(err, (size_t)rows * sizeof *keys, "codes of a column");
    for (int64_t i = 0; i < rows && whole; i++) {
        whole = column[i] >= -0x1p52 && column[i] <= 0x1p52 &&
                column[i] == (double)(int64_t)column[i];
        keys[i] = whole ? (int64_t)column[i] : 0;
    }
    for (int64_t i = 0; i < rows && !whole; i++) keys[i] = key_of(column[i]);
    mica_status status = codes_of_integers(keys, rows, out, &distinct, err);
    free(keys);
    if (status != MICA_OK || !values) {
        free(distinct);
        return status;
    }
    *values = allocate((size_t)out->count + 1, sizeof **values);
    for (int64_t i = 0; i < out->count && *values; i++)
        (*values)[i] = whole ? (double)distinct[i] : real_of(distinct[i]);
    free(distinct);
    if (*values) return MICA_OK;
    codes_free(out);
    return fail_no_memory(err, "codes of a column");
}
