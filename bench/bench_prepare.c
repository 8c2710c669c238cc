/* Scalers fitted and applied, rows resampled and split: medians in ms as JSON. Rows are read after
 * resampling, as whoever trains on them would.
 *
 *     bench_prepare [ROUNDS] */
#include "base/busy.h"
#include "base/philox.h"
#include "mica/mica.h"

#include <stdio.h>
#include <stdlib.h>

#define MOST_ROUNDS 100

static mica_context *ctx;
static mica_error err;

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Normal numbers, each column with a mean and a deviation of its own. */
static mica_tensor *numbers(int64_t rows, int64_t columns) {
    float *values = malloc(sizeof *values * (size_t)(rows * columns));
    double four[4] = {0};
    if (!values) exit(2);
    for (int64_t i = 0; i < rows * columns; i++) {
        if (i % 4 == 0) philox_normal(7, 0, (uint64_t)(i / 4), four);
        values[i] = (float)((double)(i % columns) + (1 + (double)(i % columns)) * four[i % 4]);
    }
    mica_tensor *t = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(rows, columns), values);
    free(values);
    return t;
}

/* One of ten rows is of class 1. */
static mica_tensor *labels(int64_t rows) {
    int32_t *values = malloc(sizeof *values * (size_t)rows);
    if (!values) exit(2);
    for (int64_t i = 0; i < rows; i++) values[i] = i % 10 == 3;
    mica_tensor *t = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(rows), values);
    free(values);
    return t;
}

static void require(mica_status status) {
    if (status == MICA_OK) return;
    fprintf(stderr, "%s\n", err.message);
    exit(1);
}

typedef struct job {
    mica_tensor *x;
    mica_dataset *data;
    const char *method;
} job;

static void scale(const job *j) {
    mica_scope *scope = mica_scope_open(ctx);
    mica_layer *l = mica_layer_scaler(ctx, j->data, 0, MICA_OPTIONS(scaler, .method = j->method));
    mica_layer_call(l, j->x, false);
    require(mica_check(ctx, &err));
    mica_scope_close(&scope);
}

static void resample(const job *j) {
    mica_dataset *out = NULL;
    mica_scope *scope = mica_scope_open(ctx);
    require(
        mica_dataset_resample(j->data, MICA_OPTIONS(resample, .method = j->method), &out, &err));
    mica_dataset_input(out, 0, NULL, mica_dataset_size(out));
    mica_dataset_target(out, 0, NULL, mica_dataset_size(out));
    require(mica_check(ctx, &err));
    mica_scope_close(&scope);
    mica_dataset_destroy(&out);
}

static void split(const job *j) {
    mica_dataset *train = NULL, *test = NULL;
    require(
        mica_dataset_split(j->data, MICA_OPTIONS(split, .stratify = true), &train, &test, &err));
    mica_dataset_destroy(&train);
    mica_dataset_destroy(&test);
}

static void measure(const char *name, void (*run)(const job *), const job *j, int rounds) {
    double ms[MOST_ROUNDS];
    static int printed;
    run(j);
    for (int i = 0; i < rounds; i++) {
        int64_t begin = clock_ns();
        run(j);
        ms[i] = (double)(clock_ns() - begin) / 1e6;
    }
    qsort(ms, (size_t)rounds, sizeof *ms, by_size);
    printf("%s\"%s\": %.3f", printed++ ? ", " : "{", name, ms[rounds / 2]);
}

int main(int argc, char **argv) {
    static const char *const methods[] = {"standard", "min_max", "max_abs", "robust"};
    static const char *const samplers[] = {"over", "under", "smote"};
    const struct {
        int64_t rows, columns;
        const char *name;
    } sizes[] = {{166158, 20, "166k"}, {1000000, 10, "1m"}};
    int rounds = argc > 1 ? atoi(argv[1]) : 5;
    ctx = mica_open(NULL);
    if (!ctx || rounds < 1 || rounds > MOST_ROUNDS) return 2;
    char name[64];
    for (int s = 0; s < 2; s++) {
        mica_tensor *x = numbers(sizes[s].rows, sizes[s].columns);
        job j = {x, mica_dataset_new(ctx, &x, 1, NULL, 0, NULL), NULL};
        for (int i = 0; i < 4; i++) {
            snprintf(name, sizeof name, "%s_%s", methods[i], sizes[s].name);
            j.method = methods[i];
            measure(name, scale, &j, rounds);
        }
        mica_dataset_destroy(&j.data);
        mica_tensor_destroy(&x);
    }
    mica_tensor *x = numbers(20000, 20), *y = labels(20000);
    job j = {x, mica_dataset_new(ctx, &x, 1, &y, 1, NULL), NULL};
    for (int i = 0; i < 3; i++) {
        j.method = samplers[i];
        measure(samplers[i], resample, &j, rounds);
    }
    mica_tensor *few = numbers(1000000, 1), *many = labels(1000000);
    job halves = {few, mica_dataset_new(ctx, &few, 1, &many, 1, NULL), NULL};
    measure("split", split, &halves, rounds);
    printf("}\n");
    mica_close(&ctx);
    return 0;
}
