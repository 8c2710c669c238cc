/* Resampled tables: see mica_table_resample in mica/clean.h. The rows are those of
 * mica_dataset_resample, of a dataset whose target are the classes' numbers. */
#include "mica/clean.h"

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
    TRY(tabular_find(t, name, "target", "resample", &y->column, err));
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

/* All other columns, row-major; their number in *features. */
static mica_status read_features(const mica_table *t, const target *y, double *x, int64_t features,
                                 mica_error *err) {
    int64_t at = 0;
    for (int i = 0; i < t->count; i++) {
        const table_column *c = &t->column[i];
        if (i == y->column) continue;
        if (c->type != MICA_COLUMN_INTEGER && c->type != MICA_COLUMN_NUMBER)
            return fail(err, MICA_TYPE,
                        "resample: smote: column %s is %s, expected numbers (over repeats rows of "
                        "any columns)",
                        c->name, mica_column_type_name(c->type));
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

static mica_status dataset_of(mica_context *ctx, const mica_table *t, const target *y, bool smote,
                              mica_dataset **out, mica_error *err) {
    int64_t features = smote ? t->count - 1 : 1;
    double *x = allocate((size_t)t->rows * (size_t)features + 1, sizeof *x),
           *labels = allocate((size_t)t->rows + 1, sizeof *labels);
    mica_status status = x && labels ? MICA_OK : fail_no_memory(err, "resample");
    if (status == MICA_OK && smote && features < 1)
        status = fail(err, MICA_VALUE, "resample: smote: there is no column beside the target");
    if (status == MICA_OK && smote) status = read_features(t, y, x, features, err);
    for (int64_t row = 0; row < t->rows && status == MICA_OK; row++)
        labels[row] = y->number[y->codes.code[row]];
    if (status == MICA_OK) {
        mica_scope *scope = mica_scope_open(ctx);
        mica_tensor *in = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(t->rows, features), x),
                    *target = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(t->rows), labels);
        *out = mica_dataset_new(ctx, &in, 1, &target, 1, NULL);
        mica_scope_close(&scope);
        status = mica_check(ctx, err);
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

static mica_status report(const mica_table *t, const target *y, const mica_dataset *d,
                          mica_table *made, mica_error *err) {
    int64_t *after = allocate((size_t)y->codes.count + 1, sizeof *after);
    if (!after) return fail_no_memory(err, "resample");
    for (int64_t i = 0; i < d->rows; i++) after[y->number[y->codes.code[d->order[i]]]]++;
    json_t *all = json_pack("{s:I, s:I, s:o}", "rows", (json_int_t)t->rows, "rows_written",
                            (json_int_t)made->rows, "classes", counts_json(t, y, after));
    bool done = all && table_set_report(made, all);
    json_decref(all);
    free(after);
    return done ? MICA_OK : fail_no_memory(err, "resample");
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

static mica_status resample(mica_context *ctx, const mica_table *t, const target *y,
                            const mica_table_resample_options *o, mica_table **out,
                            mica_error *err) {
    mica_dataset *d = NULL, *more = NULL;
    bool smote = o->method && !strcmp(o->method, "smote");
    int64_t *counts = NULL;
    mica_resample_options how = mica_resample_defaults();
    mica_status status = read_counts(t, y, &o->counts, &counts, err);
    how.method = o->method, how.ratio = o->ratio;
    how.counts = counts, how.count_count = counts ? (int)y->codes.count : 0;
    how.neighbors = o->neighbors, how.replacement = o->replacement;
    if (status == MICA_OK) status = dataset_of(ctx, t, y, smote, &d, err);
    if (status == MICA_OK) status = mica_dataset_resample(d, &how, &more, err);
    if (status == MICA_OK) status = pick(t, more, out, err);
    if (status == MICA_OK && smote) status = put_new(t, y, more, *out, err);
    if (status == MICA_OK) status = report(t, y, more, *out, err);
    if (status != MICA_OK) mica_table_destroy(out);
    mica_dataset_destroy(&more);
    mica_dataset_destroy(&d);
    free(counts);
    return status;
}

mica_status mica_table_resample(mica_context *ctx, const mica_table *t, const char *target_name,
                                const mica_table_resample_options *options, mica_table **out,
                                mica_error *err) {
    REQUIRE(ctx, "ctx");
    REQUIRE(t, "t");
    REQUIRE(target_name, "target");
    REQUIRE(out, "out");
    target y = {0};
    mica_table_resample_options o = mica_table_resample_defaults();
    *out = NULL;
    TRY(options_take(&o, sizeof o, options, "resample", err));
    mica_status status = read_target(t, target_name, &y, err);
    if (status == MICA_OK) status = resample(ctx, t, &y, &o, out, err);
    codes_free(&y.codes);
    free(y.number);
    free(y.first);
    return status;
}
