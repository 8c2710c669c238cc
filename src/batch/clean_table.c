/* Cleaning a table: the whole. See mica_table_clean in mica/clean.h; the steps are in
 * clean_columns.c and clean_repair.c. */
#include "batch/clean_table.h"

#include "data/tabular.h"
#include "transform/clean.h"
#include "transform/fold_text.h"
#include "transform/normal_form.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static const char *const missings[] = {"none",     "mean",         "median", "most_frequent",
                                       "constant", "forward_fill", "drop",   NULL};
static const char *const unrepaireds[] = {"keep", "missing", NULL};
static const char *const decimals[] = {"auto", ".", ",", NULL};
static const char *const orders[] = {"auto", "dmy", "mdy", NULL};
static const char *const outliers[] = {"none", "z_score", "iqr", NULL};
static const char *const actions[] = {"clip", "drop", "missing", NULL};
static const char *const forms[] = NORMAL_FORMS;
static const char *const cases[] = LETTER_CASES;
static const char *const keeps[] = KEEP_NAMES;

#define OWNER mica_clean_options
const field clean_fields[] = {
    TEXT(OWNER, missing, "none", .choices = missings, .help = "what missing cells become"),
    REAL(OWNER, fill_value, .help = "numbers by constant"),
    TEXT(OWNER, fill_text, "missing", .help = "texts and dates by constant"),
    TEXTS(OWNER, na_values, .help = "texts that are missing"),
    TEXT(OWNER, normalize, "none", .choices = forms, .help = "a normal form of Unicode"),
    BOOLEAN(OWNER, trim, .help = "no blanks at both ends"),
    BOOLEAN(OWNER, spaces, .help = "runs of blanks become one space"),
    BOOLEAN(OWNER, width, .help = "full-width letters become ASCII"),
    TEXT(OWNER, letters, "keep", .choices = cases, .help = "case"),
    BOOLEAN(OWNER, repair, .help = "texts become numbers, dates, truth values"),
    TEXT(OWNER, unrepaired, "keep", .choices = unrepaireds, .help = "where some cells cannot"),
    TEXT(OWNER, decimal, "auto", .choices = decimals, .help = "the sign before a fraction"),
    TEXT(OWNER, date_order, "auto", .choices = orders, .help = "of dates in digits"),
    TEXT(OWNER, outliers, "none", .choices = outliers, .help = "which numbers are outliers"),
    REAL(OWNER, factor, .max = 1e9, .help = "how far they are"),
    TEXT(OWNER, outlier_action, "clip", .choices = actions, .help = "what becomes of them"),
    END_OF_FIELDS,
};
static const field table_fields[] = {
    TEXTS(OWNER, columns, .help = "that this is done with"),
    CONFIG(OWNER, rules, NULL, .flags = FIELD_JSON | FIELD_NULLABLE, .help = "single columns"),
    BOOLEAN(OWNER, drop_duplicates, .help = "equal rows go"),
    TEXTS(OWNER, subset, .help = "columns that must be equal"),
    TEXT(OWNER, keep, "first", .choices = keeps, .help = "which of equal rows stays"),
    END_OF_FIELDS,
};
#undef OWNER

mica_clean_options mica_clean_defaults(void) {
    return (mica_clean_options){.size = sizeof(mica_clean_options)};
}

/* ---- what is done with which column ---- */

/* Names, or patterns where no column has the name. Calls mark for each that fits. */
static mica_status each_named(const mica_table *t, const mica_texts *names, const char *what,
                              bool *marked, mica_error *err) {
    for (int i = 0; i < names->count; i++) {
        const char *name = names->values[i];
        int column = mica_table_find(t, name), hits = 0;
        if (column >= 0) marked[column] = true;
        for (int k = 0; k < t->count && column < 0; k++)
            if (!fnmatch(name, t->column[k].name, 0)) marked[k] = true, hits++;
        if (column < 0 && !hits) TRY(tabular_find(t, name, what, "clean", &column, err));
    }
    return MICA_OK;
}

static mica_status choose_columns(cleaning *c, const mica_clean_options *o, mica_error *err) {
    bool *chosen = arena_take(&c->memory, (size_t)c->t->count + 1);
    if (!chosen) return fail_no_memory(err, "clean");
    TRY(each_named(c->t, &o->columns, "columns", chosen, err));
    for (int i = 0; i < c->t->count; i++)
        c->column[i] = (cleaned_column){
            .o = *o, .before = c->t->column[i].type, .left_out = o->columns.count && !chosen[i]};
    return MICA_OK;
}

/* What the rule does not say is as for all columns; nothing, where these leave the column out. */
static mica_status read_rule(cleaning *c, const char *name, const json_t *rule, int i,
                             mica_error *err) {
    cleaned_column *column = &c->column[i];
    char what[512];
    snprintf(what, sizeof what, "clean: rules: column %s", name);
    if (!json_is_object(rule))
        return fail(err, MICA_TYPE, "%s: %s, expected an object", what, config_kind(rule));
    json_t *all = json_object();
    mica_status status = all ? MICA_OK : fail_no_memory(err, what);
    if (status == MICA_OK && !column->left_out)
        status = fields_write(clean_fields, &column->o, all, err);
    if (status == MICA_OK) json_object_update(all, (json_t *)rule);
    column->o = mica_clean_defaults();
    if (status == MICA_OK)
        status = fields_read(clean_fields, &column->o, all, &c->memory, NULL, what, err);
    json_decref(all);
    column->named = true;
    column->left_out = false;
    return status;
}

static mica_status read_rules(cleaning *c, const char *text, mica_error *err) {
    json_t *rules, *rule;
    const char *name;
    mica_status status = MICA_OK;
    if (!text) return MICA_OK;
    TRY(config_parse(text, strlen(text), "clean: rules", &rules, err));
    if (!json_is_object(rules))
        status = fail(err, MICA_TYPE, "clean: rules: %s, expected an object of columns",
                      config_kind(rules));
    json_object_foreach(rules, name, rule) {
        int column;
        if (status == MICA_OK) status = tabular_find(c->t, name, "rules", "clean", &column, err);
        if (status == MICA_OK) status = read_rule(c, name, rule, column, err);
    }
    json_decref(rules);
    return status;
}

/* ---- rows ---- */

/* Leaves the marked rows out; *count: how many. */
static mica_status drop_marked(cleaning *c, int64_t *count, mica_error *err) {
    mica_table *fewer;
    *count = 0;
    for (int64_t i = 0; i < c->t->rows; i++) *count += c->mark[i];
    if (!*count) return MICA_OK;
    TRY(table_without(c->t, c->mark, &fewer, err));
    memset(c->mark, 0, (size_t)c->t->rows);
    mica_table_destroy(&c->t);
    c->t = fewer;
    return MICA_OK;
}

static keep_which keep_by_name(const char *name) {
    int i = 0;
    while (keeps[i] && strcmp(keeps[i], name)) i++;
    return (keep_which)i;
}

static mica_status drop_duplicates(cleaning *c, const mica_clean_options *o, mica_error *err) {
    bool *chosen = arena_take(&c->memory, (size_t)c->t->count + 1);
    cells *columns = arena_take(&c->memory, ((size_t)c->t->count + 1) * sizeof *columns);
    int count = 0;
    if (!chosen || !columns) return fail_no_memory(err, "clean");
    TRY(each_named(c->t, &o->subset, "subset", chosen, err));
    for (int i = 0; i < c->t->count; i++) {
        const table_column *from = &c->t->column[i];
        size_t size = cell_size(from->type);
        if ((o->subset.count && !chosen[i]) || !size) continue;
        columns[count++] = (cells){from->cells, size, size, from->type == MICA_COLUMN_NUMBER};
    }
    if (!count || !c->t->rows) return MICA_OK;
    TRY(mark_duplicates(columns, count, c->t->rows, keep_by_name(o->keep), c->mark, &c->duplicates,
                        err));
    return drop_marked(c, &c->duplicates, err);
}

/* ---- the whole ---- */

typedef mica_status clean_step(cleaning *c, int i, mica_error *err);

static mica_status each_column(cleaning *c, clean_step *step, mica_error *err) {
    for (int i = 0; i < c->t->count; i++)
        if (!c->column[i].left_out) TRY(step(c, i, err));
    return MICA_OK;
}

static mica_status mark_missing(cleaning *c, int i, mica_error *err) {
    (void)err;
    if (!strcmp(c->column[i].o.missing, "drop"))
        for (int64_t row = 0; row < c->t->rows; row++)
            c->mark[row] |= cell_missing(&c->t->column[i], row);
    return MICA_OK;
}

static mica_status clean(cleaning *c, const mica_clean_options *o, mica_error *err) {
    TRY(choose_columns(c, o, err));
    TRY(read_rules(c, o->rules, err));
    TRY(each_column(c, clean_texts, err));
    TRY(each_column(c, clean_repair, err));
    if (o->drop_duplicates) TRY(drop_duplicates(c, o, err));
    TRY(each_column(c, clean_outliers, err));
    TRY(drop_marked(c, &c->outlier_rows, err));
    TRY(each_column(c, mark_missing, err));
    TRY(drop_marked(c, &c->missing_rows, err));
    return each_column(c, clean_missing, err);
}

static json_t *column_json(const table_column *c, const cleaned_column *done) {
    json_t *all = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "column", c->name,
                            "type_before", mica_column_type_name(done->before), "type",
                            mica_column_type_name(c->type), "texts", (json_int_t)done->texts,
                            "repaired", (json_int_t)done->repaired, "unrepaired",
                            (json_int_t)done->unrepaired, "outliers", (json_int_t)done->outliers,
                            "filled", (json_int_t)done->filled, "missing", (json_int_t)c->missing);
    json_object_set_new(all, "fill", done->value ? json_string(done->value) : json_null());
    return all;
}

static mica_status report(cleaning *c, int64_t rows, mica_error *err) {
    json_t *columns = json_array();
    for (int i = 0; i < c->t->count; i++)
        json_array_append_new(columns, column_json(&c->t->column[i], &c->column[i]));
    json_t *all = json_pack("{s:I, s:I, s:{s:I, s:I, s:I}, s:o}", "rows", (json_int_t)rows,
                            "rows_written", (json_int_t)c->t->rows, "dropped", "duplicates",
                            (json_int_t)c->duplicates, "outliers", (json_int_t)c->outlier_rows,
                            "missing", (json_int_t)c->missing_rows, "columns", columns);
    bool done = all && table_set_report(c->t, all);
    json_decref(all);
    return done ? MICA_OK : fail_no_memory(err, "clean");
}

mica_status mica_table_clean(mica_context *ctx, const mica_table *t,
                             const mica_clean_options *options, mica_table **out, mica_error *err) {
    REQUIRE(ctx, "ctx");
    REQUIRE(t, "t");
    REQUIRE(out, "out");
    mica_clean_options o = mica_clean_defaults();
    cleaning c = {0};
    TRY(options_take(&o, sizeof o, options, "clean", err));
    mica_status status = fields_resolve(clean_fields, &o, &c.memory, "clean", err);
    if (status == MICA_OK) status = fields_resolve(table_fields, &o, &c.memory, "clean", err);
    if (status == MICA_OK) status = table_pick(t, NULL, 0, NULL, 0, &c.t, err);
    c.column = allocate((size_t)t->count + 1, sizeof *c.column);
    c.mark = allocate((size_t)t->rows + 1, sizeof *c.mark);
    if (status == MICA_OK && (!c.column || !c.mark)) status = fail_no_memory(err, "clean");
    if (status == MICA_OK) status = clean(&c, &o, err);
    if (status == MICA_OK) status = report(&c, t->rows, err);
    if (status == MICA_OK) *out = c.t;
    else mica_table_destroy(&c.t);
    free(c.column);
    free(c.mark);
    arena_free(&c.memory);
    return status;
}
