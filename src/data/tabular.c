/* Tables as samples: the whole. See tabular.h. */
#include "data/tabular.h"

#include "base/strbuf.h"
#include "data/database.h"
#include "data/join_list.h"
#include "data/memory.h"
#include "data/table_sources.h"
#include "data/tabular_clean.h"
#include "transform/normal_form.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const tabular_target_types[] = {"auto", "class", "number", NULL};
static const char *const input_forms[] = {"together", "columns", "grouped", NULL};
static const char *const subsets[] = {"training", "validation", NULL};
static const char *const orders[] = {"stratified", "shuffled", "last", NULL};
static const char *const missing_targets[] = {"error", "drop", NULL};
const char *const tabular_imputes[] = {"none", "mean", "median", "most_frequent", "constant", NULL};
static const char *const forms[] = NORMAL_FORMS;
static const char *const unknowns[] = {"error", "minus_one", NULL};

#define OWNER mica_tabular_options
const field tabular_fields[] = {
    TEXT(OWNER, target, NULL, NULLABLE, .help = "the column y"),
    TEXT(OWNER, target_type, "auto", .choices = tabular_target_types, .help = "what y is"),
    REAL(OWNER, target_above, DEFAULT(NAN), NULLABLE, .min = -1e300, .max = 1e300,
         .help = "y is whether the target's number is above this one"),
    TEXT(OWNER, missing_target, "error", .choices = missing_targets,
         .help = "rows without a target: an error, or left out"),
    TEXTS(OWNER, features, .help = "the columns of x"),
    TEXT(OWNER, inputs, "together", .choices = input_forms,
         .help = "columns beside each other in x, each an input of its own name, or of a kind one"),
    TEXTS(OWNER, ignore, .help = "columns that are not used"),
    TEXTS(OWNER, categorical, .help = "columns whose different values are categories"),
    BOOLEAN(OWNER, text_categories, .help = "columns of text are categorical too"),
    TEXTS(OWNER, numeric, .help = "columns that hold numbers alone, or dates: a text is an error"),
    TEXT(OWNER, sample_weight, NULL, NULLABLE, .help = "the column of a weight per sample"),
    TEXT(OWNER, impute, "none", .choices = tabular_imputes, .help = "what missing cells become"),
    REAL(OWNER, fill_value, .help = "what missing numbers become by constant"),
    TEXT(OWNER, fill_category, "missing", .help = "what missing categories become by constant"),
    TEXT(OWNER, unknown, "error", .choices = unknowns,
         .help = "what categories become that the training part lacks"),
    TEXT(OWNER, normalize, "none", .choices = forms,
         .help = "texts and categories in a normal form of Unicode"),
    REAL(OWNER, test_split, .max = 0.999999, .help = "the share of rows that is the test part"),
    REAL(OWNER, validation_split, .max = 0.999999,
         .help = "the share of the other rows that is kept for validation"),
    TEXT(OWNER, subset, NULL, NULLABLE, .choices = subsets,
         .help = "which share is taken; null: training"),
    BOOLEAN(OWNER, no_stratify, .help = "the parts regard no classes"),
    NEGATED(OWNER, no_shuffle, "shuffle", .help = "whether the parts are chosen by chance"),
    INTEGER(OWNER, seed, .help = "which rows the parts are"),
    CONFIG(OWNER, fitted, NULL, NULLABLE, .help = "the preparation of the training part"),
    TEXT(OWNER, format, NULL, NULLABLE, .help = "csv, jsonl"),
    TEXT(OWNER, separator, NULL, NULLABLE, .help = "one character, or tab"),
    TEXT(OWNER, encoding, NULL, NULLABLE, .help = "utf-8, utf-16, gb18030 or what iconv knows"),
    BOOLEAN(OWNER, no_header, .help = "the first row are cells, not names"),
    TEXT(OWNER, query, NULL, NULLABLE, .help = "of a database: SQL that gives rows"),
    TEXT(OWNER, table, NULL, NULLABLE, .help = "of a database: all of this table"),
    TEXT(OWNER, password_file, NULL, NULLABLE,
         .help = "host:port:database:user:password, mode 0600"),
    TEXTS(OWNER, text_columns, .help = "columns whose cells are texts, whatever they look like"),
    TEXT(OWNER, split_groups, NULL, NULLABLE, .help = "rows of one value are in one of the parts"),
    TEXT(OWNER, split_time, NULL, NULLABLE, .help = "the parts are the latest rows"),
    TEXT(OWNER, validation_order, NULL, NULLABLE, .choices = orders,
         .help = "how the rows for validation are chosen; null: as those of the test part"),
    INTEGER(OWNER, validation_seed, NULLABLE, .help = "which they are; null: by seed"),
    CONFIG(OWNER, join, NULL, .flags = FIELD_JSON | FIELD_NULLABLE,
           .help = "tables that are joined to this one first"),
    CONFIG(OWNER, clean, NULL, .flags = FIELD_JSON | FIELD_NULLABLE,
           .help = "how the table is cleaned, learning from the training part"),
    CONFIG(OWNER, filter, NULL, .flags = FIELD_JSON | FIELD_NULLABLE,
           .help = "conditions of rows that stay"),
    BOOLEAN(OWNER, predicting, .help = "every row is answered"),
    TEXT(OWNER, likely_encoding, NULL, NULLABLE,
         .help = "what a text without a mark that is not UTF-8 is in"),
    TEXT(OWNER, likely_separator, NULL, NULLABLE,
         .help = "the separator, where it stands in each of the first lines"),
    CONFIG(OWNER, groups, NULL, NULLABLE, .help = "of grouped inputs: {NAME: {type, columns}}"),
    END_OF_FIELDS,
};

/* Ends with NULL; NULL: no memory. */
static const char **names_of(const mica_table *t) {
    const char **names = allocate((size_t)t->count + 1, sizeof *names);
    for (int i = 0; i < t->count && names; i++) names[i] = t->column[i].name;
    return names;
}

mica_status tabular_find(const mica_table *t, const char *column, const char *what,
                         const char *name, int *out, mica_error *err) {
    char place[1024];
    *out = mica_table_find(t, column);
    if (*out >= 0) return MICA_OK;
    const char **names = names_of(t);
    snprintf(place, sizeof place, "%s: %s", name, what);
    mica_status status = names ? fail_unknown(err, place, "column", column, names)
                               : fail_no_memory(err, name);
    free(names);
    return status;
}

mica_status tabular_find_trained(const mica_table *t, const char *column, const char *name,
                                 int *out, mica_error *err) {
    *out = mica_table_find(t, column);
    if (*out >= 0) return MICA_OK;
    const char **names = names_of(t), *near = names ? nearest_name(column, names) : NULL;
    free(names);
    return fail(err, MICA_NAME, "%s: column '%s', which the training part had, is not there%s%s%s",
                name, column, near ? " (did it become '" : "", near ? near : "", near ? "'?)" : "");
}

bool tabular_has_classes(const mica_table *t, const mica_tabular_options *o, int target) {
    mica_column_type type = t->column[target].type;
    if (!isnan(o->target_above)) return true;
    if (strcmp(o->target_type, "auto")) return !strcmp(o->target_type, "class");
    return is_text(type) || type == MICA_COLUMN_BOOLEAN;
}

char *tabular_class(const mica_table *t, const mica_tabular_options *o, int target, int64_t row) {
    char text[64];
    if (isnan(o->target_above)) return tabular_text(t, target, row);
    tabular_above_name(o, mica_table_number(t, target, row) > o->target_above, text);
    return strdup(text);
}

void tabular_above_name(const mica_tabular_options *o, bool above, char out[64]) {
    snprintf(out, 64, above ? "above %.9g" : "at most %.9g", o->target_above);
}

char *tabular_text(const mica_table *t, int column, int64_t row) {
    size_t length = mica_table_text(t, column, row, NULL, 0);
    char *text = malloc(length + 1);
    if (text) mica_table_text(t, column, row, text, length + 1);
    return text;
}

double tabular_number(const mica_table *t, int column, int64_t row) {
    double v = mica_table_number(t, column, row);
    return t->column[column].type == MICA_COLUMN_DATE ? v / 86400 : v;
}

static mica_status keep_preparation(mica_dataset *d, const json_t *preparation, mica_error *err) {
    char *text = config_text(preparation);
    d->preparation = text ? arena_text(&d->texts, text) : NULL;
    free(text);
    return d->preparation ? MICA_OK : fail_no_memory(err, "preparation");
}

mica_status tabular_digest(mica_dataset *d, const mica_table *t, mica_error *err) {
    sha256 h;
    char text[65];
    sha256_begin(&h);
    table_digest(t, &h);
    sha256_end_hex(&h, text);
    return memory_digest_text(d, text, err);
}

/* Which rows teach, which are asked for, and what was done before. */
typedef struct prepared_rows {
    row_list train, asked;
    const json_t *joined; /* names; NULL: none */
    const table_cleaning *cleaned;
} prepared_rows;

static mica_status learn(const mica_table *t, const mica_tabular_options *o, const prepared_rows *r,
                         const char *name, json_t **out, mica_error *err) {
    if (o->fitted) return config_parse(o->fitted, strlen(o->fitted), "fitted", out, err);
    TRY(tabular_fit(t, o, r->train, name, out, err));
    if (r->joined) json_object_set(json_object_get(*out, "table"), "joined", (json_t *)r->joined);
    return tabular_clean_keep(r->cleaned, *out, err);
}

static mica_status fill(mica_dataset *d, const mica_table *t, const mica_tabular_options *o,
                        const prepared_rows *r, const char *name, mica_error *err) {
    json_t *preparation = NULL;
    mica_status status = learn(t, o, r, name, &preparation, err);
    if (status == MICA_OK) status = keep_preparation(d, preparation, err);
    if (status == MICA_OK) status = tabular_apply(d, t, preparation, o, r->asked, name, err);
    json_decref(preparation);
    return status;
}

bool tabular_by_columns(const mica_tabular_options *o) { return !strcmp(o->inputs, "columns"); }

bool tabular_in_groups(const mica_tabular_options *o) { return !strcmp(o->inputs, "grouped"); }

mica_status tabular_missing(const char *name, const char *what, const char *column, int64_t row,
                            mica_error *err) {
    return fail(
        err, MICA_VALUE, "%s: %s %s: the cell in data row %lld is missing%s", name, what, column,
        (long long)row + 1,
        strcmp(what, "target") ? "" : "; the option missing_target \"drop\" leaves such rows out");
}

/* The subset by name; else a test part of its own goes before the validation's rows. */
static row_list asked_for(const table_parts *p, const mica_tabular_options *o, mica_part part) {
    bool held = o->subset ? !strcmp(o->subset, "validation")
                          : part == MICA_TEST && o->test_split == 0 && o->validation_split > 0;
    if (held) return p->validation;
    return part == MICA_TEST && !o->subset ? p->test : p->train;
}

/* What is known of a table's rows and columns before. */
typedef struct known_table {
    const json_t *joined; /* names of columns; NULL: none */
    const uint16_t *source;
} known_table;

static mica_status fill_joined(mica_dataset *d, const mica_table *t, const known_table *known,
                               mica_part part, const mica_tabular_options *o, const char *name,
                               mica_error *err) {
    table_parts parts = {0};
    if (t->rows > UINT32_MAX)
        return fail(err, MICA_UNSUPPORTED, "%s: %lld rows, expected at most %u", name,
                    (long long)t->rows, UINT32_MAX);
    if (o->subset && o->validation_split == 0)
        return fail(err, MICA_VALUE, "%s: subset '%s' needs a validation_split above 0", name,
                    o->subset);
    if (o->missing_target[0] == 'd' && !o->target)
        return fail(err, MICA_VALUE, "%s: missing_target without a target", name);
    if (!isnan(o->target_above) && (!o->target || !strcmp(o->target_type, "number")))
        return fail(err, MICA_VALUE, "%s: target_above is about a target that is a class", name);
    mica_table *normal;
    TRY(tabular_normalize(t, o->fitted ? NULL : o->normalize, name, &normal, err));
    if (normal) t = normal;
    d->has_parts = o->test_split > 0 || o->validation_split > 0;
    table_cleaning cleaned = {.ctx = d->ctx, .o = o, .name = name, .part = part};
    mica_status status = tabular_clean_begin(&cleaned, t, err);
    if (cleaned.c.held) t = cleaned.c.held;
    if (status == MICA_OK) status = tabular_split(t, o, cleaned.gone, name, &parts, err);
    if (status == MICA_OK) status = tabular_clean_parts(&cleaned, &parts, err);
    const prepared_rows rows = {parts.train, asked_for(&parts, o, part), known->joined, &cleaned};
    if (status == MICA_OK) status = fill(d, t, o, &rows, name, err);
    if (status == MICA_OK) status = sources_keep(d, known->source, rows.asked, err);
    tabular_parts_free(&parts);
    tabular_clean_end(&cleaned);
    mica_table_destroy(&normal);
    return status;
}

/* *source is then that of the joined rows: free(), where it is another one. */
static mica_status join_marked(mica_dataset *d, const mica_table *t, const mica_tabular_options *o,
                               const char *name, uint16_t **source, mica_table **joined,
                               mica_error *err) {
    const join_list_request joins = {d->ctx, o, name};
    mica_table *marked = NULL;
    if (*source) TRY(sources_mark(t, *source, &marked, err));
    mica_status status = join_list(&joins, marked ? marked : t, joined, err);
    mica_table_destroy(&marked);
    if (status == MICA_OK && *joined && *source)
        status = sources_take(joined, t->count, source, err);
    return status;
}

mica_status tabular_fill(mica_dataset *d, const mica_table *t, const uint16_t *source,
                         mica_part part, const mica_tabular_options *o, const char *name,
                         mica_error *err) {
    uint16_t *of_joined = (uint16_t *)source;
    mica_table *joined = NULL;
    json_t *names = NULL;
    if (!o->join) return fill_joined(d, t, &(known_table){NULL, source}, part, o, name, err);
    mica_status status = join_marked(d, t, o, name, &of_joined, &joined, err);
    if (joined) names = join_list_names(t, joined);
    if (status == MICA_OK) status = tabular_digest(d, joined ? joined : t, err);
    if (status == MICA_OK)
        status = fill_joined(d, joined ? joined : t, &(known_table){names, of_joined}, part, o,
                             name, err);
    if (of_joined != source) free(of_joined);
    json_decref(names);
    mica_table_destroy(&joined);
    return status;
}

mica_dataset *mica_table_dataset(mica_context *ctx, const mica_table *t, mica_part part,
                                 const mica_tabular_options *options) {
    if (!ctx) return NULL;
    if (LACKS(ctx, t, "t")) return NULL;
    mica_error err = {0};
    mica_tabular_options own = mica_tabular_defaults();
    mica_dataset *d = dataset_new(ctx);
    mica_status status = d ? options_take(&own, sizeof own, options, "table", &err)
                           : fail_no_memory(&err, "table");
    if (status == MICA_OK) status = fields_resolve(tabular_fields, &own, &d->texts, "table", &err);
    if (status == MICA_OK) status = tabular_fill(d, t, NULL, part, &own, "table", &err);
    if (status == MICA_OK) return d;
    context_fail_with(ctx, &err);
    mica_dataset_destroy(&d);
    return dataset_new(ctx);
}
