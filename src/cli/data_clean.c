/* mica data clean: a table with its texts in one spelling, its types repaired, and without
 * duplicates, outliers and missing cells, as asked. */
#include "cli/data_made.h"
#include "cli/table.h"
#include "data/clean_table.h"

#include <stdlib.h>
#include <string.h>

typedef struct clean_options {
    common_options common;
    const char *output, *normalize, *missing, *fill_text, *keep, *letters, *unrepaired, *decimal,
        *date_order, *outliers, *outlier_action, *rules;
    double fill_value, factor;
    bool drop_duplicates, trim, spaces, width, repair;
    option_texts columns, subset, na_values, where;
    table_reading reading;
} clean_options;

#define O clean_options
static const option options[] = {
    TEXT_OPTION(O, output, "output", "OUT.csv", "the table that is written, .csv or .tsv"),
    TEXTS_OPTION(O, columns, "column", "COLUMN",
                 "only this one is cleaned; again for more; patterns as is_* (default all)"),
    TEXT_OPTION(O, missing, "missing", "HOW",
                "missing cells: drop (their rows), mean, median, most_frequent, constant, "
                "forward_fill, none (default none)"),
    REAL_OPTION(O, fill_value, "fill-value", "X", -1e300, 1e300,
                "numbers by --missing constant (default 0)"),
    TEXT_OPTION(O, fill_text, "fill-text", "TEXT",
                "texts and dates by --missing constant (default missing)"),
    TEXTS_OPTION(O, na_values, "na-value", "TEXT", "a text that is missing too; again for more"),
    FLAG(O, drop_duplicates, "drop-duplicates", "rows that equal an earlier one go"),
    TEXTS_OPTION(O, subset, "subset", "COLUMN",
                 "what must be equal for --drop-duplicates; again for more (default all)"),
    TEXT_OPTION(O, keep, "keep", "WHICH", "of equal rows: first, last, none (default first)"),
    FLAG(O, repair, "repair",
         "texts that are numbers (1,234.5; 12 %; $5), dates (5.3.2024), yes and no become these"),
    TEXT_OPTION(O, unrepaired, "unrepaired", "HOW",
                "where some cells cannot: keep the column, missing (default keep)"),
    TEXT_OPTION(O, decimal, "decimal", "SIGN", "before fractions: ., , or auto (default auto)"),
    TEXT_OPTION(O, date_order, "date-order", "ORDER", "of 5/3/2024: dmy, mdy, auto (default auto)"),
    TEXT_OPTION(O, outliers, "outliers", "METHOD", "z_score, iqr, none (default none)"),
    REAL_OPTION(O, factor, "factor", "X", 1e-9, 1e9, "of outliers (default 3 z_score, 1.5 iqr)"),
    TEXT_OPTION(O, outlier_action, "outlier-action", "ACTION",
                "clip, drop (their rows), missing (default clip)"),
    TEXT_OPTION(O, normalize, "normalize", "FORM",
                "texts in a normal form of Unicode: NFC, NFD, NFKC, NFKD, none (default none)"),
    FLAG(O, trim, "trim", "texts have no blanks at both ends"),
    FLAG(O, spaces, "spaces", "runs of blanks in texts become one space"),
    FLAG(O, width, "width", "full-width letters and digits become ASCII, half-width kana full"),
    TEXT_OPTION(O, letters, "letters", "CASE", "lower, upper, keep (default keep)"),
    TEXTS_OPTION(O, where, "where", "CONDITION",
                 "only rows of which it holds stay: \"year >= 2010\", 'city in [\"Oslo\"]', "
                 "\"age not missing\"; again for more, all of which must hold"),
    TEXT_OPTION(O, rules, "rules", "RULES.json", "other options for single columns"),
    TABLE_OPTIONS(O, reading),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

extern const command command_data_clean;

/* Columns where something was done. */
static void add_column(table *t, const json_t *c) {
    static const char *const counts[] = {"texts",    "repaired", "unrepaired",
                                         "outliers", "filled",   "missing"};
    const char *before = json_text_of(c, "type_before"), *type = json_text_of(c, "type");
    bool any = strcmp(before, type);
    for (size_t i = 0; i + 1 < LENGTH(counts); i++) any |= json_number_of(c, counts[i]) != 0;
    if (!any) return;
    table_add(t, "%s", json_text_of(c, "column"));
    if (strcmp(before, type)) table_add(t, "%s, was %s", type, before);
    else table_add(t, "%s", type);
    for (size_t i = 0; i < LENGTH(counts); i++) table_add(t, "%lld", json_number_of(c, counts[i]));
    table_add(t, "%s", json_text_of(c, "fill"));
}

/* Columns that could nearly be repaired: why they were not, and what would do it. */
static void print_given_up(const json_t *column) {
    const json_t *g = json_object_get(column, "given_up");
    long long cells = json_number_of(g, "cells"), others = json_number_of(g, "others");
    if (!json_is_object(g)) return;
    printf("%s: stays %s: %lld of %lld cells could be %s, but %s", json_text_of(column, "column"),
           json_text_of(column, "type"), cells, cells + others, json_text_of(g, "type"),
           json_text_of(g, "reason"));
    if (json_number_of(g, "row")) printf(" (the first in row %lld)", json_number_of(g, "row"));
    if (*json_text_of(g, "hint")) printf(": see %s", json_text_of(g, "hint"));
    printf("\n");
}

static void print_report(const json_t *report, const char *output) {
    static const char *const heads[] = {"column",   "type",   "texts",   "repaired", "unrepaired",
                                        "outliers", "filled", "missing", "fill"};
    const json_t *dropped = json_object_get(report, "dropped");
    table t = {.columns = LENGTH(heads), .right = "llrrrrrrl"};
    size_t i;
    json_t *c;
    const long long filtered = json_number_of(dropped, "filter");
    printf("%s: %lld rows of %lld (dropped: ", output, json_number_of(report, "rows_written"),
           json_number_of(report, "rows"));
    if (filtered) printf("%lld by conditions, ", filtered);
    printf("%lld duplicates, %lld with outliers, %lld with missing cells)\n",
           json_number_of(dropped, "duplicates"), json_number_of(dropped, "outliers"),
           json_number_of(dropped, "missing"));
    for (size_t k = 0; k < LENGTH(heads); k++) table_add(&t, "%s", heads[k]);
    json_array_foreach(json_object_get(report, "columns"), i, c) add_column(&t, c);
    table_print(&t, t.count > LENGTH(heads) ? stdout : NULL);
    json_array_foreach(json_object_get(report, "columns"), i, c) print_given_up(c);
}

/* The rules' file as text; free(). */
static mica_status read_rules(const char *path, char **out, mica_error *err) {
    json_t *rules;
    if (!path) return MICA_OK;
    TRY(config_load(path, &rules, err));
    *out = config_text(rules);
    json_decref(rules);
    return *out ? MICA_OK : fail_no_memory(err, path);
}

static mica_status fill_options(const clean_options *o, const char *rules, mica_clean_options *to,
                                mica_error *err) {
    *to = mica_clean_defaults();
    to->rules = rules;
    to->drop_duplicates = o->drop_duplicates, to->keep = o->keep, to->missing = o->missing;
    to->fill_value = real_given(o->fill_value) ? o->fill_value : 0, to->fill_text = o->fill_text;
    to->normalize = o->normalize;
    to->trim = o->trim, to->spaces = o->spaces, to->width = o->width, to->letters = o->letters;
    to->repair = o->repair, to->unrepaired = o->unrepaired, to->decimal = o->decimal;
    to->date_order = o->date_order, to->outliers = o->outliers;
    to->factor = real_given(o->factor) ? o->factor : 0, to->outlier_action = o->outlier_action;
    TRY(texts_of(&o->columns, "--column", &to->columns, err));
    TRY(texts_of(&o->subset, "--subset", &to->subset, err));
    return texts_of(&o->na_values, "--na-value", &to->na_values, err);
}

/* The conditions as JSON text; free(). NULL: none. */
static mica_status conditions_text(const option_texts *from, char **out, mica_error *err) {
    json_t *list = json_array();
    for (int i = 0; i < from->count; i++) json_array_append_new(list, json_string(from->at[i]));
    if (from->count) *out = config_text(list);
    json_decref(list);
    return !from->count || *out ? MICA_OK : fail_no_memory(err, "--where");
}

static mica_status clean(const clean_options *o, mica_context *ctx, mica_error *err) {
    table_blocks in = {0};
    table_output out = {.path = o->output};
    char *rules = NULL, *where = NULL;
    json_t *report = NULL;
    mica_clean_options how;
    mica_status status = read_rules(o->rules, &rules, err);
    if (status == MICA_OK) status = conditions_text(&o->where, &where, err);
    if (status == MICA_OK) status = fill_options(o, rules, &how, err);
    how.filter = where;
    if (status == MICA_OK)
        status = open_blocks(&o->common, ctx, o->common.argument[0], &o->reading, &in, err);
    if (status == MICA_OK)
        status = of_input(clean_blocks(ctx, &in, &how, 0, output_sink(&out), &report, err),
                          o->common.argument[0], err);
    blocks_close(&in);
    free(rules), free(where);
    return end_made(&out, report, o->common.json, print_report, status, err);
}

static int run(void *data) {
    const clean_options *o = data;
    mica_error err = {0};
    if (wrong_output(&command_data_clean, o->output)) return EXIT_USAGE;
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    return finish(ctx, &o->common, clean(o, ctx, &err), &err);
}

const command command_data_clean = {
    "data clean",
    "FILE --output OUT.csv",
    "a table without duplicates, outliers, missing cells, with its types repaired",
    options,
    sizeof(clean_options),
    1,
    1,
    run,
    "The order is: texts, repair, conditions, duplicates, outliers, missing cells. RULES.json is "
    "an object of\n"
    "columns, each an object of options: {\"age\": {\"missing\": \"median\"}}. See "
    "docs/tables.md.\n"};
