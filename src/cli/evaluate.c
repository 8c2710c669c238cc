/* mica evaluate: loss and metrics of a model on data; with --report per class, and who is taken for
 * whom. Which part of the data is measured is said. */
#include "cli/report.h"

#include "cli/data_table.h"
#include "cli/model_data.h"

#include <string.h>

typedef struct evaluate_options {
    common_options common;
    const char *data, *part;
    int64_t batch_size;
    bool report;
    table_reading reading;
} evaluate_options;

static const char *const parts[] = {"test", "train", "all", NULL};

#define O evaluate_options
static const option options[] = {
    TEXT_OPTION(O, data, "data", "SPEC", "a path whose kind is found, or kind:path"),
    CHOICE_OPTION(O, part, "part", "PART", parts,
                  "test, train or all: which part of data that have parts, as the file that the "
                  "model was trained on by a test_split (default test)"),
    COUNT_OPTION(O, batch_size, "batch-size", "N", 1, "samples at a time (default 32)"),
    FLAG(O, report, "report", "precision, recall, F1 of each class; confusion matrix"),
    WRITING_OPTIONS(O, reading),
    QUERY_OPTIONS(O, reading.query),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

/* ---- which data ---- */

static mica_status load(mica_context *ctx, const evaluate_options *o, const mica_model *model,
                        data_taken *taken, mica_dataset **data, mica_error *err) {
    const bool all = !strcmp(o->part, "all"), train = !strcmp(o->part, "train");
    json_t *reading = json_object();
    mica_status status = reading_json(&o->reading, reading, err);
    if (status == MICA_OK)
        status = load_model_data(&(data_request){.ctx = ctx,
                                                 .model = model,
                                                 .spec = o->data,
                                                 .part = train ? MICA_TRAIN : MICA_TEST,
                                                 .reading = reading,
                                                 .all = all,
                                                 .taken = taken},
                                 data, err);
    json_decref(reading);
    TRY(status);
    const bool has_parts = (*data)->has_parts;
    if (train && !has_parts)
        return fail(err, MICA_VALUE,
                    "%s: --part train: it has no parts that are known, expected the file that the "
                    "model was trained on by a test_split, or data with a part of their own for it",
                    o->data);
    if (all && has_parts)
        return fail(err, MICA_VALUE,
                    "%s: --part all: its parts are files or arrays of their own, expected one of "
                    "them, test or train",
                    o->data);
    return MICA_OK;
}

/* "the test part of churn.csv: 80 of 400 samples". */
static void tell(const evaluate_options *o, const mica_dataset *d, const data_taken *taken) {
    const long long rows = (long long)d->rows, whole = (long long)taken->whole;
    const common_options *c = &o->common;
    if (!d->has_parts)
        say(c, "measured: all %lld samples of %s%s", rows, o->data,
            taken->trained ? ", those among them that trained the model" : "");
    else if (whole)
        say(c, "measured: the %s part of %s, %lld of %lld samples (--part all: all of them)",
            o->part, o->data, rows, whole);
    else say(c, "measured: the %s part of %s, %lld samples", o->part, o->data, rows);
}

static json_t *measured_json(const evaluate_options *o, const mica_dataset *d,
                             const data_taken *taken) {
    json_t *out = json_pack("{s:s, s:I}", "part", d->has_parts ? o->part : "all", "samples",
                            (json_int_t)d->rows);
    if (taken->whole) json_object_set_new(out, "of", json_integer((json_int_t)taken->whole));
    if (taken->whole && !d->has_parts)
        json_object_set_new(out, "trained", json_boolean(taken->trained));
    return out;
}

/* ---- the command ---- */

static mica_status evaluate(mica_context *ctx, const evaluate_options *o, mica_error *err) {
    mica_model *model = NULL;
    mica_dataset *data = NULL;
    mica_results results = {0};
    class_report classes = {0};
    data_taken taken = {0};
    int64_t batch = given(o->batch_size) ? o->batch_size : 32;
    TRY(mica_model_load(ctx, o->common.argument[0], &model, err));
    TRY(load(ctx, o, model, &taken, &data, err));
    TRY(mica_model_evaluate(model, data, MICA_OPTIONS(evaluate, .batch_size = batch), &results,
                            err));
    tell(o, data, &taken);
    if (o->report) TRY(report_make(model, data, batch, &classes, err));
    if (o->common.json) {
        json_t *line = results_json(&results);
        json_object_set_new(line, "measured", measured_json(o, data, &taken));
        if (o->report) json_object_set_new(line, "report", report_json(&classes));
        print_json(line);
    } else {
        for (int i = 0; i < results.count; i++)
            printf("%s: %.6g\n", results.name[i], plain_nan(results.value[i]));
        if (o->report) report_print(&classes, stdout);
    }
    report_free(&classes);
    return MICA_OK;
}

static int run(void *data) {
    evaluate_options *o = data;
    mica_error err = {0};
    if (!o->data) return wrong_usage(&command_evaluate, "--data SPEC must be given");
    if (!o->part) o->part = parts[0];
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    mica_status status = evaluate(ctx, o, &err);
    return finish(ctx, &o->common, status, &err);
}

const command command_evaluate = {"evaluate",
                                  "MODEL --data SPEC",
                                  "loss and metrics of a model on data",
                                  options,
                                  sizeof(evaluate_options),
                                  1,
                                  1,
                                  run,
                                  "Of the file that the model was trained on by a test_split the "
                                  "rows that did not train are\n"
                                  "measured; of another file all. Which they are is said, and is "
                                  "\"measured\" in --json.\n"};
