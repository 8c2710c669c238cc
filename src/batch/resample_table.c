/* Resampled tables: see resample_table.h. The rows are those of mica_dataset_resample, of a dataset
 * whose target are the classes' numbers. */
#include "batch/resample_table.h"

#include "batch/resample.h"
#include "data/tabular.h"
#include "table/edit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The classes in the order of their texts or numbers: first[c] is a row of class c. */
typedef struct target {
    int column;
    codes codes;
    uint32_t *number; /* of each code: the class */
    int64_t *first;   /* of each class: a row */
} target;

typedef struct candidate {
    const mica_table *t;
    int column;
    int64_t row;
    uint32_t code;
} candidate;

static int by_cell(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    const table_column *c = &x->t->column[x->column];
    size_t m, n;
    if (!is_text(c->type)) {
        double p = mica_table_number(x->t, x->column, x->row),
               q = mica_table_number(y->t, y->column, y->row);
        return (p > q) - (p < q);
    }
    const char *s = text_at(&c->texts, ((int32_t *)c->cells)[x->row], &m),
               *u = text_at(&c->texts, ((int32_t *)c->cells)[y->row], &n);
    int order = memcmp(s, u, m < n ? m : n);
    return order ? order : (m > n) - (m < n);
}

static mica_status number_classes(const mica_table *t, target *y, mica_error *err) {
    int64_t n = y->codes.count;
    candidate *all = allocate((size_t)n + 1, sizeof *all);
    y->number = allocate((size_t)n + 1, sizeof *y->number);
    y->first = allocate((size_t)n + 1, sizeof *y->first);
    if (!all || !y->number || !y->first) {
        free(all);
        return fail_no_memory(err, "resample");
    }
    for (int64_t row = t->rows - 1; row >= 0; row--)
        all[y->codes.code[row]] = (candidate){t, y->column, row, y->codes.code[row]};
    qsort(all, (size_t)n, sizeof *all, by_cell);
    for (int64_t k = 0; k < n; k++) {
        y->number[all[k].code] = (uint32_t)k;
        y->first[k] = all[k].row;
    }
    free(all);
    return MICA_OK;
}

static mica_status read_target(const mica_table *t, const char *name, target *y, mica_error *err) {
    const table_column *c = &t->column[y->column];
    int64_t *keys = allocate((size_t)t->rows + 1, sizeof *keys);
    mica_status status = keys ? MICA_OK : fail_no_memory(err, "resample");
    for (int64_t row = 0; row < t->rows && status == MICA_OK; row++)
        if (cell_missing(c, row))
            status = fail(err, MICA_VALUE, "resample: target %s: data row %lld is missing", name,
                          (long long)row + 1);
    if (status == MICA_OK && t->rows < 1)
        status = fail(err, MICA_VALUE, "resample: the table has no rows");
    if (status == MICA_OK) column_keys(t, y->column, keys);
    if (status == MICA_OK) status = codes_of_integers(keys, t->rows, &y->codes, NULL, err);
    free(keys);
    return status == MICA_OK ? number_classes(t, y, err) : status;
}

mica_table_resample_options mica_table_resample_defaults(void) {
    return (mica_table_resample_options){.size = sizeof(mica_table_resample_options)};
}

/* ---- the dataset ---- */

/* Where most cells are numbers, the first one that is none is named. */
static mica_status fail_feature(const mica_table *t, int i, mica_error *err) {
    const table_column *c = &t->column[i];
    const wanted_column w = {
        t, i, WANTED_NUMBERS, "resample: smote", "column", "(over repeats rows of any columns)"};
    wrong_cells found = {0};
    if (is_text(c->type) && !tabular_count_wrong(&w, &found))
        return fail_no_memory(err, "resample");
    if (found.wrong * 2 < found.cells) return tabular_wrong_cell(&w, err);
    return fail(err, MICA_TYPE,
                "resample: smote: column %s is %s, expected numbers (over repeats rows of any "
                "columns)",
                c->name, mica_column_type_name(c->type));
}

/* All other columns, row-major; their number in *features. */
static mica_status read_features(const mica_table *t, const target *y, double *x, int64_t features,
                                 mica_error *err) {
    int64_t at = 0;
    for (int i = 0; i < t->count; i++) {
        const table_column *c = &t->column[i];
        if (i == y->column) continue;
        if (c->type != MICA_COLUMN_INTEGER && c->type != MICA_COLUMN_NUMBER)
            return fail_feature(t, i, err);
        for (int64_t row = 0; row < t->rows; row++) {
            if (cell_missing(c, row))
                return fail(err, MICA_VALUE, "resample: smote: column %s: data row %lld is missing",
                            c->name, (long long)row + 1);
            x[row * features + at] = mica_table_number(t, i, row);
        }
        at++;
    }
    return MICA_OK;
}

/* Classes are called by their cells. */
static mica_status name_classes(const mica_table *t, const target *y, mica_dataset *d,
                                mica_error *err) {
    size_t count = (size_t)y->codes.count;
    d->class_names = arena_take(&d->texts, (count + 1) * sizeof *d->class_names);
    if (!d->class_names) return fail_no_memory(err, "resample");
    for (size_t k = 0; k < count; k++) {
        char *name = tabular_text(t, y->column, y->first[k]);
        d->class_names[k] = name ? arena_text(&d->texts, name) : NULL;
        free(name);
        if (!d->class_names[k]) return fail_no_memory(err, "resample");
    }
    d->classes = (int)count;
    return MICA_OK;
}

/* Only smote looks at features: else one stands for them. */
static mica_status dataset_of(mica_context *ctx, const mica_table *t, const target *y, bool smote,
                              mica_dataset **out, mica_error *err) {
    int64_t features = smote ? t->count - 1 : 1;
    mica_dtype dtype = smote ? MICA_FLOAT64 : MICA_UINT8;
    void *x = allocate((size_t)t->rows * (size_t)features + 1, mica_dtype_size(dtype));
    int32_t *labels = allocate((size_t)t->rows + 1, sizeof *labels);
    mica_status status = x && labels ? MICA_OK : fail_no_memory(err, "resample");
    if (status == MICA_OK && smote && features < 1)
        status = fail(err, MICA_VALUE, "resample: smote: there is no column beside the target");
    if (status == MICA_OK && smote) status = read_features(t, y, x, features, err);
    for (int64_t row = 0; row < t->rows && status == MICA_OK; row++)
        labels[row] = (int32_t)y->number[y->codes.code[row]];
    if (status == MICA_OK) {
        mica_scope *scope = mica_scope_open(ctx);
        mica_tensor *in = mica_tensor_new(ctx, dtype, MICA_SHAPE(t->rows, features), x),
                    *target = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(t->rows), labels);
        *out = mica_dataset_new(ctx, &in, 1, &target, 1, NULL);
        mica_scope_close(&scope);
        status = mica_check(ctx, err);
        if (status == MICA_OK) status = name_classes(t, y, *out, err);
    }
    free(x);
    free(labels);
    return status;
}

/* ---- the table ---- */

static mica_status pick(const mica_table *t, const mica_dataset *d, mica_table **out,
                        mica_error *err) {
    int64_t *rows = allocate((size_t)d->rows + 1, sizeof *rows);
    if (!rows) return fail_no_memory(err, "resample");
    for (int64_t i = 0; i < d->rows; i++) rows[i] = d->order[i];
    mica_status status = table_pick(t, NULL, 0, rows, d->rows, out, err);
    free(rows);
    return status;
}

static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Rows in any order, of which each is in `there` (rising) and is the row of `t` of its place. */
static mica_status put_again(const mica_table *t, const rising_rows *there, const uint32_t *order,
                             int64_t count, table_sink *out, mica_error *err) {
    enum { BLOCK = 4096 };
    int64_t rows[BLOCK];
    for (int64_t first = 0, n; first < count; first += n) {
        mica_table *some;
        n = count - first < BLOCK ? count - first : BLOCK;
        for (int64_t i = 0; i < n; i++) {
            int64_t row = order[first + i];
            const int64_t *at = bsearch(&row, there->rows, (size_t)there->count, sizeof *at,
                                        by_number);
            rows[i] = at - there->rows;
        }
        TRY(table_pick(t, NULL, 0, rows, n, &some, err));
        TRY(out->put(out, some, err));
    }
    return MICA_OK;
}

/* The rows up to where the order falls, and the different ones of the others. */
static mica_status cut_order(const mica_dataset *d, rising_rows lists[2], mica_error *err) {
    int64_t n = d->rows ? 1 : 0, count = 0;
    while (n < d->rows && d->order[n] >= d->order[n - 1]) n++;
    lists[0] = (rising_rows){allocate((size_t)n + 1, sizeof(int64_t)), n};
    lists[1] = (rising_rows){allocate((size_t)(d->rows - n) + 1, sizeof(int64_t)), d->rows - n};
    if (!lists[0].rows || !lists[1].rows) return fail_no_memory(err, "resample");
    for (int64_t i = 0; i < n; i++) lists[0].rows[i] = d->order[i];
    for (int64_t i = n; i < d->rows; i++) lists[1].rows[i - n] = d->order[i];
    qsort(lists[1].rows, (size_t)lists[1].count, sizeof(int64_t), by_number);
    for (int64_t i = 0; i < lists[1].count; i++)
        if (!i || lists[1].rows[i] != lists[1].rows[count - 1])
            lists[1].rows[count++] = lists[1].rows[i];
    lists[1].count = count;
    return MICA_OK;
}

/* The dataset's rows of the table: those that rise while it is gone through, meanwhile those that
 * come again are kept. */
static mica_status put_rows(table_blocks *in, const mica_dataset *d, table_sink *out,
                            mica_error *err) {
    rising_rows lists[2] = {{0}};
    table_gathering *g = NULL;
    table_sink again, *sinks[] = {out, &again};
    mica_table *kept = NULL;
    mica_status status = cut_order(d, lists, err);
    if (status == MICA_OK) status = gathering_open(in->head, lists[1].count, &g, &again, err);
    if (status == MICA_OK) {
        status = blocks_pick(in, lists, 2, sinks, err);
        status = gathering_end(g, status, &kept, err);
    }
    if (status == MICA_OK)
        status = put_again(kept, &lists[1], d->order + lists[0].count, d->rows - lists[0].count,
                           out, err);
    mica_table_destroy(&kept);
    free(lists[0].rows), free(lists[1].rows);
    return status;
}

static void put_number(table_column *c, int64_t row, double x) {
    if (c->type == MICA_COLUMN_INTEGER) ((int64_t *)c->cells)[row] = (int64_t)nearbyint(x);
    else ((double *)c->cells)[row] = x;
}

/* The cells of the rows that smote made. */
static mica_status put_new(const mica_table *t, const target *y, const mica_dataset *d,
                           mica_table *made, mica_error *err) {
    int64_t features = t->count - 1;
    double *x = allocate((size_t)features + 1, sizeof *x);
    mica_status status = x ? MICA_OK : fail_no_memory(err, "resample");
    for (int64_t row = t->rows; row < d->rows && status == MICA_OK; row++) {
        uint32_t number = (uint32_t)row;
        status = d->gather(d, 0, &number, 1, MICA_FLOAT64, x, err);
        for (int i = 0, at = 0; i < t->count && status == MICA_OK; i++)
            if (i != y->column) put_number(&made->column[i], row, x[at++]);
    }
    free(x);
    return status;
}

static json_t *counts_json(const mica_table *t, const target *y, const int64_t *after) {
    json_t *all = json_array();
    int64_t *before = allocate((size_t)y->codes.count + 1, sizeof *before);
    for (int64_t k = 0; k < y->codes.count && before; k++)
        before[y->number[k]] = y->codes.rows_of[k];
    for (int64_t k = 0; k < y->codes.count && before; k++) {
        char *name = tabular_text(t, y->column, y->first[k]);
        json_array_append_new(all, json_pack("{s:s, s:I, s:I}", "class", name ? name : "", "before",
                                             (json_int_t)before[k], "after", (json_int_t)after[k]));
        free(name);
    }
    free(before);
    return all;
}

static mica_status report_of(const mica_table *t, const target *y, const mica_dataset *d,
                             json_t **out, mica_error *err) {
    int64_t *after = allocate((size_t)y->codes.count + 1, sizeof *after);
    if (!after) return fail_no_memory(err, "resample");
    for (int64_t i = 0; i < d->rows; i++) after[y->number[y->codes.code[d->order[i]]]]++;
    *out = json_pack("{s:I, s:I, s:o}", "rows", (json_int_t)t->rows, "rows_written",
                     (json_int_t)d->rows, "classes", counts_json(t, y, after));
    free(after);
    return *out ? MICA_OK : fail_no_memory(err, "resample");
}

/* "CLASS=N": counts[class]. */
static mica_status read_count(const mica_table *t, const target *y, const char *text,
                              int64_t *counts, mica_error *err) {
    const char *equals = strrchr(text, '=');
    char *end;
    long long n = equals ? strtoll(equals + 1, &end, 10) : 0;
    if (!equals || !equals[1] || *end || n < 1)
        return fail(err, MICA_VALUE, "resample: counts: '%s', expected CLASS=N, N at least 1",
                    text);
    for (int64_t k = 0; k < y->codes.count; k++) {
        char *name = tabular_text(t, y->column, y->first[k]);
        bool same = name && strlen(name) == (size_t)(equals - text) &&
                    !memcmp(name, text, (size_t)(equals - text));
        free(name);
        if (same) return counts[k] = n, MICA_OK;
    }
    return fail(err, MICA_NAME, "resample: counts: '%s': no row of %s is of that class", text,
                t->column[y->column].name);
}

static mica_status read_counts(const mica_table *t, const target *y, const mica_texts *texts,
                               int64_t **counts, mica_error *err) {
    if (!texts->count) return MICA_OK;
    *counts = allocate((size_t)y->codes.count + 1, sizeof **counts);
    if (!*counts) return fail_no_memory(err, "resample");
    for (int i = 0; i < texts->count; i++) TRY(read_count(t, y, texts->values[i], *counts, err));
    return MICA_OK;
}

typedef struct resampling {
    const mica_table *t; /* with the target; for smote, and in memory, with all columns */
    target y;
    mica_dataset *from, *more;
} resampling;

static mica_status choose_rows(resampling *r, mica_context *ctx,
                               const mica_table_resample_options *o, bool smote, mica_error *err) {
    int64_t *counts = NULL;
    mica_resample_options how = mica_resample_defaults();
    mica_status status = read_counts(r->t, &r->y, &o->counts, &counts, err);
    how.method = o->method, how.ratio = o->ratio;
    how.counts = counts, how.count_count = counts ? (int)r->y.codes.count : 0;
    how.neighbors = o->neighbors, how.replacement = o->replacement;
    if (status == MICA_OK) status = dataset_of(ctx, r->t, &r->y, smote, &r->from, err);
    if (status == MICA_OK) status = mica_dataset_resample(r->from, &how, &r->more, err);
    free(counts);
    return status;
}

/* All at once, of a table in memory. */
static mica_status put_whole(const resampling *r, bool smote, table_sink *out, mica_error *err) {
    mica_table *made = NULL;
    mica_status status = pick(r->t, r->more, &made, err);
    if (status == MICA_OK && smote) status = put_new(r->t, &r->y, r->more, made, err);
    if (status == MICA_OK) return out->put(out, made, err);
    mica_table_destroy(&made);
    return status;
}

mica_status resample_blocks(mica_context *ctx, table_blocks *in, const char *target_name,
                            const mica_table_resample_options *options, table_sink *out,
                            json_t **report, mica_error *err) {
    mica_table_resample_options o = mica_table_resample_defaults();
    resampling r = {.t = in->whole};
    mica_table *own = NULL;
    int column;
    TRY(options_take(&o, sizeof o, options, "resample", err));
    TRY(tabular_find(in->head, target_name, "target", "resample", &column, err));
    bool smote = o.method && !strcmp(o.method, "smote"), alone = !in->whole && !smote;
    if (!in->whole) TRY(blocks_gather(in, smote ? NULL : &column, 1, &own, err));
    if (own) r.t = own;
    r.y.column = alone ? 0 : column;
    mica_status status = read_target(r.t, target_name, &r.y, err);
    if (status == MICA_OK) status = choose_rows(&r, ctx, &o, smote, err);
    if (status == MICA_OK)
        status = alone ? put_rows(in, r.more, out, err) : put_whole(&r, smote, out, err);
    if (status == MICA_OK) status = report_of(r.t, &r.y, r.more, report, err);
    mica_dataset_destroy(&r.more);
    mica_dataset_destroy(&r.from);
    mica_table_destroy(&own);
    codes_free(&r.y.codes);
    free(r.y.number);
    free(r.y.first);
    return status;
}

mica_status mica_table_resample(mica_context *ctx, const mica_table *t, const char *target_name,
                                const mica_table_resample_options *options, mica_table **out,
                                mica_error *err) {
    REQUIRE(ctx, "ctx");
    REQUIRE(t, "t");
    REQUIRE(target_name, "target");
    REQUIRE(out, "out");
    table_blocks in;
    table_sink kept = {out, table_keep};
    json_t *report = NULL;
    *out = NULL;
    TRY(blocks_of_table(t, 0, &in, err));
    mica_status status = resample_blocks(ctx, &in, target_name, options, &kept, &report, err);
    status = table_end_report(out, report, status, err);
    blocks_close(&in);
    return status;
}
