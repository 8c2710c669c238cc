/* Statistics of columns: see describe.h.  Whole numbers of a small range are counted, which tells
 * everything; others are sorted, as keys whose order as unsigned numbers is theirs. */
#include "transform/describe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- sorting ---- */

/* Least byte first; bytes that all keys share are skipped. */
void sort_keys(uint64_t *keys, uint64_t *spare, size_t count) {
    uint64_t differ = 0, *from = keys, *to = spare;
    for (size_t i = 1; i < count; i++) differ |= keys[i] ^ keys[0];
    for (int shift = 0; shift < 64; shift += 8) {
        size_t place[256] = {0}, sum = 0;
        if (!(differ >> shift & 255)) continue;
        for (size_t i = 0; i < count; i++) place[from[i] >> shift & 255]++;
        for (int b = 0; b < 256; b++) {
            size_t n = place[b];
            place[b] = sum;
            sum += n;
        }
        for (size_t i = 0; i < count; i++) to[place[from[i] >> shift & 255]++] = from[i];
        uint64_t *t = from;
        from = to, to = t;
    }
    if (from != keys) memcpy(keys, from, count * sizeof *keys);
}

static inline uint64_t key_of_integer(int64_t v) { return (uint64_t)v ^ (1ULL << 63); }
static inline double integer_of_key(uint64_t key) { return (double)(int64_t)(key ^ (1ULL << 63)); }

static inline uint64_t key_of_real(double v) {
    uint64_t bits;
    v += 0.0; /* -0 is 0 */
    memcpy(&bits, &v, sizeof bits);
    return bits >> 63 ? ~bits : bits | 1ULL << 63;
}

static inline double real_of_key(uint64_t key) {
    double v;
    key = key >> 63 ? key & ~(1ULL << 63) : ~key;
    memcpy(&v, &key, sizeof v);
    return v;
}

/* ---- numbers ---- */

double quantile_between(double below, double above, double part) {
    if (below == above) return below; /* infinities too */
    double d = above - below;
    return part < 0.5 ? below + d * part : above - d * (1 - part);
}

typedef struct numbers {
    const uint64_t *keys; /* sorted */
    size_t count;
    double (*value)(uint64_t key);
} numbers;

static double sorted_quantile(const numbers *n, double q) {
    double at = q * (double)(n->count - 1);
    size_t low = (size_t)at, high = low + 1 < n->count ? low + 1 : low;
    return quantile_between(n->value(n->keys[low]), n->value(n->keys[high]), at - (double)low);
}

/* Mean and deviation in pieces, so that errors do not add up. */
static void moments(const numbers *n, mica_column_summary *out) {
    enum { PIECE = 4096 };
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n->count; i += PIECE) {
        double part = 0;
        for (size_t k = i; k < n->count && k < i + PIECE; k++) part += n->value(n->keys[k]);
        sum += part;
    }
    out->mean = sum / (double)n->count;
    for (size_t i = 0; i < n->count; i += PIECE) {
        double part = 0;
        for (size_t k = i; k < n->count && k < i + PIECE; k++) {
            double d = n->value(n->keys[k]) - out->mean;
            part += d * d;
        }
        squares += part;
    }
    out->std = n->count > 1 ? sqrt(squares / (double)(n->count - 1)) : NAN;
}

static void describe_sorted(const numbers *n, mica_column_summary *out) {
    out->distinct = 1;
    for (size_t i = 1; i < n->count; i++) out->distinct += n->keys[i] != n->keys[i - 1];
    out->min = n->value(n->keys[0]);
    out->max = n->value(n->keys[n->count - 1]);
    out->q25 = sorted_quantile(n, 0.25);
    out->q50 = sorted_quantile(n, 0.5);
    out->q75 = sorted_quantile(n, 0.75);
    moments(n, out);
}

/* keys of the cells that are there, in `keys`; as much room behind them. */
static mica_status describe_keys(const mica_table *t, const table_column *c, uint64_t *keys,
                                 mica_column_summary *out) {
    size_t n = 0;
    if (c->type == MICA_COLUMN_NUMBER) {
        const double *cells = c->cells;
        for (int64_t i = 0; i < t->rows; i++)
            if (cells[i] == cells[i]) keys[n++] = key_of_real(cells[i]);
    } else {
        const int64_t *cells = c->cells;
        for (int64_t i = 0; i < t->rows; i++)
            if (cells[i] != MISSING_INTEGER) keys[n++] = key_of_integer(cells[i]);
    }
    sort_keys(keys, keys + n, n);
    numbers all = {keys, n, c->type == MICA_COLUMN_NUMBER ? real_of_key : integer_of_key};
    if (n) describe_sorted(&all, out);
    return MICA_OK;
}

/* ---- whole numbers of a small range ---- */

typedef struct range {
    int64_t min, max;
} range;

static range range_of(const int64_t *cells, int64_t rows) {
    range r = {INT64_MAX, INT64_MIN};
    for (int64_t i = 0; i < rows; i++) {
        int64_t v = cells[i], low = v == MISSING_INTEGER ? INT64_MAX : v;
        r.min = low < r.min ? low : r.min;
        r.max = v > r.max ? v : r.max;
    }
    return r;
}

static double counted_value(const uint32_t *counts, int64_t size, uint64_t at) {
    int64_t v = 0;
    for (uint64_t before = counts[0]; before <= at && v + 1 < size;) before += counts[++v];
    return (double)v;
}

static double counted_quantile(const uint32_t *counts, int64_t size, int64_t n, double q) {
    double at = q * (double)(n - 1);
    uint64_t low = (uint64_t)at;
    double part = at - (double)low, below = counted_value(counts, size, low);
    return part ? quantile_between(below, counted_value(counts, size, low + 1), part) : below;
}

static void describe_counts(const uint32_t *counts, range r, mica_column_summary *out) {
    const int64_t size = r.max - r.min + 1, n = out->count;
    const double base = (double)r.min;
    double sum = 0, squares = 0;
    for (int64_t v = 0; v < size; v++) {
        out->distinct += counts[v] != 0;
        sum += (double)counts[v] * (double)v;
    }
    double mean = sum / (double)n;
    for (int64_t v = 0; v < size; v++)
        squares += (double)counts[v] * ((double)v - mean) * ((double)v - mean);
    out->mean = base + mean;
    out->std = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
    out->min = base;
    out->max = (double)r.max;
    out->q25 = base + counted_quantile(counts, size, n, 0.25);
    out->q50 = base + counted_quantile(counts, size, n, 0.5);
    out->q75 = base + counted_quantile(counts, size, n, 0.75);
}

static mica_status describe_small(const mica_table *t, const table_column *c, range r,
                                  mica_column_summary *out, mica_error *err) {
    const int64_t *cells = c->cells;
    uint32_t *counts = allocate((size_t)(r.max - r.min + 1), sizeof *counts);
    if (!counts) return fail_no_memory(err, c->name);
    for (int64_t i = 0; i < t->rows; i++)
        if (cells[i] != MISSING_INTEGER) counts[cells[i] - r.min]++;
    describe_counts(counts, r, out);
    free(counts);
    return MICA_OK;
}

static mica_status describe_sorting(const mica_table *t, const table_column *c,
                                    mica_column_summary *out, mica_error *err) {
    uint64_t *keys = allocate_aligned(2 * (size_t)out->count * sizeof *keys + 64);
    if (!keys) return fail_memory(err, 2 * (size_t)out->count * sizeof *keys, c->name);
    mica_status status = describe_keys(t, c, keys, out);
    release_aligned(keys);
    return status;
}

static mica_status describe_numbers(const mica_table *t, const table_column *c,
                                    mica_column_summary *out, mica_error *err) {
    if (!out->count) return MICA_OK;
    if (c->type == MICA_COLUMN_NUMBER || t->rows >= UINT32_MAX)
        return describe_sorting(t, c, out, err);
    range r = range_of(c->cells, t->rows);
    uint64_t wide = (uint64_t)r.max - (uint64_t)r.min, most = (uint64_t)t->rows / 2 + 1024;
    return wide < most ? describe_small(t, c, r, out, err) : describe_sorting(t, c, out, err);
}

/* ---- dates: numbers, and the most frequent one ---- */

static void in_seconds(mica_column_summary *s) {
    double *numbers[] = {&s->mean, &s->min, &s->q25, &s->q50, &s->q75, &s->max};
    for (size_t i = 0; i < LENGTH(numbers); i++) *numbers[i] /= 1e6;
    s->std = NAN;
}

/* Of values that come equally often the one that comes first. */
static mica_status find_top_date(const mica_table *t, const table_column *c,
                                 mica_column_summary *out, mica_error *err) {
    const int64_t *cells = c->cells;
    hash_index dates = {0}; /* to the first row */
    size_t room = 0, count = 0;
    struct seen {
        int64_t row, count;
    } *seen = NULL;
    bool ok = true;
    int last = -1;
    for (int64_t i = 0; i < t->rows && ok; i++) {
        if (cells[i] == MISSING_INTEGER) continue;
        if (last < 0 || cells[seen[last].row] != cells[i]) {
            uint64_t hash = ((uint64_t)cells[i] ^ (uint64_t)cells[i] >> 31) * 0x9E3779B97F4A7C15u;
            hash ^= hash >> 32;
            size_t at = 0;
            while ((last = index_next(&dates, hash, &at)) >= 0 &&
                   cells[seen[last].row] != cells[i]) {
            }
            if (last < 0) {
                ok = grow(&seen, &room, count + 1, sizeof *seen) &&
                     index_add(&dates, hash, (int)count);
                if (!ok) break;
                seen[count] = (struct seen){i, 0};
                last = (int)count++;
            }
        }
        if (++seen[last].count > out->top_count) out->top_count = seen[last].count;
    }
    for (size_t i = 0; i < count && out->top_row < 0; i++)
        if (seen[i].count == out->top_count) out->top_row = seen[i].row;
    index_free(&dates);
    free(seen);
    return ok ? MICA_OK : fail_no_memory(err, c->name);
}

/* ---- texts and booleans ---- */

static int64_t code_at(const table_column *c, int64_t row) {
    return c->type == MICA_COLUMN_BOOLEAN ? ((int8_t *)c->cells)[row] : ((int32_t *)c->cells)[row];
}

static mica_status describe_codes(const mica_table *t, const table_column *c,
                                  mica_column_summary *out, mica_error *err) {
    int64_t size = c->type == MICA_COLUMN_BOOLEAN ? 2 : c->texts.count, best = -1;
    int64_t *counts = allocate((size_t)size + 1, sizeof *counts);
    if (!counts) return fail_no_memory(err, c->name);
    for (int64_t i = 0; i < t->rows; i++) counts[code_at(c, i) + 1]++;
    for (int64_t k = 0; k < size; k++) {
        out->distinct += counts[k + 1] != 0;
        if (counts[k + 1] > out->top_count) out->top_count = counts[k + 1], best = k;
    }
    if (c->type == MICA_COLUMN_BOOLEAN && counts[1] == counts[2] && counts[1]) best = -2;
    for (int64_t i = 0; i < t->rows && out->top_row < 0 && best != -1; i++)
        if (best == -2 ? code_at(c, i) >= 0 : code_at(c, i) == best) out->top_row = i;
    free(counts);
    return MICA_OK;
}

/* ---- columns ---- */

mica_status describe_column(const mica_table *t, int column, mica_column_summary *out,
                            mica_error *err) {
    const table_column *c = &t->column[column];
    *out = (mica_column_summary){.count = t->rows - c->missing,
                                 .missing = c->missing,
                                 .mean = NAN,
                                 .std = NAN,
                                 .min = NAN,
                                 .q25 = NAN,
                                 .q50 = NAN,
                                 .q75 = NAN,
                                 .max = NAN,
                                 .top_row = -1};
    switch (c->type) {
    case MICA_COLUMN_MISSING: return MICA_OK;
    case MICA_COLUMN_INTEGER:
    case MICA_COLUMN_NUMBER: return describe_numbers(t, c, out, err);
    case MICA_COLUMN_DATE:
        TRY(describe_numbers(t, c, out, err));
        in_seconds(out);
        return find_top_date(t, c, out, err);
    default: return describe_codes(t, c, out, err);
    }
}

typedef struct describing {
    const mica_table *t;
    mica_column_summary *out;
    mica_error *errs;
} describing;

static void describe_some(void *arg, int64_t begin, int64_t end) {
    describing *d = arg;
    for (int64_t i = begin; i < end; i++) describe_column(d->t, (int)i, &d->out[i], &d->errs[i]);
}

mica_status describe_table(const mica_table *t, team *team, mica_column_summary *out,
                           mica_error *err) {
    describing d = {t, out, allocate((size_t)t->count + 1, sizeof *d.errs)};
    mica_status status = MICA_OK;
    if (!d.errs) return fail_no_memory(err, "describe");
    parallel_for(team, t->count, 1, describe_some, &d);
    for (int i = 0; i < t->count && status == MICA_OK; i++)
        if (d.errs[i].code) status = fail(err, d.errs[i].code, "%s", d.errs[i].message);
    free(d.errs);
    return status;
}
