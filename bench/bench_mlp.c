/* Times a training step of a network of six Dense layers of 512 (ReLU behind the first five), batch
 * 128, mean squared error, Adam; bench/compare.py puts PyTorch and TensorFlow beside it. Prints one
 * line of JSON: the median of single steps. bench_mlp [THREADS [STEPS]]. With one thread it is
 * processor time, so that neighbours matter less. */
#include <mica/mica.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WIDTH 512
#define BATCH 128
#define LAYERS 6

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double now(const mica_context *ctx) {
    struct timespec t;
    clock_gettime(mica_threads(ctx) == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static mica_model *network(mica_context *ctx) {
    mica_model *model = mica_sequential(ctx, MICA_SHAPE(WIDTH));
    for (int i = 0; i < LAYERS; i++)
        mica_model_add(
            model,
            mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = WIDTH,
                                               .activation = i < LAYERS - 1 ? "relu" : "linear")));
    mica_model_compile(model,
                       MICA_OPTIONS(compile, .optimizer = mica_adam(ctx, NULL), .loss = "mse"));
    return model;
}

/* seconds[i] of step i, after a few that warm up. */
static mica_status time_steps(mica_context *ctx, int steps, double *seconds, mica_error *err) {
    mica_model *model = network(ctx);
    mica_tensor *x = mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(BATCH, WIDTH), 0, 1);
    mica_tensor *y = mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(BATCH, WIDTH), 0, 1);
    mica_status status = mica_check(ctx, err);
    for (int i = -5; i < steps && status == MICA_OK; i++) {
        mica_results results;
        double began = now(ctx);
        status = mica_model_train_on_batch(model, &x, 1, &y, 1, NULL, &results, err);
        if (i >= 0) seconds[i] = now(ctx) - began;
    }
    return status;
}

int main(int count, char **args) {
    mica_error err = {0};
    int steps = count > 2 ? atoi(args[2]) : 100;
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .threads = count > 1 ? atoi(args[1]) : 0));
    double *seconds = calloc(steps > 0 ? (size_t)steps : 1, sizeof *seconds);
    if (!ctx || !seconds || steps <= 0) {
        fprintf(stderr, "usage: bench_mlp [THREADS [STEPS]]\n");
        return 2;
    }
    mica_status status = time_steps(ctx, steps, seconds, &err);
    if (status == MICA_OK) {
        qsort(seconds, (size_t)steps, sizeof *seconds, by_value);
        printf("{\"mlp_us\": %.1f, \"fastest_us\": %.1f, \"threads\": %d}\n",
               seconds[steps / 2] * 1e6, seconds[0] * 1e6, mica_threads(ctx));
    } else {
        fprintf(stderr, "%s\n", err.message);
    }
    free(seconds);
    mica_close(&ctx);
    return status != MICA_OK;
}
