/* A table's rows as x, y and weights by a preparation: see tabular.h. */
#include "data/memory.h"
#include "data/tabular.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct applying {
    mica_dataset *d;
    const mica_table *t;
    const mica_tabular_options *o;
    row_list rows;
    const char *name;
} applying;

static mica_status fail_preparation(const applying *a, mica_error *err) {
    return fail(err, MICA_FORMAT, "%s: fitted is no preparation of a table", a->name);
}

/* ---- categories ---- */

typedef struct lookup {
    const json_t *names;
    hash_index by_text;
} lookup;

static bool lookup_open(lookup *l, const json_t *names) {
    size_t i;
    json_t *name;
    *l = (lookup){.names = names};
    json_array_foreach((json_t *)names, i, name) {
        const char *text = json_string_value(name);
        if (!text || !index_add(&l->by_text, hash_bytes(HASH_BEGIN, text, strlen(text)), (int)i))
            return false;
    }
    return true;
}

/* -1: unknown. */
static int lookup_number(const lookup *l, const char *text) {
    size_t at = 0;
    uint64_t hash = hash_bytes(HASH_BEGIN, text, strlen(text));
    for (int i; (i = index_next(&l->by_text, hash, &at)) >= 0;)
        if (!strcmp(json_string_value(json_array_get(l->names, (size_t)i)), text)) return i;
    return -1;
}

static mica_status fail_unknown_value(const applying *a, const char *what, const char *column,
                                      const char *text, int64_t row, mica_error *err) {
    return fail(err, MICA_VALUE,
                "%s: %s %s: '%.100s' in data row %lld is not among those of the training part",
                a->name, what, column, text, (long long)row + 1);
}

enum { NOT_LOOKED = INT32_MIN };

/* The number of a cell that is there: by its text, which texts of a table have once each. */
static mica_status cell_number_of(const applying *a, const lookup *l, int column, int64_t row,
                                  int32_t *known, int *out, mica_error *err) {
    const table_column *c = &a->t->column[column];
    int32_t *slot = known ? &known[((int32_t *)c->cells)[row]] : NULL;
    if (slot && *slot != NOT_LOOKED) return *out = *slot, MICA_OK;
    char *text = tabular_text(a->t, column, row);
    if (!text) return fail_no_memory(err, a->name);
    *out = lookup_number(l, text);
    free(text);
    if (slot) *slot = *out;
    return MICA_OK;
}

static mica_status known_numbers(const applying *a, int column, int32_t **out, mica_error *err) {
    const table_column *c = &a->t->column[column];
    *out = NULL;
    if (!is_text(c->type)) return MICA_OK;
    *out = malloc(((size_t)c->texts.count + 1) * sizeof **out);
    for (int64_t i = 0; i < c->texts.count && *out; i++) (*out)[i] = NOT_LOOKED;
    return *out ? MICA_OK : fail_no_memory(err, a->name);
}

/* Row i's number of a category or class, at(i * step); `fill` of missing cells, -1: an error. */
static mica_status put_numbers(const applying *a, const lookup *l, int column, const char *what,
                               int fill, bool unknown_allowed, float *x, int32_t *y, size_t step,
                               mica_error *err) {
    int32_t *known;
    const char *name = a->t->column[column].name;
    TRY(known_numbers(a, column, &known, err));
    mica_status status = MICA_OK;
    for (int64_t i = 0; i < a->rows.count && status == MICA_OK; i++) {
        int64_t row = a->rows.row[i];
        int number = fill;
        if (!mica_table_is_missing(a->t, column, row)) {
            status = cell_number_of(a, l, column, row, known, &number, err);
            if (status == MICA_OK && number < 0 && !unknown_allowed) {
                char *text = tabular_text(a->t, column, row);
                status = fail_unknown_value(a, what, name, text ? text : "", row, err);
                free(text);
            }
        } else if (fill < 0) {
            status = tabular_missing(a->name, what, name, row, err);
        }
        if (x) x[(size_t)i * step] = (float)number;
        else y[(size_t)i * step] = number;
    }
    free(known);
    return status;
}

/* One of x and y is NULL. */
static mica_status apply_category(const applying *a, const json_t *how, int column, float *x,
                                  int32_t *y, size_t step, mica_error *err) {
    lookup l;
    const char *fill = config_member(how, "fill");
    bool ok = lookup_open(&l, json_object_get(how, "categories")),
         any = y || !strcmp(a->o->unknown, "minus_one");
    mica_status status = ok ? put_numbers(a, &l, column, "column",
                                          fill ? lookup_number(&l, fill) : -1, any, x, y, step, err)
                            : fail_preparation(a, err);
    index_free(&l.by_text);
    return status;
}

/* ---- numbers ---- */

/* Where numbers go: one of the two. */
typedef struct numbers {
    float *singles;
    double *reals;
} numbers;

static mica_status wrong_cell(const applying *a, int column, wanted_cells wanted, const char *what,
                              const char *why, mica_error *err) {
    return tabular_wrong_cell(&(wanted_column){a->t, column, wanted, a->name, what, why}, err);
}

static mica_status apply_number(const applying *a, const json_t *how, int column, numbers to,
                                size_t step, mica_error *err) {
    const table_column *c = &a->t->column[column];
    const json_t *fill = json_object_get(how, "fill");
    bool date = !strcmp(config_member(how, "type"), "date");
    if (c->type != MICA_COLUMN_MISSING &&
        (is_text(c->type) || date != (c->type == MICA_COLUMN_DATE)))
        return wrong_cell(a, column, date ? WANTED_DATES : WANTED_NUMBERS, "column",
                          "as in the training part", err);
    for (int64_t i = 0; i < a->rows.count; i++) {
        double v = tabular_number(a->t, column, a->rows.row[i]);
        if (v != v) {
            if (!fill) return tabular_missing(a->name, "column", c->name, a->rows.row[i], err);
            v = json_number_value(fill);
        }
        if (!isfinite(to.reals ? v : (double)(float)v))
            return fail(err, MICA_VALUE,
                        "%s: column %s: %g in data row %lld, expected a number that is finite%s",
                        a->name, c->name, v, (long long)a->rows.row[i] + 1,
                        isfinite(v) ? " in float32" : "");
        if (to.reals) to.reals[(size_t)i * step] = v;
        else to.singles[(size_t)i * step] = (float)v;
    }
    return MICA_OK;
}

static mica_status apply_part(const applying *a, const json_t *how, numbers to, size_t step,
                              mica_error *err) {
    const json_t *fill = json_object_get(how, "fill");
    double *values = allocate((size_t)a->rows.count + 1, sizeof *values);
    if (!values) return fail_no_memory(err, a->name);
    mica_status status = tabular_part(a->t, how, a->rows, values, a->name, err);
    for (int64_t i = 0; i < a->rows.count && status == MICA_OK; i++) {
        double v = values[i];
        if (v != v && !fill)
            status = tabular_missing(a->name, "column", config_member(how, "name"), a->rows.row[i],
                                     err);
        if (v != v && fill) v = json_number_value(fill);
        if (to.reals) to.reals[(size_t)i * step] = v;
        else to.singles[(size_t)i * step] = (float)v;
    }
    free(values);
    return status;
}

/* ---- x ---- */

static mica_status apply_column(const applying *a, const json_t *how, float *x, size_t step,
                                mica_error *err) {
    const char *name = config_member(how, "name"), *type = config_member(how, "type");
    int column;
    if (!name || !type) return fail_preparation(a, err);
    if (!strcmp(type, "date_part")) return apply_part(a, how, (numbers){.singles = x}, step, err);
    TRY(tabular_find_trained(a->t, name, a->name, &column, err));
    if (!strcmp(type, "category")) return apply_category(a, how, column, x, NULL, step, err);
    if (strcmp(type, "number") && strcmp(type, "date")) return fail_preparation(a, err);
    return apply_number(a, how, column, (numbers){.singles = x}, step, err);
}

static mica_status hint_impute(const applying *a, mica_status status, mica_error *err) {
    if (!err || !strstr(err->message, " is missing") || strcmp(a->o->impute, "none")) return status;
    size_t n = strlen(err->message);
    snprintf(err->message + n, sizeof err->message - n,
             "; the option impute (mean, median, most_frequent, constant) fills such cells");
    return status;
}

static mica_status add_column(const applying *a, const char *name, column_role role,
                              mica_dtype dtype, const shape *s, buffer *bytes, mica_error *err) {
    mica_status status = memory_add_column(a->d, name, role, dtype, s, bytes, 0, err);
    buffer_drop(bytes);
    return status;
}

/* An input of its own; numbers as float64, so that whole ones stay what they are. */
static mica_status add_input(const applying *a, const json_t *how, mica_error *err) {
    const char *name = config_member(how, "name"), *type = config_member(how, "type");
    int column;
    if (!name || !type) return fail_preparation(a, err);
    if (strlen(name) >= sizeof a->d->column->name)
        return fail(err, MICA_VALUE,
                    "%s: column %.40s…: a name of %zu bytes, expected less than %zu of an input",
                    a->name, name, strlen(name), sizeof a->d->column->name);
    const bool part = !strcmp(type, "date_part");
    if (!part) TRY(tabular_find_trained(a->t, name, a->name, &column, err));
    if (!strcmp(type, "text"))
        return tabular_add_texts(a->d, a->t, column, a->rows, config_member(how, "fill"), a->name,
                                 err);
    buffer *bytes = buffer_new((size_t)a->rows.count * sizeof(double));
    if (!bytes) return fail_no_memory(err, a->name);
    numbers to = {.reals = bytes->data};
    mica_status status = part ? apply_part(a, how, to, 1, err)
                              : apply_number(a, how, column, to, 1, err);
    if (status == MICA_OK)
        return add_column(a, name, COLUMN_INPUT, MICA_FLOAT64, &(shape){0}, bytes, err);
    buffer_drop(bytes);
    return status;
}

static mica_status add_each_input(const applying *a, const json_t *columns, mica_error *err) {
    size_t i;
    json_t *how;
    if (!json_array_size(columns)) return fail_preparation(a, err);
    json_array_foreach((json_t *)columns, i, how) {
        mica_status status = add_input(a, how, err);
        if (status != MICA_OK) return hint_impute(a, status, err);
    }
    return MICA_OK;
}

/* ---- groups of columns ---- */

/* Categories of a part of dates are its numbers. */
static mica_status part_numbers(const applying *a, const json_t *how, int32_t *y, size_t step,
                                mica_error *err) {
    lookup l = {0};
    char text[32];
    double *values = allocate((size_t)a->rows.count + 1, sizeof *values);
    mica_status status = !values ? fail_no_memory(err, a->name)
                         : lookup_open(&l, json_object_get(how, "categories"))
                             ? apply_part(a, how, (numbers){.reals = values}, 1, err)
                             : fail_preparation(a, err);
    for (int64_t i = 0; i < a->rows.count && status == MICA_OK; i++) {
        snprintf(text, sizeof text, "%.0f", values[i]);
        y[(size_t)i * step] = lookup_number(&l, text);
    }
    index_free(&l.by_text);
    free(values);
    return status;
}

/* The column's numbers among all of its group; "first" is what is unknown. */
static mica_status apply_tokens(const applying *a, const json_t *how, int32_t *y, size_t step,
                                mica_error *err) {
    const char *name = config_member(how, "name"), *type = config_member(how, "type");
    const int32_t first = (int32_t)json_integer_value(json_object_get(how, "first"));
    int column;
    if (!name || !type) return fail_preparation(a, err);
    if (!strcmp(type, "date_part")) TRY(part_numbers(a, how, y, step, err));
    else {
        TRY(tabular_find_trained(a->t, name, a->name, &column, err));
        TRY(apply_category(a, how, column, NULL, y, step, err));
    }
    for (int64_t i = 0; i < a->rows.count; i++) y[(size_t)i * step] += first + 1;
    return MICA_OK;
}

/* The columns of group `number`, which begin at `begin`. */
static mica_status add_group(const applying *a, const json_t *table, int number, int64_t begin,
                             int64_t width, mica_error *err) {
    const json_t *columns = json_object_get(table, "columns"),
                 *group = json_array_get(json_object_get(table, "groups"), (size_t)number);
    const char *name = config_member(group, "name"), *type = config_member(group, "type");
    const bool tokens = type && !strcmp(type, "category");
    const size_t count = (size_t)a->rows.count, step = (size_t)width;
    if (!name || !type || width < 1 || strlen(name) >= sizeof a->d->column->name)
        return fail_preparation(a, err);
    if (count > SIZE_MAX / 4 / step) return fail_no_memory(err, a->name);
    buffer *bytes = buffer_new(count * step * 4);
    mica_status status = bytes ? MICA_OK : fail_memory(err, count * step * 4, a->name);
    for (int64_t k = 0; k < width && status == MICA_OK; k++) {
        const json_t *how = json_array_get(columns, (size_t)(begin + k));
        status = tokens ? apply_tokens(a, how, (int32_t *)bytes->data + k, step, err)
                        : apply_column(a, how, (float *)bytes->data + k, step, err);
    }
    if (status == MICA_OK)
        return add_column(a, name, COLUMN_INPUT, tokens ? MICA_INT32 : MICA_FLOAT32,
                          &(shape){1, {width}}, bytes, err);
    if (bytes) buffer_drop(bytes);
    return status;
}

static mica_status add_groups(const applying *a, const json_t *table, mica_error *err) {
    const json_t *groups = json_object_get(table, "groups");
    int64_t begin = 0;
    if (!json_array_size(groups)) return fail_preparation(a, err);
    for (size_t i = 0; i < json_array_size(groups); i++) {
        const int64_t width = json_integer_value(
            json_object_get(json_array_get(groups, i), "columns"));
        mica_status status = add_group(a, table, (int)i, begin, width, err);
        if (status != MICA_OK) return hint_impute(a, status, err);
        begin += width;
    }
    return MICA_OK;
}

static mica_status add_inputs(const applying *a, const json_t *columns, mica_error *err) {
    size_t width = json_array_size(columns), count = (size_t)a->rows.count, i;
    json_t *how;
    if (!width) return fail_preparation(a, err);
    if (count > SIZE_MAX / 4 / width) return fail_no_memory(err, a->name);
    buffer *bytes = buffer_new(count * width * sizeof(float));
    if (!bytes) return fail_memory(err, count * width * sizeof(float), a->name);
    json_array_foreach((json_t *)columns, i, how) {
        mica_status status = apply_column(a, how, (float *)bytes->data + i, width, err);
        if (status == MICA_OK) continue;
        buffer_drop(bytes);
        return hint_impute(a, status, err);
    }
    return add_column(a, "x", COLUMN_INPUT, MICA_FLOAT32, &(shape){1, {(int64_t)width}}, bytes,
                      err);
}

/* ---- y and weights ---- */

static mica_status keep_classes(const applying *a, const json_t *classes, mica_error *err) {
    size_t count = json_array_size(classes), i;
    json_t *name;
    a->d->class_names = arena_take(&a->d->texts, (count + 1) * sizeof *a->d->class_names);
    if (!a->d->class_names) return fail_no_memory(err, a->name);
    json_array_foreach((json_t *)classes, i, name) {
        if (!json_is_string(name)) return fail_preparation(a, err);
        if (!(a->d->class_names[i] = arena_text(&a->d->texts, json_string_value(name))))
            return fail_no_memory(err, a->name);
    }
    a->d->classes = (int)count;
    return MICA_OK;
}

/* 1 where the number is above the limit, 0 elsewhere. */
static mica_status put_above(const applying *a, double limit, int column, int32_t *y,
                             mica_error *err) {
    const table_column *c = &a->t->column[column];
    if (is_text(c->type))
        return wrong_cell(a, column, WANTED_NUMBERS, "target", "that target_above divides", err);
    for (int64_t i = 0; i < a->rows.count; i++) {
        double v = mica_table_number(a->t, column, a->rows.row[i]);
        if (v != v) return tabular_missing(a->name, "target", c->name, a->rows.row[i], err);
        y[i] = v > limit;
    }
    return MICA_OK;
}

static mica_status put_classes(const applying *a, const json_t *target, int column, int32_t *y,
                               mica_error *err) {
    lookup l;
    const json_t *classes = json_object_get(target, "classes"),
                 *above = json_object_get(target, "above");
    TRY(keep_classes(a, classes, err));
    if (above) return put_above(a, json_number_value(above), column, y, err);
    mica_status status = lookup_open(&l, classes)
                             ? put_numbers(a, &l, column, "target", -1, false, NULL, y, 1, err)
                             : fail_no_memory(err, a->name);
    index_free(&l.by_text);
    return status;
}

/* Numbers that are there; `least` for weights. */
static mica_status put_reals(const applying *a, const char *what, int column, double least,
                             float *out, mica_error *err) {
    const table_column *c = &a->t->column[column];
    if (is_text(c->type)) return wrong_cell(a, column, WANTED_NUMBERS, what, "there", err);
    for (int64_t i = 0; i < a->rows.count; i++) {
        double v = tabular_number(a->t, column, a->rows.row[i]);
        if (v != v) return tabular_missing(a->name, what, c->name, a->rows.row[i], err);
        if (v < least)
            return fail(err, MICA_VALUE, "%s: %s %s: %g in data row %lld, expected at least %g",
                        a->name, what, c->name, v, (long long)a->rows.row[i] + 1, least);
        out[i] = (float)v;
    }
    return MICA_OK;
}

/* Whole numbers stay whole, so that they may be classes too. */
static bool fits_int32(const applying *a, int column) {
    if (a->t->column[column].type != MICA_COLUMN_INTEGER) return false;
    for (int64_t i = 0; i < a->rows.count; i++) {
        double v = tabular_number(a->t, column, a->rows.row[i]);
        if (!(fabs(v) <= INT32_MAX)) return false;
    }
    return true;
}

static void whole(const applying *a, int column, int32_t *y) {
    for (int64_t i = 0; i < a->rows.count; i++)
        y[i] = (int32_t)tabular_number(a->t, column, a->rows.row[i]);
}

static mica_status add_target(const applying *a, const json_t *target, mica_error *err) {
    const char *name = config_member(target, "name"), *type = config_member(target, "type");
    int column = name ? mica_table_find(a->t, name) : -1;
    if (!target) return MICA_OK;
    if (!name || !type) return fail_preparation(a, err);
    if (column < 0) { /* new data without its answer, to predict */
        char why[256];
        snprintf(why, sizeof why, "the table lacks the target's column '%s'", name);
        a->d->no_targets = arena_text(&a->d->texts, why);
        return a->d->no_targets ? MICA_OK : fail_no_memory(err, a->name);
    }
    bool classes = !strcmp(type, "class"), integer = classes || fits_int32(a, column);
    buffer *y = buffer_new((size_t)a->rows.count * sizeof(float));
    if (!y) return fail_no_memory(err, a->name);
    mica_status status = MICA_OK;
    if (classes) status = put_classes(a, target, column, (int32_t *)y->data, err);
    else if (integer) whole(a, column, (int32_t *)y->data);
    else status = put_reals(a, "target", column, -INFINITY, (float *)y->data, err);
    if (status == MICA_OK)
        return add_column(a, "y", COLUMN_TARGET, integer ? MICA_INT32 : MICA_FLOAT32, &(shape){0},
                          y, err);
    buffer_drop(y);
    return status;
}

static mica_status add_weights(const applying *a, const char *name, mica_error *err) {
    int column = name ? mica_table_find(a->t, name) : -1;
    if (column < 0) return MICA_OK;
    buffer *w = buffer_new((size_t)a->rows.count * sizeof(float));
    if (!w) return fail_no_memory(err, a->name);
    mica_status status = put_reals(a, "sample_weight", column, 0, (float *)w->data, err);
    if (status == MICA_OK)
        return add_column(a, "sample_weight", COLUMN_WEIGHT, MICA_FLOAT32, &(shape){0}, w, err);
    buffer_drop(w);
    return status;
}

static mica_status apply(mica_dataset *d, const mica_table *t, const json_t *table,
                         const mica_tabular_options *o, row_list rows, const char *name,
                         mica_error *err) {
    applying a = {d, t, o, rows, name};
    d->rows = rows.count;
    const char *inputs = config_member(table, "inputs");
    const json_t *columns = json_object_get(table, "columns");
    if (inputs && !strcmp(inputs, "columns")) TRY(add_each_input(&a, columns, err));
    else if (inputs && !strcmp(inputs, "grouped")) TRY(add_groups(&a, table, err));
    else TRY(add_inputs(&a, columns, err));
    TRY(add_target(&a, json_object_get(table, "target"), err));
    return add_weights(&a, config_member(table, "sample_weight"), err);
}

mica_status tabular_apply(mica_dataset *d, const mica_table *t, const json_t *preparation,
                          const mica_tabular_options *o, row_list rows, const char *name,
                          mica_error *err) {
    const json_t *table = json_object_get(preparation, "table");
    const char *form = config_member(table, "normalize");
    mica_table *normal;
    /* What was fitted just now is in that form already. */
    TRY(tabular_normalize(
        t, form && (o->fitted || !o->normalize || strcmp(form, o->normalize)) ? form : NULL, name,
        &normal, err));
    mica_status status = apply(d, normal ? normal : t, table, o, rows, name, err);
    mica_table_destroy(&normal);
    return status;
}
