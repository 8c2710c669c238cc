/* What the training part of a table tells: see tabular.h. Categories and classes are in the order
 * of their bytes (whole numbers: of their size), as scikit-learn's OrdinalEncoder and LabelEncoder;
 * imputed values are those of SimpleImputer. */
#include "data/tabular_fit.h"
#include "base/tally.h"
#include "transform/columns.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- which columns ---- */

bool fitting_is_part(const table_fitting *f, const char *name) {
    size_t length;
    int part;
    if (!tabular_part_of(name, &length, &part)) return false;
    for (int i = 0; i < f->t->count; i++)
        if (strlen(f->t->column[i].name) == length && !strncmp(f->t->column[i].name, name, length))
            return f->t->column[i].type == MICA_COLUMN_DATE;
    return false;
}

/* Marks the columns that the texts name; each must name one. */
static mica_status mark(const table_fitting *f, const mica_texts *names, const char *what,
                        bool *marks, mica_error *err) {
    for (int k = 0; k < names->count; k++) {
        int at = mica_table_find(f->t, names->values[k]), found = 0;
        if (at < 0 && marks == f->chosen && fitting_is_part(f, names->values[k])) continue;
        for (int i = 0; i < f->t->count && at < 0; i++)
            if (!fnmatch(names->values[k], f->t->column[i].name, 0)) marks[i] = true, found++;
        if (at < 0 && !found) TRY(tabular_find(f->t, names->values[k], what, f->name, &at, err));
        if (at >= 0) marks[at] = true;
    }
    return MICA_OK;
}

/* ---- values ---- */

/* Texts are counted by their number in the column's dictionary. */
static bool count_texts(const table_fitting *f, int column, tally *c) {
    const table_column *from = &f->t->column[column];
    int64_t *counts = allocate((size_t)from->texts.count + 1, sizeof *counts);
    bool ok = counts != NULL;
    for (int64_t i = 0; i < f->rows.count && ok; i++) {
        const int64_t row = f->rows.row[i];
        if (!mica_table_is_missing(f->t, column, row)) counts[((int32_t *)from->cells)[row]]++;
    }
    for (int64_t k = 0; k < from->texts.count && ok; k++) {
        size_t length;
        const char *text = text_at(&from->texts, (int32_t)k, &length);
        tallied *one = counts[k] ? tally_entry(c, text, strnlen(text, length)) : NULL;
        if (one) one->count += counts[k], one->key = NAN;
        ok = one || !counts[k];
    }
    free(counts);
    return ok;
}

static bool count_values(const table_fitting *f, int column, tally *c) {
    if (is_text(f->t->column[column].type)) return count_texts(f, column, c);
    for (int64_t i = 0; i < f->rows.count; i++) {
        int64_t row = f->rows.row[i];
        if (mica_table_is_missing(f->t, column, row)) continue;
        char *text = tabular_text(f->t, column, row);
        tallied *one = text ? tally_entry(c, text, strlen(text)) : NULL;
        free(text);
        if (!one) return false;
        if (!one->count++) one->key = mica_table_number(f->t, column, row);
    }
    return true;
}

static int by_number(const void *a, const void *b) {
    double x = ((const tallied *)a)->key, y = ((const tallied *)b)->key;
    return (x > y) - (x < y);
}

/* The different values in their order; NULL: no memory. Sorts c->at. */
static json_t *value_list(const table_fitting *f, int column, tally *c) {
    json_t *list = json_array();
    bool words = is_text(f->t->column[column].type);
    qsort(c->at, c->count, sizeof *c->at, words ? tally_by_text : by_number);
    for (size_t i = 0; i < c->count; i++)
        if (json_array_append_new(list, json_string(c->at[i].text))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* ---- what missing cells become ---- */

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

/* Of the numbers of all rows, which it reorders. */
static mica_status fill_value(const table_fitting *f, double *values, const char *column,
                              double *out, mica_error *err) {
    const char *how = f->o->impute;
    const int64_t n = drop_missing(values, f->rows.count);
    TRY(sort_reals(values, n, err));
    if (!strcmp(how, "constant")) *out = f->o->fill_value;
    else if (!strcmp(how, "mean")) *out = moments_of(values, n).mean;
    else if (!strcmp(how, "median")) *out = quantile_of_sorted(values, n, 0.5);
    else *out = most_frequent_of(values, n);
    if (*out == *out) return MICA_OK;
    return fail(
        err, MICA_VALUE,
        "%s: column %s: every cell of the training part is missing, so that there is no %s: "
        "ignore it, or impute a constant",
        f->name, column, how);
}

static mica_status fill_number(const table_fitting *f, int column, double *out, mica_error *err) {
    double *values = allocate((size_t)f->rows.count + 1, sizeof *values);
    if (!values) return fail_no_memory(err, f->name);
    for (int64_t i = 0; i < f->rows.count; i++)
        values[i] = tabular_number(f->t, column, f->rows.row[i]);
    mica_status status = fill_value(f, values, f->t->column[column].name, out, err);
    free(values);
    return status;
}

/* Before the values are sorted. */
static const char *fill_category(const table_fitting *f, tally *c) {
    const tallied *best = NULL;
    if (!strcmp(f->o->impute, "constant")) {
        const char *fill = f->o->fill_category;
        best = tally_entry(c, fill, strlen(fill));
        return best ? best->text : NULL;
    }
    for (size_t i = 0; i < c->count; i++)
        if (!best || tally_by_count(&c->at[i], best) < 0) best = &c->at[i];
    return best ? best->text : "";
}

/* ---- columns ---- */

mica_status fitting_category(const table_fitting *f, int column, json_t *out, mica_error *err) {
    tally c = {0};
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
    tally_free(&c);
    return status;
}

mica_status fitting_number(const table_fitting *f, int column, json_t *out, mica_error *err) {
    double fill = NAN;
    bool date = f->t->column[column].type == MICA_COLUMN_DATE;
    if (strcmp(f->o->impute, "none")) {
        TRY(fill_number(f, column, &fill, err));
        json_object_set_new(out, "fill", json_real(fill));
    }
    json_object_set_new(out, "type", json_string(date ? "date" : "number"));
    return MICA_OK;
}

/* An input of its own, of strings: the model's layers tell what they mean. */
static mica_status fit_text(const table_fitting *f, int column, json_t *out, mica_error *err) {
    const char *fill = f->o->fill_category;
    const bool free_text = f->t->column[column].type == MICA_COLUMN_TEXT;
    tally c = {0};
    json_object_set_new(out, "type", json_string("text"));
    if (!strcmp(f->o->impute, "none")) return MICA_OK;
    if (strcmp(f->o->impute, "constant")) {
        fill = free_text ? "" : count_values(f, column, &c) ? fill_category(f, &c) : NULL;
        if (fill && !*fill && !free_text && !c.count) fill = f->o->fill_category;
    }
    mica_status status = fill ? MICA_OK : fail_no_memory(err, f->name);
    if (fill) json_object_set_new(out, "fill", json_string(fill));
    tally_free(&c);
    return status;
}

mica_status fitting_fail_text(const table_fitting *f, int column, mica_error *err) {
    const table_column *c = &f->t->column[column];
    const wanted_column w = {f->t,    column,   WANTED_NUMBERS,
                             f->name, "column", "as most of its cells are"};
    wrong_cells found;
    if (!tabular_count_wrong(&w, &found)) return fail_no_memory(err, f->name);
    if (found.wrong * 2 < found.cells) return tabular_wrong_cell(&w, err);
    return fail(err, MICA_VALUE, "%s: column %s is text (%lld different ones in %lld rows): %s",
                f->name, c->name, (long long)c->texts.count, (long long)f->t->rows,
                f->o->groups && tabular_in_groups(f->o)
                    ? "put it into a group of categories, as string_categorical features are"
                    : "put it under ignore, or under categorical, or make columns inputs of their "
                      "own by inputs \"columns\"");
}

static mica_status fit_column(const table_fitting *f, int column, json_t *out, mica_error *err) {
    const table_column *c = &f->t->column[column];
    json_object_set_new(out, "name", json_string(c->name));
    if (tabular_by_columns(f->o) && (f->category[column] || is_text(c->type)))
        return fit_text(f, column, out, err);
    if (f->category[column] || c->type == MICA_COLUMN_CATEGORY)
        return fitting_category(f, column, out, err);
    if (c->type == MICA_COLUMN_TEXT) return fitting_fail_text(f, column, err);
    return fitting_number(f, column, out, err);
}

mica_status fitting_part(const table_fitting *f, const char *name, json_t *one, mica_error *err) {
    row_list rows = f->rows;
    double *values = allocate((size_t)rows.count + 1, sizeof *values), fill;
    mica_status status = values ? MICA_OK : fail_no_memory(err, f->name);
    json_object_set_new(one, "name", json_string(name));
    json_object_set_new(one, "type", json_string("date_part"));
    if (status == MICA_OK && strcmp(f->o->impute, "none")) {
        status = tabular_part(f->t, one, rows, values, f->name, err);
        if (status == MICA_OK) status = fill_value(f, values, name, &fill, err);
        if (status == MICA_OK) json_object_set_new(one, "fill", json_real(fill));
    }
    free(values);
    return status;
}

static mica_status fit_columns(const table_fitting *f, json_t *table, mica_error *err) {
    json_t *columns = json_array();
    json_object_set_new(table, "columns", columns);
    for (int i = 0; i < f->t->count; i++) {
        if (f->taken[i] || (f->o->features.count && !f->chosen[i])) continue;
        json_t *one = json_object();
        json_array_append_new(columns, one);
        TRY(fit_column(f, i, one, err));
    }
    for (int k = 0; k < f->o->features.count; k++) {
        const char *name = f->o->features.values[k];
        if (mica_table_find(f->t, name) >= 0 || !fitting_is_part(f, name)) continue;
        json_t *one = json_object();
        json_array_append_new(columns, one);
        TRY(fitting_part(f, name, one, err));
    }
    if (json_array_size(columns)) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: no column is left for x", f->name);
}

static json_t *above_classes(const mica_tabular_options *o) {
    char most[64], above[64];
    tabular_above_name(o, false, most);
    tabular_above_name(o, true, above);
    return json_pack("[s, s]", most, above);
}

static mica_status fit_target(const table_fitting *f, int target, json_t *table, mica_error *err) {
    json_t *out = json_pack("{s:s}", "name", f->t->column[target].name);
    bool classes = tabular_has_classes(f->t, f->o, target);
    json_object_set_new(table, "target", out);
    json_object_set_new(out, "type", json_string(classes ? "class" : "number"));
    if (!classes) return MICA_OK;
    if (!isnan(f->o->target_above)) {
        json_object_set_new(out, "above", json_real(f->o->target_above));
        json_object_set_new(out, "classes", above_classes(f->o));
        return MICA_OK;
    }
    tally c = {0};
    json_t *values = count_values(f, target, &c) ? value_list(f, target, &c) : NULL;
    json_object_set_new(out, "classes", values);
    tally_free(&c);
    return values ? MICA_OK : fail_no_memory(err, f->name);
}

/* By its own name, not by a pattern: the target is an input only where that is meant. */
static bool is_named(const mica_texts *names, const char *column) {
    for (int i = 0; i < names->count; i++)
        if (!strcmp(names->values[i], column)) return true;
    return false;
}

/* One text makes a column one of texts. */
static mica_status check_numeric(const table_fitting *f, mica_error *err) {
    const mica_texts *names = &f->o->numeric;
    for (int k = 0; k < names->count; k++) {
        int at = mica_table_find(f->t, names->values[k]);
        if (at < 0 && fitting_is_part(f, names->values[k])) continue;
        if (at < 0) TRY(tabular_find(f->t, names->values[k], "numeric", f->name, &at, err));
        if (!is_text(f->t->column[at].type)) continue;
        return tabular_wrong_cell(&(wanted_column){f->t, at, WANTED_NUMBERS, f->name, "column",
                                                   "as its feature or the option numeric says"},
                                  err);
    }
    return MICA_OK;
}

static mica_status fit(table_fitting *f, json_t *table, mica_error *err) {
    const mica_tabular_options *o = f->o;
    int target = -1, weight = -1;
    if (o->target) TRY(tabular_find(f->t, o->target, "target", f->name, &target, err));
    if (o->sample_weight)
        TRY(tabular_find(f->t, o->sample_weight, "sample_weight", f->name, &weight, err));
    TRY(mark(f, &o->ignore, "ignore", f->taken, err));
    TRY(mark(f, &o->features, "features", f->chosen, err));
    TRY(mark(f, &o->categorical, "categorical", f->category, err));
    for (int i = 0; i < f->t->count; i++)
        f->category[i] |= o->text_categories && f->t->column[i].type == MICA_COLUMN_TEXT;
    TRY(check_numeric(f, err));
    if (target >= 0) f->taken[target] = !is_named(&o->features, o->target);
    if (weight >= 0) {
        f->taken[weight] = true;
        json_object_set_new(table, "sample_weight", json_string(o->sample_weight));
    }
    if (tabular_by_columns(o)) json_object_set_new(table, "inputs", json_string("columns"));
    TRY(tabular_in_groups(o) ? fit_groups(f, table, err) : fit_columns(f, table, err));
    return target >= 0 ? fit_target(f, target, table, err) : MICA_OK;
}

/* Whether NAME, a pattern or NAME.PART speaks of the column. */
static bool speaks_of(const char *name, const char *column) {
    size_t length = strlen(column), stem;
    int part;
    if (!fnmatch(name, column, 0)) return true;
    return tabular_part_of(name, &stem, &part) && stem == length && !strncmp(name, column, stem);
}

static bool in_groups(const json_t *groups, const char *column) {
    const char *name;
    json_t *group, *one;
    size_t k;
    json_object_foreach((json_t *)groups, name, group) {
        json_array_foreach(json_object_get(group, "columns"), k, one) {
            if (json_is_string(one) && speaks_of(json_string_value(one), column)) return true;
        }
    }
    return false;
}

mica_status tabular_told(const mica_table *t, const mica_tabular_options *o, const char *name,
                         bool *told, mica_error *err) {
    const size_t n = (size_t)t->count + 1;
    bool *marks = allocate(3 * n, sizeof *marks);
    const table_fitting f = {t, o, {0}, name, marks, marks + n, marks + 2 * n};
    json_t *groups = o->groups ? json_loads(o->groups, 0, NULL) : NULL;
    mica_status status = marks ? mark(&f, &o->ignore, "ignore", f.taken, err)
                               : fail_no_memory(err, name);
    if (status == MICA_OK) status = mark(&f, &o->features, "features", f.chosen, err);
    for (int i = 0; i < t->count && status == MICA_OK; i++) {
        const char *column = t->column[i].name;
        bool asked = groups ? in_groups(groups, column) : !o->features.count || f.chosen[i];
        for (int k = 0; k < o->features.count && !asked; k++)
            asked = speaks_of(o->features.values[k], column);
        told[i] = asked && !f.taken[i];
    }
    json_decref(groups);
    free(marks);
    return status;
}

mica_status tabular_fit(const mica_table *t, const mica_tabular_options *o, row_list rows,
                        const char *name, json_t **out, mica_error *err) {
    size_t n = (size_t)t->count + 1;
    bool *marks = allocate(3 * n, sizeof *marks);
    table_fitting f = {t, o, rows, name, marks, marks + n, marks + 2 * n};
    json_t *table = json_object();
    *out = json_pack("{s:o}", "table", table);
    if (o->normalize && strcmp(o->normalize, "none"))
        json_object_set_new(table, "normalize", json_string(o->normalize));
    for (int i = 0; i < o->text_columns.count; i++) {
        if (!i) json_object_set_new(table, "text_columns", json_array());
        json_array_append_new(json_object_get(table, "text_columns"),
                              json_string(o->text_columns.values[i]));
    }
    mica_status status = marks && *out ? fit(&f, table, err) : fail_no_memory(err, name);
    free(marks);
    if (status == MICA_OK) return MICA_OK;
    json_decref(*out);
    *out = NULL;
    return status;
}
