/* mica data resample: a table with other counts of the classes. */
#include "batch/resample_table.h"
#include "cli/data_made.h"
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

typedef struct resample_options {
    common_options common;
    const char *target, *method, *output;
    double ratio;
    int64_t neighbors, seed;
    bool replacement;
    option_texts counts;
    table_reading reading;
} resample_options;

static const char *const methods[] = {"over", "under", "smote", NULL};

#define O resample_options
static const option options[] = {
    TEXT_OPTION(O, target, "target", "COLUMN", "the classes"),
    TEXT_OPTION(O, output, "output", "OUT.csv", "the table that is written, .csv or .tsv"),
    CHOICE_OPTION(O, method, "method", "METHOD", methods,
                  "over: rows come again; under: rows are left out; smote: new rows between "
                  "neighbours (default over)"),
    REAL_OPTION(O, ratio, "ratio", "X", 1e-9, 1,
                "of two classes: rows of the rarer to each of the other (default 1)"),
    TEXTS_OPTION(O, counts, "count", "CLASS=N", "so many rows of that class; again for more"),
    COUNT_OPTION(O, neighbors, "neighbors", "N", 1, "of smote (default 5)"),
    FLAG(O, replacement, "replacement", "under: a row may stay more than once"),
    COUNT_OPTION(O, seed, "seed", "N", 0, "which rows (default 0)"),
    TABLE_OPTIONS(O, reading),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

extern const command command_data_resample;

static void print_report(const json_t *report, const char *output) {
    table t = {.columns = 3, .right = "lrr"};
    size_t i;
    json_t *c;
    printf("%s: %lld rows, there were %lld\n", output, json_number_of(report, "rows_written"),
           json_number_of(report, "rows"));
    table_add(&t, "class"), table_add(&t, "before"), table_add(&t, "after");
    json_array_foreach(json_object_get(report, "classes"), i, c) {
        table_add(&t, "%s", json_text_of(c, "class"));
        table_add(&t, "%lld", json_number_of(c, "before"));
        table_add(&t, "%lld", json_number_of(c, "after"));
    }
    table_print(&t, stdout);
}

static mica_status resample(const resample_options *o, mica_context *ctx, mica_error *err) {
    table_blocks in = {0};
    table_output out = {.path = o->output};
    json_t *report = NULL;
    mica_texts counts;
    mica_status status = texts_of(&o->counts, "--count", &counts, err);
    if (status == MICA_OK)
        status = open_blocks(&o->common, ctx, o->common.argument[0], &o->reading, &in, err);
    if (status == MICA_OK)
        status = resample_blocks(ctx, &in, o->target,
                                 MICA_OPTIONS(table_resample, .method = o->method,
                                              .ratio = real_given(o->ratio) ? o->ratio : 0,
                                              .counts = counts,
                                              .neighbors = given(o->neighbors) ? o->neighbors : 0,
                                              .replacement = o->replacement),
                                 output_sink(&out), &report, err);
    status = of_input(status, o->common.argument[0], err);
    status = end_made(&out, report, o->common.json, print_report, status, err);
    blocks_close(&in);
    return status;
}

static int run(void *data) {
    const resample_options *o = data;
    mica_error err = {0};
    if (!o->target) return wrong_usage(&command_data_resample, "expected --target COLUMN");
    if (wrong_output(&command_data_resample, o->output)) return EXIT_USAGE;
    mica_context *ctx = open_context(&o->common, given(o->seed) ? (uint64_t)o->seed : 0);
    if (!ctx) return EXIT_FAILED;
    return finish(ctx, &o->common, resample(o, ctx, &err), &err);
}

const command command_data_resample = {"data resample",
                                       "FILE --target COLUMN --output OUT.csv",
                                       "a table with as many rows of every class, or other counts",
                                       options,
                                       sizeof(resample_options),
                                       1,
                                       1,
                                       run,
                                       "Only for what is trained on: split before. New rows come "
                                       "last. smote wants numbers in all other\n"
                                       "columns.\n"};
