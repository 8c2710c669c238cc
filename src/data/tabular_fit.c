/* What the training part of a table tells: see tabular.h. Categories and classes are in the order
 * of their bytes (whole numbers: of their size), as scikit-learn's OrdinalEncoder and LabelEncoder;
 * imputed values are those of SimpleImputer. */
#include "data/tabular.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct fitting {
    const mica_table *t;
    const mica_tabular_options *o;
    row_list rows;
    const char *name;
    bool *taken;    /* columns that are no features */
    bool *chosen;   /* by features, where they are given */
    bool *category; /* by categorical */
} fitting;

/* ---- which columns ---- */

/* Marks the columns that the texts name; each must name one. */
static mica_status mark(const fitting *f, const mica_texts *names, const char *what, bool *marks,
                        mica_error *err) {
    for (int k = 0; k < names->count; k++) {
        int at = mica_table_find(f->t, names->values[k]), found = 0;
        for (int i = 0; i < f->t->count && at < 0; i++)
            if (!fnmatch(names->values[k], f->t->column[i].name, 0)) marks[i] = true, found++;
        if (at < 0 && !found) TRY(tabular_find(f->t, names->values[k], what, f->name, &at, err));
        if (at >= 0) marks[at] = true;
    }
    return MICA_OK;
}

/* ---- values ---- */

typedef struct counted {
    char *text;
    int64_t count;
    double number; /* of whole numbers, to sort by */
} counted;

typedef struct counting {
    arena texts;
    counted *at;
    size_t count, room;
    hash_index by_text;
} counting;

static void counting_free(counting *c) {
    arena_free(&c->texts);
    free(c->at);
    index_free(&c->by_text);
}

static counted *counting_find(counting *c, const char *text) {
    uint64_t hash = hash_bytes(HASH_BEGIN, text, strlen(text));
    size_t at = 0;
    for (int i; (i = index_next(&c->by_text, hash, &at)) >= 0;)
        if (!strcmp(c->at[i].text, text)) return &c->at[i];
    char *kept = arena_text(&c->texts, text);
    if (!kept || !grow(&c->at, &c->room, c->count + 1, sizeof *c->at) ||
        !index_add(&c->by_text, hash, (int)c->count))
        return NULL;
    c->at[c->count] = (counted){.text = kept};
    return &c->at[c->count++];
}

static bool count_values(const fitting *f, int column, counting *c) {
    for (int64_t i = 0; i < f->rows.count; i++) {
        int64_t row = f->rows.row[i];
        if (mica_table_is_missing(f->t, column, row)) continue;
        char *text = tabular_text(f->t, column, row);
        counted *one = text ? counting_find(c, text) : NULL;
        free(text);
        if (!one) return false;
        if (!one->count++) one->number = mica_table_number(f->t, column, row);
    }
    return true;
}

static int by_text(const void *a, const void *b) {
    return strcmp(((const counted *)a)->text, ((const counted *)b)->text);
}

static int by_number(const void *a, const void *b) {
    double x = ((const counted *)a)->number, y = ((const counted *)b)->number;
    return (x > y) - (x < y);
}

/* The different values in their order; NULL: no memory. Sorts c->at. */
static json_t *value_list(const fitting *f, int column, counting *c) {
    json_t *list = json_array();
    bool words = is_text(f->t->column[column].type);
    qsort(c->at, c->count, sizeof *c->at, words ? by_text : by_number);
    for (size_t i = 0; i < c->count; i++)
        if (json_array_append_new(list, json_string(c->at[i].text))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* ---- what missing cells become ---- */

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double mean_of(const double *values, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += values[i];
    return sum / (double)count;
}

/* Of sorted values; of those that come equally often the least. */
static double most_frequent_of(const double *values, int64_t count) {
    int64_t best = 0, begin = 0;
    double value = NAN;
    for (int64_t i = 1; i <= count; i++) {
        if (i < count && values[i] == values[begin]) continue;
        if (i - begin > best) best = i - begin, value = values[begin];
        begin = i;
    }
    return value;
}

static mica_status fill_number(const fitting *f, int column, double *out, mica_error *err) {
    const char *how = f->o->impute;
    double *values = allocate((size_t)f->rows.count + 1, sizeof *values);
    int64_t n = 0;
    if (!values) return fail_no_memory(err, f->name);
    for (int64_t i = 0; i < f->rows.count; i++) {
        double v = tabular_number(f->t, column, f->rows.row[i]);
        if (v == v) values[n++] = v;
    }
    qsort(values, (size_t)n, sizeof *values, ascending);
    if (!strcmp(how, "constant")) *out = f->o->fill_value;
    else if (!strcmp(how, "mean")) *out = mean_of(values, n);
    else if (!strcmp(how, "median")) *out = n ? (values[(n - 1) / 2] + values[n / 2]) / 2 : NAN;
    else *out = most_frequent_of(values, n);
    free(values);
    if (*out == *out) return MICA_OK;
    return fail(
        err, MICA_VALUE,
        "%s: column %s: every cell of the training part is missing, so that there is no %s: "
        "ignore it, or impute a constant",
        f->name, f->t->column[column].name, how);
}

/* Before the values are sorted. */
static const char *fill_category(const fitting *f, counting *c) {
    const counted *best = NULL;
    if (!strcmp(f->o->impute, "constant")) {
        counted *own = counting_find(c, f->o->fill_category);
        return own ? own->text : NULL;
    }
    for (size_t i = 0; i < c->count; i++) {
        const counted *one = &c->at[i];
        if (!best || one->count > best->count ||
            (one->count == best->count && strcmp(one->text, best->text) < 0))
            best = one;
    }
    return best ? best->text : "";
}

/* ---- columns ---- */

static mica_status fit_category(const fitting *f, int column, json_t *out, mica_error *err) {
    counting c = {0};
    const char *fill = NULL;
    bool imputed = strcmp(f->o->impute, "none"), ok = count_values(f, column, &c);
    if (ok && imputed) ok = (fill = fill_category(f, &c)) != NULL;
    if (ok && fill) json_object_set_new(out, "fill", json_string(fill));
    json_t *values = ok ? value_list(f, column, &c) : NULL;
    mica_status status = values ? MICA_OK : fail_no_memory(err, f->name);
    json_object_set_new(out, "type", json_string("category"));
    json_object_set_new(out, "categories", values);
    if (values && !json_array_size(values))
        status = fail(err, MICA_VALUE, "%s: column %s: every cell is missing: ignore it", f->name,
                      f->t->column[column].name);
    counting_free(&c);
    return status;
}

static mica_status fit_number(const fitting *f, int column, json_t *out, mica_error *err) {
    double fill = NAN;
    bool date = f->t->column[column].type == MICA_COLUMN_DATE;
    if (strcmp(f->o->impute, "none")) {
        TRY(fill_number(f, column, &fill, err));
        json_object_set_new(out, "fill", json_real(fill));
    }
    json_object_set_new(out, "type", json_string(date ? "date" : "number"));
    return MICA_OK;
}

static mica_status fit_column(const fitting *f, int column, json_t *out, mica_error *err) {
    const table_column *c = &f->t->column[column];
    json_object_set_new(out, "name", json_string(c->name));
    if (f->category[column] || c->type == MICA_COLUMN_CATEGORY)
        return fit_category(f, column, out, err);
    if (c->type == MICA_COLUMN_TEXT)
        return fail(
            err, MICA_VALUE,
            "%s: column %s is text (%lld different ones in %lld rows): put it under ignore, "
            "or under categorical",
            f->name, c->name, (long long)c->texts.count, (long long)f->t->rows);
    return fit_number(f, column, out, err);
}

static mica_status fit_columns(const fitting *f, json_t *table, mica_error *err) {
    json_t *columns = json_array();
    json_object_set_new(table, "columns", columns);
    for (int i = 0; i < f->t->count; i++) {
        if (f->taken[i] || (f->o->features.count && !f->chosen[i])) continue;
        json_t *one = json_object();
        json_array_append_new(columns, one);
        TRY(fit_column(f, i, one, err));
    }
    if (json_array_size(columns)) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: no column is left for x", f->name);
}

static mica_status fit_target(const fitting *f, int target, json_t *table, mica_error *err) {
    json_t *out = json_pack("{s:s}", "name", f->t->column[target].name);
    bool classes = tabular_has_classes(f->t, f->o, target);
    json_object_set_new(table, "target", out);
    json_object_set_new(out, "type", json_string(classes ? "class" : "number"));
    if (!classes) return MICA_OK;
    counting c = {0};
    json_t *values = count_values(f, target, &c) ? value_list(f, target, &c) : NULL;
    json_object_set_new(out, "classes", values);
    counting_free(&c);
    return values ? MICA_OK : fail_no_memory(err, f->name);
}

static mica_status fit(fitting *f, json_t *table, mica_error *err) {
    const mica_tabular_options *o = f->o;
    int target = -1, weight = -1;
    if (o->target) TRY(tabular_find(f->t, o->target, "target", f->name, &target, err));
    if (o->sample_weight)
        TRY(tabular_find(f->t, o->sample_weight, "sample_weight", f->name, &weight, err));
    TRY(mark(f, &o->ignore, "ignore", f->taken, err));
    TRY(mark(f, &o->features, "features", f->chosen, err));
    TRY(mark(f, &o->categorical, "categorical", f->category, err));
    if (target >= 0) f->taken[target] = true;
    if (weight >= 0) {
        f->taken[weight] = true;
        json_object_set_new(table, "sample_weight", json_string(o->sample_weight));
    }
    TRY(fit_columns(f, table, err));
    return target >= 0 ? fit_target(f, target, table, err) : MICA_OK;
}

mica_status tabular_fit(const mica_table *t, const mica_tabular_options *o, row_list rows,
                        const char *name, json_t **out, mica_error *err) {
    size_t n = (size_t)t->count + 1;
    bool *marks = allocate(3 * n, sizeof *marks);
    fitting f = {t, o, rows, name, marks, marks + n, marks + 2 * n};
    json_t *table = json_object();
    *out = json_pack("{s:o}", "table", table);
    mica_status status = marks && *out ? fit(&f, table, err) : fail_no_memory(err, name);
    free(marks);
    if (status == MICA_OK) return MICA_OK;
    json_decref(*out);
    *out = NULL;
    return status;
}
