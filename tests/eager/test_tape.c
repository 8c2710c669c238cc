#include "mica/mica.h"
#include "support/testing.h"

static mica_context *open(void) { return mica_open(NULL); }

#define ASSERT_ITEMS(t, ...)                                                                       \
    do {                                                                                           \
        double want_[] = {__VA_ARGS__}, got_[sizeof want_ / sizeof *want_];                        \
        ASSERT_OK(mica_tensor_read(t, MICA_FLOAT64, got_, sizeof got_, &err));                     \
        ASSERT_CLOSE(got_, want_, sizeof want_ / sizeof *want_, 1e-6);                             \
    } while (0)

TEST(eager_add_broadcasts) {
    mica_context *ctx = open();
    mica_error err = {0};
    mica_tensor *a = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 1), (float[]){1, 2});
    mica_tensor *b = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(3), (float[]){10, 20, 30});
    ASSERT_ITEMS(mica_add(a, b), 11, 21, 31, 12, 22, 32);
    mica_close(&ctx);
}

TEST(a_failed_call_poisons_what_follows_and_keeps_the_first_error) {
    mica_context *ctx = open();
    mica_error err = {0};
    mica_tensor *a = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2), (float[]){1, 2});
    mica_tensor *b = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(3), (float[]){10, 20, 30});
    mica_tensor *bad = mica_relu(mica_add(a, b));
    mica_add(bad, mica_matmul(bad, bad));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "add");
    ASSERT_OK(mica_check(ctx, &err));
    mica_close(&ctx);
}

TEST(gradient_of_a_small_network_is_exact) {
    mica_context *ctx = open();
    mica_error err = {0};
    mica_tensor *w = mica_variable(
        mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 1), (float[]){3, -2}), "w");
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 2), (float[]){1, 2, 3, 4});
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tensor *loss = mica_sum(mica_square(mica_matmul(x, w)), MICA_ALL_AXES, false);
    mica_tensor *grad;
    mica_tape_gradient(tape, loss, &w, 1, &grad);
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_ITEMS(loss, 2); /* (3 - 4)^2 + (9 - 8)^2 */
    ASSERT_ITEMS(grad, 2 * (-1 * 1 + 1 * 3), 2 * (-1 * 2 + 1 * 4));
    mica_tape_close(&tape);
    mica_close(&ctx);
}

TEST(nested_tapes_give_second_derivatives) {
    mica_context *ctx = open();
    mica_error err = {0};
    mica_tensor *x = mica_variable(mica_scalar(ctx, MICA_FLOAT64, 3), "x"), *first, *second;
    mica_tape *outer = mica_tape_open(ctx, NULL), *inner = mica_tape_open(ctx, NULL);
    mica_tensor *y = mica_multiply(x, mica_multiply(x, x));
    mica_tape_gradient(inner, y, &x, 1, &first);
    mica_tape_close(&inner);
    mica_tape_gradient(outer, first, &x, 1, &second);
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_ITEMS(first, 27);
    ASSERT_ITEMS(second, 18);
    mica_tape_close(&outer);
    mica_close(&ctx);
}

TEST(a_tape_remembers_the_value_before_an_assignment) {
    mica_context *ctx = open();
    mica_error err = {0};
    mica_tensor *x = mica_variable(mica_scalar(ctx, MICA_FLOAT64, 3), "x"), *grad;
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tensor *y = mica_square(x);
    ASSERT_OK(mica_assign(x, mica_scalar(ctx, MICA_FLOAT64, 100), &err));
    mica_tape_gradient(tape, y, &x, 1, &grad);
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_ITEMS(x, 100);
    mica_tape_close(&tape);
    mica_close(&ctx);
}

TEST(asking_a_tape_twice_is_an_error_unless_it_is_persistent) {
    mica_context *ctx = open();
    mica_error err = {0};
    for (int persistent = 0; persistent < 2; persistent++) {
        mica_tensor *x = mica_variable(mica_scalar(ctx, MICA_FLOAT64, 3), "x"), *grad;
        mica_tape *tape = mica_tape_open(ctx, MICA_OPTIONS(tape, .persistent = persistent));
        mica_tensor *y = mica_square(x);
        mica_tape_gradient(tape, y, &x, 1, &grad);
        mica_tape_gradient(tape, y, &x, 1, &grad);
        if (persistent) ASSERT_ITEMS(grad, 6);
        else ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "persistent");
        mica_tape_close(&tape);
    }
    mica_close(&ctx);
}

TEST(stop_gradient_and_what_is_unconnected_give_zeros) {
    mica_context *ctx = open();
    mica_error err = {0};
    mica_tensor *x = mica_variable(mica_scalar(ctx, MICA_FLOAT64, 3), "x");
    mica_tensor *z = mica_variable(mica_scalar(ctx, MICA_FLOAT64, 5), "z"), *grads[2];
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tensor *y = mica_multiply(mica_stop_gradient(x), mica_square(x));
    mica_tape_gradient(tape, y, (mica_tensor *[]){x, z}, 2, grads);
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_ITEMS(grads[0], 18);
    ASSERT_ITEMS(grads[1], 0);
    mica_tape_close(&tape);
    mica_close(&ctx);
}

/* y = softmax(x w) and the gradient of the sum of y^2 for w, on values that both types hold. */
static void half_network(mica_dtype dtype, double *y, double *dw) {
    mica_context *ctx = open();
    mica_error err = {0};
    float x[6], w[12];
    for (int i = 0; i < 6; i++) x[i] = (float)(i % 5 - 2) / 4;
    for (int i = 0; i < 12; i++) w[i] = (float)(i * 7 % 11 - 5) / 8;
    mica_tensor *in = mica_cast(mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), x), dtype);
    mica_tensor *of = mica_cast(mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(3, 4), w), dtype);
    mica_tensor *kernel = mica_variable(of, "w"), *gradient;
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tensor *out = mica_softmax(mica_matmul(in, kernel), -1);
    mica_tensor *sum = mica_sum(mica_square(out), MICA_ALL_AXES, false);
    mica_tape_gradient(tape, sum, &kernel, 1, &gradient);
    assert_int_equal(mica_tensor_dtype(out), dtype);
    assert_int_equal(mica_tensor_dtype(gradient), dtype);
    ASSERT_OK(mica_tensor_read(out, MICA_FLOAT64, y, 8 * sizeof *y, &err));
    ASSERT_OK(mica_tensor_read(gradient, MICA_FLOAT64, dw, 12 * sizeof *dw, &err));
    mica_tape_close(&tape);
    mica_close(&ctx);
}

/* As tf.GradientTape with unconnected_gradients="zero". */
TEST(a_tensor_that_was_not_watched_has_zeros) {
    mica_context *ctx = open();
    mica_error err = {0};
    mica_tensor *x = mica_scalar(ctx, MICA_FLOAT64, 3), *grad;
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tape_gradient(tape, mica_square(x), &x, 1, &grad);
    ASSERT_OK(mica_check(ctx, &err));
    ASSERT_ITEMS(grad, 0);
    mica_tape_close(&tape);
    tape = mica_tape_open(ctx, NULL);
    mica_tape_watch(tape, x);
    mica_tape_gradient(tape, mica_square(x), &x, 1, &grad);
    ASSERT_ITEMS(grad, 6);
    mica_tape_close(&tape);
    mica_close(&ctx);
}

TEST(half_precision_keeps_its_type_and_its_gradients) {
    double y[2][8], dw[2][12];
    half_network(MICA_FLOAT32, y[0], dw[0]);
    half_network(MICA_FLOAT16, y[1], dw[1]);
    for (int i = 0; i < 8; i++) assert_true(fabs(y[1][i] - y[0][i]) < 5e-4);
    for (int i = 0; i < 12; i++) assert_true(fabs(dw[1][i] - dw[0][i]) < 5e-4);
    half_network(MICA_BFLOAT16, y[1], dw[1]);
    for (int i = 0; i < 8; i++) assert_true(fabs(y[1][i] - y[0][i]) < 4e-3);
    for (int i = 0; i < 12; i++) assert_true(fabs(dw[1][i] - dw[0][i]) < 4e-3);
}

RUN_TESTS(UNIT(eager_add_broadcasts), UNIT(half_precision_keeps_its_type_and_its_gradients),
          UNIT(a_failed_call_poisons_what_follows_and_keeps_the_first_error),
          UNIT(gradient_of_a_small_network_is_exact), UNIT(nested_tapes_give_second_derivatives),
          UNIT(a_tape_remembers_the_value_before_an_assignment),
          UNIT(asking_a_tape_twice_is_an_error_unless_it_is_persistent),
          UNIT(stop_gradient_and_what_is_unconnected_give_zeros),
          UNIT(a_tensor_that_was_not_watched_has_zeros))
