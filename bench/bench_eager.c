/* Times one eager add of 4 numbers and a step of the 3-2-1 tape loop (batch 64), beside which
 * bench/compare.py puts PyTorch and TensorFlow. Prints one line of JSON; medians of rounds. */
#include "base/clock.h"

#include <mica/mica.h>

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 31

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n) {
    qsort(values, (size_t)n, sizeof *values, by_value);
    return values[n / 2];
}

static double time_add(mica_context *ctx) {
    double seconds[ROUNDS];
    mica_tensor *a = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4), (float[]){1, 2, 3, 4});
    mica_tensor *b = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4), (float[]){5, 6, 7, 8});
    for (int round = 0; round < ROUNDS; round++) {
        double began = clock_seconds();
        for (int i = 0; i < 10000; i++) {
            mica_tensor *y = mica_add(a, b);
            mica_tensor_destroy(&y);
        }
        seconds[round] = (clock_seconds() - began) / 10000;
    }
    return median(seconds, ROUNDS);
}

static mica_tensor *random_variable(mica_context *ctx, mica_shape s, const char *name) {
    return mica_variable(mica_random_normal(ctx, MICA_FLOAT32, s, 0, 1), name);
}

static double time_tape(mica_context *ctx) {
    double seconds[ROUNDS];
    mica_tensor *p[4] = {
        random_variable(ctx, MICA_SHAPE(3, 2), "w1"), random_variable(ctx, MICA_SHAPE(2), "b1"),
        random_variable(ctx, MICA_SHAPE(2, 1), "w2"), random_variable(ctx, MICA_SHAPE(1), "b2")};
    mica_tensor *x = mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(64, 3), 0, 1);
    mica_tensor *y = mica_random_uniform(ctx, MICA_FLOAT32, MICA_SHAPE(64, 1), 0, 1), *grads[4];
    mica_optimizer *adam = mica_adam(ctx, NULL);
    for (int round = 0; round < ROUNDS; round++) {
        double began = clock_seconds();
        for (int step = 0; step < 1000; step++) {
            mica_tape *tape = mica_tape_open(ctx, NULL);
            mica_tensor *a1 = mica_relu(mica_add(mica_matmul(x, p[0]), p[1]));
            mica_tensor *a2 = mica_sigmoid(mica_add(mica_matmul(a1, p[2]), p[3]));
            mica_tensor *loss = mica_mean(mica_square(mica_subtract(y, a2)), MICA_ALL_AXES, false);
            mica_tape_gradient(tape, loss, p, 4, grads);
            mica_optimizer_apply(adam, p, grads, 4);
            mica_tape_close(&tape);
        }
        seconds[round] = (clock_seconds() - began) / 1000;
    }
    return median(seconds, ROUNDS);
}

int main(void) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    double add = time_add(ctx), tape = time_tape(ctx);
    if (mica_check(ctx, &err) != MICA_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("{\"add_us\": %.4f, \"tape_step_us\": %.3f}\n", add * 1e6, tape * 1e6);
    mica_close(&ctx);
    return 0;
}
