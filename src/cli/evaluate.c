/* mica evaluate: loss and metrics of a model on data; with --report per class, and who is taken for
 * whom. */
#include "cli/report.h"

#include "cli/model_data.h"

typedef struct evaluate_options {
    common_options common;
    const char *data;
    int64_t batch_size;
    bool report;
} evaluate_options;

#define O evaluate_options
static const option options[] = {
    TEXT_OPTION(O, data, "data", "SPEC", "a path whose kind is found, or kind:path"),
    COUNT_OPTION(O, batch_size, "batch-size", "N", 1, "samples at a time (default 32)"),
    FLAG(O, report, "report", "precision, recall, F1 of each class; confusion matrix"),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static mica_status evaluate(mica_context *ctx, const evaluate_options *o, mica_error *err) {
    mica_model *model = NULL;
    mica_dataset *data = NULL;
    mica_results results = {0};
    class_report classes = {0};
    int64_t batch = given(o->batch_size) ? o->batch_size : 32;
    TRY(mica_model_load(ctx, o->common.argument[0], &model, err));
    TRY(load_model_data(
        &(data_request){.ctx = ctx, .model = model, .spec = o->data, .part = MICA_TEST}, &data,
        err));
    TRY(mica_model_evaluate(model, data, MICA_OPTIONS(evaluate, .batch_size = batch), &results,
                            err));
    if (o->report) TRY(report_make(model, data, batch, &classes, err));
    if (o->common.json) {
        json_t *line = results_json(&results);
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
                                  NULL};
