/* A custom training loop: a 3-2-1 network with ReLU and sigmoid, mean squared error, a tape and
 * Adam, 100 steps, then evaluation. The network learns whether the sum of three numbers is above 0.
 */
#include <mica/mica.h>

#define ROWS 64

typedef struct network {
    mica_tensor *p[4]; /* w1 (3, 2), b1 (2), w2 (2, 1), b2 (1) */
} network;

static mica_tensor *parameter(mica_context *ctx, mica_shape shape, const char *name) {
    return mica_variable(mica_random_normal(ctx, MICA_FLOAT32, shape, 0, 1), name);
}

static mica_tensor *forward(const network *n, mica_tensor *x) {
    mica_tensor *a1 = mica_relu(mica_add(mica_matmul(x, n->p[0]), n->p[1]));
    return mica_sigmoid(mica_add(mica_matmul(a1, n->p[2]), n->p[3]));
}

static mica_tensor *mean_squared_error(mica_tensor *y, mica_tensor *predicted) {
    return mica_mean(mica_square(mica_subtract(y, predicted)), MICA_ALL_AXES, false);
}

/* x (ROWS, 3) normal, y (ROWS, 1): 1 where the row's sum is above 0. */
static void make_data(mica_context *ctx, mica_tensor **x, mica_tensor **y) {
    *x = mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(ROWS, 3), 0, 1);
    mica_tensor *sums = mica_sum(*x, MICA_AXES(1), true);
    *y = mica_cast(mica_greater(sums, mica_scalar(ctx, MICA_FLOAT32, 0)), MICA_FLOAT32);
}

static mica_status run(mica_context *ctx, mica_error *err) {
    mica_tensor *x, *y, *test_x, *test_y;
    make_data(ctx, &x, &y);
    make_data(ctx, &test_x, &test_y);
    network n = {{parameter(ctx, MICA_SHAPE(3, 2), "w1"), parameter(ctx, MICA_SHAPE(2), "b1"),
                  parameter(ctx, MICA_SHAPE(2, 1), "w2"), parameter(ctx, MICA_SHAPE(1), "b2")}};
    mica_optimizer *adam = mica_adam(ctx, MICA_OPTIONS(adam, .learning_rate = 0.05));

    for (int step = 0; step < 100; step++) {
        mica_tensor *gradients[4];
        mica_tape *tape = mica_tape_open(ctx, NULL); /* owns every temporary made until it closes */
        mica_tensor *loss = mean_squared_error(y, forward(&n, x));
        mica_tape_gradient(tape, loss, n.p, 4, gradients);
        mica_optimizer_apply(adam, n.p, gradients, 4);
        if (step % 20 == 0 || step == 99)
            printf("step %3d  loss %.4f\n", step, mica_tensor_item(loss));
        mica_tape_close(&tape);
    }
    mica_tensor *predicted = forward(&n, test_x);
    mica_tensor *half = mica_scalar(ctx, MICA_FLOAT32, 0.5);
    mica_tensor *right = mica_equal(mica_greater(predicted, half), mica_greater(test_y, half));
    double accuracy = mica_tensor_item(
        mica_mean(mica_cast(right, MICA_FLOAT32), MICA_ALL_AXES, false));
    printf("test loss %.4f  accuracy %.3f\n",
           mica_tensor_item(mean_squared_error(test_y, predicted)), accuracy);
    return mica_check(ctx, err); /* the first error of all those calls, if any */
}

int main(void) {
    mica_error err = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 1));
    mica_status status = run(ctx, &err);
    if (status != MICA_OK) fprintf(stderr, "%s\n", err.message);
    mica_close(&ctx);
    return status != MICA_OK;
}
