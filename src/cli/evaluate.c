/* mica evaluate: loss and metrics of a model on data. */
#include "cli/cli.h"
#include "data/dataset.h"

typedef struct evaluate_options {
    common_options common;
    const char *data;
    int64_t batch_size;
} evaluate_options;

static const option options[] = {
    OPTION(OPTION_TEXT, evaluate_options, data, "data", "SPEC", 0, "a path whose kind is found, or kind:path"),
    OPTION(OPTION_INTEGER, evaluate_options, batch_size, "batch-size", "N", 1, "samples at a time (default 32)"),
    COMMON_OPTIONS(evaluate_options),
    END_OF_OPTIONS,
};

static mica_status evaluate(mica_context *ctx, const evaluate_options *o, mica_results *results, mica_error *err) {
    mica_model *model = NULL;
    mica_dataset *data = NULL;
    TRY(mica_model_load(ctx, o->common.argument[0], &model, err));
    TRY(dataset_load(ctx, o->data, MICA_TEST, &data, err));
    return mica_model_evaluate(model, data, MICA_OPTIONS(evaluate, .batch_size = o->batch_size), results, err);
}

static int run(void *data) {
    evaluate_options *o = data;
    mica_results results = {0};
    mica_error err = {0};
    if (!o->data) {
        fprintf(stderr, "mica evaluate: --data must be given\n");
        return EXIT_USAGE;
    }
    mica_context *ctx = open_context(&o->common);
    if (!ctx) return EXIT_FAILED;
    mica_status status = evaluate(ctx, o, &results, &err);
    if (status == MICA_OK && o->common.json) print_json(results_json(&results));
    for (int i = 0; i < results.count && !o->common.json; i++) printf("%s: %.6g\n", results.name[i], results.value[i]);
    return finish(ctx, &o->common, status, &err);
}

const command command_evaluate = {"evaluate", "MODEL --data SPEC", "loss and metrics of a model on data",
                                  options, sizeof(evaluate_options), 1, 1, run, NULL};
