/* Equal keys: see join_keys.h. Each pair of columns gives a number a row; pairs of the number so
 * far and the next column's are numbered anew by a hash. */
#include "data/join_keys.h"

#include "base/numbering.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what columns are compared as ---- */

typedef enum key_kind {
    KEY_NOTHING,
    KEY_TEXT,
    KEY_NUMBER,
    KEY_INTEGER,
    KEY_DATE,
    KEY_BOOLEAN
} key_kind;

static key_kind kind_of(mica_column_type type) {
    switch (type) {
    case MICA_COLUMN_MISSING: return KEY_NOTHING;
    case MICA_COLUMN_BOOLEAN: return KEY_BOOLEAN;
    case MICA_COLUMN_INTEGER: return KEY_INTEGER;
    case MICA_COLUMN_NUMBER: return KEY_NUMBER;
    case MICA_COLUMN_DATE: return KEY_DATE;
    default: return KEY_TEXT;
    }
}

static mica_status common_kind(const table_column *a, const table_column *b, key_kind *out,
                               mica_error *err) {
    key_kind x = kind_of(a->type), y = kind_of(b->type);
    bool numbers = (x == KEY_NUMBER || x == KEY_INTEGER) && (y == KEY_NUMBER || y == KEY_INTEGER);
    *out = x == KEY_NOTHING || x == y ? y : y == KEY_NOTHING ? x : KEY_NUMBER;
    bool fits = x == y || x == KEY_NOTHING || y == KEY_NOTHING || numbers;
    if (fits && (x != KEY_DATE || y != KEY_DATE || a->zoned == b->zoned)) return MICA_OK;
    return fail(err, MICA_TYPE,
                "join: the key %s is %s%s left and %s%s right, which are never equal", a->name,
                mica_column_type_name(a->type), a->zoned ? " with a zone" : "",
                mica_column_type_name(b->type), b->zoned ? " with a zone" : "");
}

/* Texts of both tables by one numbering: codes[k] of the column's text k. */
static bool common_texts(const table_column *c, text_maker *m, int32_t **codes) {
    size_t length;
    *codes = allocate((size_t)c->texts.count + 1, sizeof **codes);
    for (int32_t k = 0; k < c->texts.count && *codes; k++) {
        const char *text = text_at(&c->texts, k, &length);
        if (((*codes)[k] = text_maker_add(m, text, length)) < 0) return false;
    }
    return *codes != NULL;
}

static uint64_t key_of(const table_column *c, key_kind kind, const int32_t *codes, int64_t row) {
    double x;
    uint64_t bits;
    switch (kind) {
    case KEY_TEXT: return (uint64_t)codes[((int32_t *)c->cells)[row]];
    case KEY_BOOLEAN: return (uint64_t)((int8_t *)c->cells)[row];
    case KEY_NUMBER:
        x = c->type == MICA_COLUMN_NUMBER ? ((double *)c->cells)[row] + 0.0 /* -0 is 0 */
                                          : (double)((int64_t *)c->cells)[row];
        memcpy(&bits, &x, sizeof bits);
        return bits;
    default: return (uint64_t)((int64_t *)c->cells)[row];
    }
}

/* One column's number joins what a row has so far. Missing is the number 0. False: no memory. */
static bool add_column(const table_column *c, key_kind kind, const int32_t *codes, int64_t rows,
                       bool missing_apart, numbering *values, numbering *pairs, uint32_t *out) {
    for (int64_t row = 0; row < rows; row++) {
        bool missing = cell_missing(c, row);
        uint32_t value = missing ? 0 : numbering_of(values, key_of(c, kind, codes, row)) + 1;
        if (out[row] == NO_KEY || (missing && missing_apart)) {
            out[row] = NO_KEY;
            continue;
        }
        out[row] = numbering_of(pairs, (uint64_t)out[row] << 32 | value);
        if (out[row] == NO_NUMBER || (!missing && !value)) return false;
    }
    return true;
}

static mica_status add_pair(const mica_table *left, int l, const mica_table *right, int r,
                            bool missing_apart, join_keys *k, mica_error *err) {
    const table_column *a = &left->column[l], *b = &right->column[r];
    int64_t rows = left->rows + right->rows;
    key_kind kind;
    numbering values = {0}, pairs = {0};
    text_maker texts = {0};
    int32_t *left_codes = NULL, *right_codes = NULL;
    TRY(common_kind(a, b, &kind, err));
    bool done = true;
    if (kind == KEY_TEXT)
        done = common_texts(a, &texts, &left_codes) && common_texts(b, &texts, &right_codes);
    done = done &&
           add_column(a, kind, left_codes, left->rows, missing_apart, &values, &pairs, k->left) &&
           add_column(b, kind, right_codes, right->rows, missing_apart, &values, &pairs, k->right);
    k->count = pairs.count;
    numbering_free(&values), numbering_free(&pairs);
    text_maker_free(&texts);
    free(left_codes), free(right_codes);
    return done ? MICA_OK : fail_memory(err, (size_t)rows * 24, "join");
}

mica_status join_keys_of(const mica_table *left, const int *left_on, const mica_table *right,
                         const int *right_on, int count, bool missing_apart, join_keys *out,
                         mica_error *err) {
    *out = (join_keys){allocate((size_t)left->rows + 1, sizeof *out->left),
                       allocate((size_t)right->rows + 1, sizeof *out->right), 0};
    mica_status status = out->left && out->right ? MICA_OK : fail_no_memory(err, "join");
    if (status == MICA_OK && left->rows + right->rows >= NO_KEY)
        status = fail(err, MICA_UNSUPPORTED, "join: %lld rows, expected fewer than 2^32",
                      (long long)(left->rows + right->rows));
    for (int i = 0; i < count && status == MICA_OK; i++)
        status = add_pair(left, left_on[i], right, right_on[i], missing_apart, out, err);
    if (status != MICA_OK) join_keys_free(out);
    return status;
}

void join_keys_free(join_keys *k) {
    free(k->left);
    free(k->right);
    *k = (join_keys){0};
}

/* ---- order ---- */

static int compare_texts(const table_column *a, int64_t row, const table_column *b, int64_t other) {
    size_t m, n;
    const char *x = text_at(&a->texts, ((int32_t *)a->cells)[row], &m),
               *y = text_at(&b->texts, ((int32_t *)b->cells)[other], &n);
    int order = memcmp(x, y, m < n ? m : n);
    return order ? order : (m > n) - (m < n);
}

int join_compare(join_cell a, join_cell b) {
    const table_column *x = &a.t->column[a.column], *y = &b.t->column[b.column];
    bool no_x = cell_missing(x, a.row), no_y = cell_missing(y, b.row);
    if (no_x || no_y) return no_x - no_y;
    if (is_text(x->type)) return compare_texts(x, a.row, y, b.row);
    bool exact = x->type == y->type && x->type != MICA_COLUMN_NUMBER &&
                 x->type != MICA_COLUMN_BOOLEAN;
    if (exact) {
        int64_t p = ((int64_t *)x->cells)[a.row], q = ((int64_t *)y->cells)[b.row];
        return (p > q) - (p < q);
    }
    double p = mica_table_number(a.t, a.column, a.row), q = mica_table_number(b.t, b.column, b.row);
    return (p > q) - (p < q);
}
