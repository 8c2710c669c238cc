/* Resampled tables: see resample_table.h. The rows are those of mica_dataset_resample, of a dataset
 * whose target are the classes' numbers. */
#include "batch/resample_table.h"

#include "batch/resample_put.h"
#include "batch/smote_rows.h"
#include "data/tabular.h"
#include "table/edit.h"

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
static mica_status labels_alone(mica_context *ctx, int64_t rows, const int32_t *labels,
                                mica_dataset **out, mica_error *err) {
    uint8_t *x = allocate((size_t)rows + 1, sizeof *x);
    if (!x) return fail_no_memory(err, "resample");
    mica_scope *scope = mica_scope_open(ctx);
    mica_tensor *in = mica_tensor_new(ctx, MICA_UINT8, MICA_SHAPE(rows, 1), x),
                *target = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(rows), labels);
    *out = mica_dataset_new(ctx, &in, 1, &target, 1, NULL);
    mica_scope_close(&scope);
    free(x);
    return mica_check(ctx, err);
}

/* features: of smote; else 0. */
static mica_status dataset_of(mica_context *ctx, const mica_table *t, const target *y,
                              int64_t features, mica_dataset **out, mica_error *err) {
    int32_t *labels = allocate((size_t)t->rows + 1, sizeof *labels);
    if (!labels) return fail_no_memory(err, "resample");
    for (int64_t row = 0; row < t->rows; row++)
        labels[row] = (int32_t)y->number[y->codes.code[row]];
    if (features) {
        TRY(smote_rows_open(ctx, t->rows, features, labels, out, err));
        return name_classes(t, y, *out, err);
    }
    mica_status status = labels_alone(ctx, t->rows, labels, out, err);
    free(labels);
    return status == MICA_OK ? name_classes(t, y, *out, err) : status;
}

/* ---- counts ---- */

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
    table_blocks *in;
    int column; /* the target's among all */
    bool smote;
    const mica_table *t; /* with the target: in memory the whole, else of it alone */
    target y;
    mica_dataset *from, *more;
} resampling;

/* The dataset, and which of its rows there will be; for smote with the features that it needs. */
static mica_status choose(resampling *r, mica_context *ctx, const mica_resample_options *how,
                          mica_error *err) {
    resample_plan plan;
    if (r->smote) TRY(smote_rows_check(r->in, r->column, err));
    TRY(dataset_of(ctx, r->t, &r->y, r->smote ? r->in->head->count - 1 : 0, &r->from, err));
    mica_status status = resample_plan_open(r->from, how, &plan, err);
    if (status == MICA_OK && r->smote)
        status = smote_rows_read(r->from, r->in, r->column, &plan, err);
    if (status == MICA_OK) status = resample_by_plan(r->from, &plan, &r->more, err);
    resample_plan_free(&plan);
    return status;
}

static mica_status choose_rows(resampling *r, mica_context *ctx,
                               const mica_table_resample_options *o, mica_error *err) {
    int64_t *counts = NULL;
    mica_resample_options how = mica_resample_defaults();
    mica_status status = read_counts(r->t, &r->y, &o->counts, &counts, err);
    how.method = o->method, how.ratio = o->ratio;
    how.counts = counts, how.count_count = counts ? (int)r->y.codes.count : 0;
    how.neighbors = o->neighbors, how.replacement = o->replacement;
    if (status == MICA_OK) status = choose(r, ctx, &how, err);
    free(counts);
    return status;
}

mica_status resample_blocks(mica_context *ctx, table_blocks *in, const char *target_name,
                            const mica_table_resample_options *options, table_sink *out,
                            json_t **report, mica_error *err) {
    mica_table_resample_options o = mica_table_resample_defaults();
    resampling r = {.in = in, .t = in->whole};
    mica_table *own = NULL;
    TRY(options_take(&o, sizeof o, options, "resample", err));
    TRY(tabular_find(in->head, target_name, "target", "resample", &r.column, err));
    r.smote = o.method && !strcmp(o.method, "smote");
    if (!in->whole) TRY(blocks_gather(in, &r.column, 1, &own, err));
    if (own) r.t = own;
    r.y.column = own ? 0 : r.column;
    mica_status status = read_target(r.t, target_name, &r.y, err);
    if (status == MICA_OK) status = choose_rows(&r, ctx, &o, err);
    const resampled made = {in, r.column, r.smote, r.t, r.more};
    if (status == MICA_OK) status = resampled_put(&made, out, err);
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
