/* Pooling: against Keras on TensorFlow and PyTorch, and ties, NaN, large windows, errors. */
#include "op/window.h"
#include "recorded.h"

static void call(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                 mica_tensor **out) {
    mica_window_options o = window_options(a);
    assert_int_equal(inputs, 1);
    if (!strcmp(op, "max_pool")) out[0] = mica_max_pool(in[0], &o);
    else if (!strcmp(op, "avg_pool")) out[0] = mica_avg_pool(in[0], &o);
    else fail_msg("no call for %s", op);
}

TEST(pools_agree_with_keras_and_pytorch) { run_recorded("pool", call, 1e-9); }

static mica_tensor *row(const float *values, int64_t width) {
    return mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(1, 1, width, 1), values);
}

TEST(max_pool_of_equals_takes_the_first) {
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tensor *x = row((float[]){2, 2, 1, 3}, 4), *dx;
    mica_tape_watch(tape, x);
    mica_tensor *y = mica_max_pool(x, MICA_OPTIONS(window, .pool = {1, 2}));
    mica_tape_gradient(tape, y, &x, 1, &dx);
    ASSERT_CLOSE((const float *)mica_tensor_data(y), ((float[]){2, 3}), 2, 0);
    ASSERT_CLOSE((const float *)mica_tensor_data(dx), ((float[]){1, 0, 0, 1}), 4, 0);
    mica_tape_close(&tape);
}

TEST(max_pool_passes_nan_on_and_never_takes_padding) {
    const mica_window_options o = {.size = sizeof o, .pool = {1, 2}, .padding = MICA_PADDING_SAME};
    mica_tensor *y = mica_max_pool(row((float[]){NAN, 1, -2, -3, -4}, 5), &o);
    ASSERT_CLOSE((const float *)mica_tensor_data(y), ((float[]){NAN, -2, -4}), 3, 0);
}

TEST(max_pool_of_integers_is_exact) {
    const int64_t x[] = {INT64_MAX - 1, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    mica_tensor *t = mica_tensor_new(ctx, MICA_INT64, MICA_SHAPE(1, 1, 4, 1), x);
    const int64_t *y = mica_tensor_data(mica_max_pool(t, MICA_OPTIONS(window, .pool = {1, 2})));
    assert_true(y[0] == INT64_MAX && y[1] == INT64_MIN + 1);
}

TEST(max_pool_of_a_large_window_has_a_gradient) {
    mica_tape *tape = mica_tape_open(ctx, NULL);
    float values[400], d[400];
    for (int i = 0; i < 400; i++) values[i] = (float)((i * 7) % 401);
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(1, 20, 20, 1), values), *dx;
    mica_tape_watch(tape, x);
    mica_tensor *y = mica_max_pool(x, MICA_OPTIONS(window, .pool = {20}));
    mica_tape_gradient(tape, y, &x, 1, &dx);
    mica_error err = {0};
    ASSERT_OK(mica_tensor_read(dx, MICA_FLOAT32, d, sizeof d, &err));
    for (int i = 0; i < 400; i++) assert_true(d[i] == (values[i] == 400 ? 1 : 0));
    assert_true(mica_tensor_item(y) == 400);
    mica_tape_close(&tape);
}

TEST(pools_name_what_does_not_fit) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(1, 3, 4, 1), 1);
    ASSERT_POISON(mica_max_pool(x, MICA_OPTIONS(window, .pool = {4, 2})), MICA_SHAPE,
                  "max_pool: height 3 with padding is less than the window's 4");
    const mica_window_options o = {.size = sizeof o, .padding = MICA_PADDING_EXPLICIT, .pads = {2}};
    ASSERT_POISON(
        mica_avg_pool(x, &o), MICA_SHAPE,
        "avg_pool: padding (2, 0) before and (0, 0) after, expected less than the window");
    ASSERT_POISON(mica_avg_pool(mica_cast(x, MICA_INT32), NULL), MICA_TYPE, "avg_pool");
    ASSERT_POISON(mica_max_pool(mica_flatten(x), NULL), MICA_SHAPE,
                  "images of rank 2, expected 3 to 5");
}

RUN_WITH_CONTEXT(UNIT(pools_agree_with_keras_and_pytorch), UNIT(max_pool_of_equals_takes_the_first),
                 UNIT(max_pool_passes_nan_on_and_never_takes_padding),
                 UNIT(max_pool_of_integers_is_exact),
                 UNIT(max_pool_of_a_large_window_has_a_gradient),
                 UNIT(pools_name_what_does_not_fit))
