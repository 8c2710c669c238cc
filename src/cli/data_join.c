/* mica data join: two tables by a key, as pandas.merge. */
#include "cli/data_made.h"
#include "data/join_tables.h"

typedef struct join_options {
    common_options common;
    const char *output, *how, *validate;
    option_texts on, left_on, right_on, suffixes;
    bool missing_apart, indicator;
    table_reading reading;
} join_options;

#define O join_options
static const option options[] = {
    TEXTS_OPTION(O, on, "on", "KEY[,KEY]", "columns of both tables that must be equal"),
    TEXTS_OPTION(O, left_on, "left-on", "KEY[,KEY]", "the key left, where names differ"),
    TEXTS_OPTION(O, right_on, "right-on", "KEY[,KEY]", "the key right"),
    TEXT_OPTION(O, how, "how", "HOW", "inner, left, right, outer (default inner)"),
    TEXT_OPTION(O, output, "output", "OUT.csv", "the table that is written, .csv or .tsv"),
    TEXTS_OPTION(O, suffixes, "suffixes", "X,Y",
                 "of other columns that both tables have (default _x,_y)"),
    TEXT_OPTION(
        O, validate, "validate", "HOW",
        "an error where keys come more often than one_to_one, one_to_many, many_to_one say"),
    FLAG(O, missing_apart, "missing-apart",
         "missing keys equal none, as in SQL (default: each other, as in pandas)"),
    FLAG(O, indicator, "indicator", "a column _merge: both, left_only, right_only"),
    TABLE_OPTIONS(O, reading),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

extern const command command_data_join;

static void print_report(const json_t *report, const char *output) {
    printf("%s: %lld rows of %lld and %lld: %lld in both, %lld only left, %lld only right\n",
           output, json_number_of(report, "rows_written"), json_number_of(report, "left_rows"),
           json_number_of(report, "right_rows"), json_number_of(report, "both"),
           json_number_of(report, "left_only"), json_number_of(report, "right_only"));
}

static mica_status fill_options(const join_options *o, arena *memory, mica_join_options *to,
                                mica_error *err) {
    *to = mica_join_defaults();
    to->how = o->how, to->validate = o->validate;
    to->missing_apart = o->missing_apart, to->indicator = o->indicator;
    TRY(split_texts_of(&o->on, "--on", memory, &to->on, err));
    TRY(split_texts_of(&o->left_on, "--left-on", memory, &to->left_on, err));
    TRY(split_texts_of(&o->right_on, "--right-on", memory, &to->right_on, err));
    return split_texts_of(&o->suffixes, "--suffixes", memory, &to->suffixes, err);
}

static mica_status join_files(const join_options *o, mica_context *ctx, mica_error *err) {
    table_blocks left = {0};
    table_output out = {.path = o->output};
    mica_table *right = NULL;
    json_t *report = NULL;
    arena memory = {0};
    mica_join_options how;
    mica_status status = fill_options(o, &memory, &how, err);
    if (status == MICA_OK)
        status = open_blocks(&o->common, ctx, o->common.argument[0], &o->reading, &left, err);
    if (status == MICA_OK)
        status = read_table(&o->common, ctx, o->common.argument[1], &o->reading, &right, err);
    if (status == MICA_OK)
        status = of_input(join_blocks(&left, right, &how, output_sink(&out), &report, err),
                          o->common.argument[0], err);
    status = end_made(&out, report, o->common.json, print_report, status, err);
    blocks_close(&left);
    mica_table_destroy(&right);
    arena_free(&memory);
    return status;
}

static int run(void *data) {
    const join_options *o = data;
    mica_error err = {0};
    if (wrong_output(&command_data_join, o->output)) return EXIT_USAGE;
    if (!o->on.count && !(o->left_on.count && o->right_on.count))
        return wrong_usage(&command_data_join, "expected --on KEY, or --left-on and --right-on");
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    return finish(ctx, &o->common, join_files(o, ctx, &err), &err);
}

const command command_data_join = {"data join",
                                   "LEFT RIGHT --on KEY[,KEY] --output OUT.csv",
                                   "two tables side by side where their keys are equal",
                                   options,
                                   sizeof(join_options),
                                   2,
                                   2,
                                   run,
                                   "As pandas.merge: every pair of rows with equal keys; rows in "
                                   "the left table's order (right: the\n"
                                   "right's; outer: sorted by the key).\n"};
