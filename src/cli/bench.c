/* mica bench: inference time in this process, as a server would pay it: inputs are copied into the
 * session's buffers, the plan is run, the outputs lie in buffers. */
#include "cli/cli.h"

#include "base/clock.h"
#include "base/philox.h"
#include "mica/session.h"
#include "model/model.h"
#include "tensor/tensor.h"

#include <stdlib.h>
#include <string.h>

#define WARM_SECONDS 0.3
#define MOST_SAMPLES 200000

typedef struct bench_options {
    common_options common;
    int64_t batch_size;
    double seconds;
} bench_options;

#define O bench_options
static const option options[] = {
    COUNT_OPTION(O, batch_size, "batch-size", "N", 1, "samples at a time (default 1)"),
    REAL_OPTION(O, seconds, "seconds", "F", 0, 3600, "how long to measure (default 2)"),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

typedef struct bench {
    mica_predictor *predictor;
    mica_session *session;
    int inputs, outputs;
    size_t bytes[MAX_MODEL_INPUTS];
    void *given[MAX_MODEL_INPUTS], *in[MAX_MODEL_INPUTS], *out[MAX_MODEL_OUTPUTS];
    double *seconds; /* of each run */
    int64_t runs;
} bench;

static void bench_free(bench *b) {
    for (int i = 0; i < b->inputs; i++) release_aligned(b->given[i]), release_aligned(b->in[i]);
    for (int i = 0; i < b->outputs; i++) release_aligned(b->out[i]);
    mica_session_destroy(&b->session);
    mica_predictor_destroy(&b->predictor);
    free(b->seconds);
}

/* Numbers in [0, 1), other ones everywhere; texts of some words. */
static void fill(mica_dtype dtype, void *out, int64_t size) {
    static const char *const texts[] = {"red", "one two three", "green", "blue and yellow", "4"};
    mica_string *strings = out;
    for (int64_t k = 0; k < size; k++) {
        const char *text = texts[(size_t)k % LENGTH(texts)];
        if (dtype == MICA_STRING) strings[k] = (mica_string){text, strlen(text)};
        else
            dtype_store(dtype, (char *)out + (size_t)k * mica_dtype_size(dtype),
                        (double)philox_unit(philox(1, 0, (uint64_t)k).v[0]));
    }
}

static mica_status make_input(bench *b, int i, mica_error *err) {
    mica_dtype dtype;
    mica_shape s = mica_predictor_input(b->predictor, i, &dtype);
    int64_t size = shape_size(&s);
    if (size < 0) return fail(err, MICA_SHAPE, "bench: input %d has extents that are not known", i);
    b->bytes[i] = (size_t)size * mica_dtype_size(dtype);
    b->given[i] = allocate_aligned(b->bytes[i]);
    b->in[i] = allocate_aligned(b->bytes[i]);
    if (!b->given[i] || !b->in[i]) return fail_memory(err, b->bytes[i], "bench");
    fill(dtype, b->given[i], size);
    return MICA_OK;
}

static mica_status prepare(bench *b, mica_model *m, int64_t batch, mica_error *err) {
    TRY(mica_predictor_new(m, batch, &b->predictor, err));
    TRY(mica_session_new(b->predictor, 0, &b->session, err));
    b->inputs = mica_predictor_inputs(b->predictor);
    b->outputs = mica_predictor_outputs(b->predictor);
    for (int i = 0; i < b->inputs; i++) TRY(make_input(b, i, err));
    for (int i = 0; i < b->outputs; i++) {
        mica_dtype dtype;
        mica_shape s = mica_predictor_output(b->predictor, i, &dtype);
        b->out[i] = allocate_aligned((size_t)shape_size(&s) * mica_dtype_size(dtype));
        if (!b->out[i]) return fail_no_memory(err, "bench");
    }
    b->seconds = malloc(MOST_SAMPLES * sizeof *b->seconds);
    return b->seconds ? MICA_OK : fail_memory(err, MOST_SAMPLES, "bench");
}

static mica_status once(bench *b, double *seconds, mica_error *err) {
    double began = clock_seconds();
    for (int i = 0; i < b->inputs; i++) memcpy(b->in[i], b->given[i], b->bytes[i]);
    TRY(mica_session_run(b->session, (const void *const *)b->in, b->out, err));
    *seconds = clock_seconds() - began;
    return MICA_OK;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static mica_status measure(bench *b, double seconds, mica_error *err) {
    double one, until = clock_seconds() + WARM_SECONDS;
    for (int i = 0; i < 10 || clock_seconds() < until; i++) TRY(once(b, &one, err));
    until = clock_seconds() + seconds;
    while (b->runs < 20 || (clock_seconds() < until && b->runs < MOST_SAMPLES))
        TRY(once(b, &b->seconds[b->runs++], err));
    qsort(b->seconds, (size_t)b->runs, sizeof *b->seconds, compare);
    return MICA_OK;
}

static void print_figures(const bench *b, const bench_options *o, int64_t batch) {
    double all = 0;
    for (int64_t i = 0; i < b->runs; i++) all += b->seconds[i];
    double median = b->seconds[b->runs / 2] * 1e6, p99 = b->seconds[b->runs * 99 / 100] * 1e6;
    double rate = (double)(batch * b->runs) / all;
    if (o->common.json)
        print_json(json_pack("{s:f, s:f, s:f, s:I}", "median_us", median, "p99_us", p99,
                             "samples_per_second", rate, "batch_size", (json_int_t)batch));
    else
        printf("median %.1f us, p99 %.1f us, %.0f samples/s (batch size %lld, %lld runs)\n", median,
               p99, rate, (long long)batch, (long long)b->runs);
}

static int run(void *data) {
    const bench_options *o = data;
    mica_error err = {0};
    mica_model *model = NULL;
    bench b = {0};
    int64_t batch = 1;
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    mica_status status = mica_model_load(ctx, o->common.argument[0], &model, &err);
    if (status == MICA_OK && model_batch(model)) batch = model_batch(model);
    if (given(o->batch_size)) batch = o->batch_size;
    if (status == MICA_OK) status = prepare(&b, model, batch, &err);
    if (status == MICA_OK)
        say(&o->common, "%d threads (%s)", mica_threads(ctx), mica_threads_reason(ctx));
    if (status == MICA_OK) status = measure(&b, real_given(o->seconds) ? o->seconds : 2, &err);
    if (status == MICA_OK) print_figures(&b, o, batch);
    bench_free(&b);
    return finish(ctx, &o->common, status, &err);
}

const command command_bench = {"bench",
                               "MODEL",
                               "inference time in process",
                               options,
                               sizeof(bench_options),
                               1,
                               1,
                               run,
                               "Inputs are random numbers, copied before each run as a server "
                               "would; warm-up is not counted.\n"};
