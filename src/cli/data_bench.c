/* mica data bench: how fast samples come: a full pass in batches, as training would take them. */
#include "base/clock.h"
#include "cli/data_pictures.h"
#include "cli/machine.h"
#include "cli/model_data.h"

typedef struct bench_options {
    common_options common;
    sample_options samples;
    int64_t batch_size, epochs;
    bool shuffle;
} bench_options;

#define O bench_options
static const option options[] = {
    COUNT_OPTION(O, batch_size, "batch-size", "N", 1, "samples at a time (default 32)"),
    COUNT_OPTION(O, epochs, "epochs", "N", 1,
                 "passes; the fastest one counts, the first with all reading (default 1)"),
    FLAG(O, shuffle, "shuffle", "in an order by chance, as training takes them"),
    SAMPLE_OPTIONS(O),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static mica_status pass(batches *b, bool shuffle, uint64_t epoch, int64_t *samples,
                        mica_error *err) {
    int64_t rows;
    *samples = 0;
    batches_begin(b, shuffle, 1, epoch);
    do {
        TRY(batches_next(b, &rows, err));
        *samples += rows;
    } while (rows);
    return MICA_OK;
}

static mica_status measure(const bench_options *o, mica_context *ctx, mica_error *err) {
    mica_dataset *d = NULL;
    batches b;
    double began = clock_seconds(), best = 0, loaded;
    int64_t samples = 0, epochs = given(o->epochs) ? o->epochs : 1;
    TRY(load_any_samples(ctx, o->common.argument[0], &o->samples, &d, err));
    loaded = clock_seconds() - began;
    TRY(open_samples(&b, d, given(o->batch_size) ? o->batch_size : 32, err));
    mica_status status = MICA_OK;
    for (int64_t i = 0; i < epochs && status == MICA_OK; i++) {
        if (i) began = clock_seconds(); /* the first pass reads what the others find in memory */
        status = pass(&b, o->shuffle, (uint64_t)i, &samples, err);
        double rate = (double)samples / (clock_seconds() - began);
        if (rate > best) best = rate;
    }
    batches_close(&b);
    if (status != MICA_OK) return status;
    warn_broken(d, &(int64_t){0});
    if (o->common.json)
        print_json(json_pack("{s:f, s:f, s:I, s:I, s:f}", "samples_per_second", best,
                             "peak_rss_mib", peak_mib(), "samples", (json_int_t)samples, "broken",
                             (json_int_t)mica_dataset_broken(d), "load_seconds", loaded));
    else
        printf("%lld samples, %.0f a second; loaded in %.3f s; peak memory %.0f MiB\n",
               (long long)samples, best, loaded, peak_mib());
    return MICA_OK;
}

static int run(void *data) {
    const bench_options *o = data;
    mica_error err = {0};
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    mica_status status = measure(o, ctx, &err);
    return finish(ctx, &o->common, status, &err);
}

const command command_data_bench = {.name = "data bench",
                                    .arguments = "SPEC",
                                    .summary = "how many samples a second a full pass gives",
                                    .options = options,
                                    .options_size = sizeof(bench_options),
                                    .min_arguments = 1,
                                    .max_arguments = 1,
                                    .run = run};
