/* Convolutions: against Keras on TensorFlow and PyTorch, and errors, unknown extents, edge cases.
 */
#include "op/epilogue.h"
#include "op/window.h"
#include "recorded.h"

static void call(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                 mica_tensor **out) {
    mica_window_options o = window_options(a);
    assert_int_equal(inputs, 3);
    if (!strcmp(op, "conv")) out[0] = mica_conv(in[0], in[1], in[2], &o);
    else if (!strcmp(op, "conv_transpose")) out[0] = mica_conv_transpose(in[0], in[1], in[2], &o);
    else fail_msg("no call for %s", op);
}

TEST(convolutions_agree_with_keras_and_pytorch) { run_recorded("conv", call, 1e-8); }

static mica_tensor *ones(mica_shape shape) { return mica_full(ctx, MICA_FLOAT32, shape, 1); }

TEST(conv_names_what_does_not_fit) {
    mica_tensor *x = ones(MICA_SHAPE(1, 5, 5, 3)), *w = ones(MICA_SHAPE(3, 3, 2, 4));
    ASSERT_POISON(mica_conv(x, w, NULL, NULL), MICA_SHAPE,
                  "conv: 3 channels, expected 2 (weights (3, 3, 2, 4), 1 groups)");
    w = ones(MICA_SHAPE(6, 3, 3, 4));
    ASSERT_POISON(mica_conv(x, w, NULL, NULL), MICA_SHAPE,
                  "conv: height 5 with padding is less than the window's 6");
    ASSERT_POISON(mica_conv(ones(MICA_SHAPE(5, 5)), w, NULL, NULL), MICA_SHAPE,
                  "images of rank 2, expected 3 to 5");
    w = ones(MICA_SHAPE(3, 3, 3, 4));
    ASSERT_POISON(mica_conv(x, w, ones(MICA_SHAPE(3)), NULL), MICA_SHAPE,
                  "input 2 has shape (3,), expected (4,)");
    ASSERT_POISON(mica_conv(x, mica_cast(w, MICA_FLOAT64), NULL, NULL), MICA_TYPE,
                  "weights is float64, expected float32");
    ASSERT_POISON(mica_conv(x, w, NULL, MICA_OPTIONS(window, .strides = {-1, 1})), MICA_SHAPE,
                  "strides (-1, 1), expected at least 1");
    ASSERT_POISON(mica_conv(x, w, NULL, MICA_OPTIONS(window, .groups = 3)), MICA_SHAPE,
                  "4 filters in 3 groups, expected a multiple");
}

TEST(conv_of_an_empty_batch_is_empty) {
    mica_error err = {0};
    mica_tensor *y = mica_conv(ones(MICA_SHAPE(0, 5, 5, 3)), ones(MICA_SHAPE(3, 3, 3, 4)), NULL,
                               NULL);
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_tensor_size(y), 0);
    assert_int_equal(mica_tensor_shape(y).dims[1], 3);
}

/* The output shape of an op for these input shapes. */
static shape inferred(const op *o, const void *attrs, int inputs, const shape *shapes) {
    operand in[4], out[MAX_OUTPUTS] = {{0}};
    mica_error err = {0};
    for (int i = 0; i < inputs; i++) in[i] = (operand){.dtype = MICA_FLOAT32, .shape = shapes[i]};
    shape_frame f = {o, attrs, inputs, o->outputs, in, out, &err};
    ASSERT_OK(o->shape(&f));
    return out[0].shape;
}

TEST(conv_keeps_unknown_extents_unknown) {
    conv_attrs a = conv_attrs_of(MICA_OPTIONS(window, .strides = {2}, .padding = MICA_PADDING_SAME),
                                 2);
    shape y = inferred(&op_conv, &a, 2, (shape[]){{4, {-1, 9, -1, 3}}, {4, {3, 3, 3, 8}}});
    assert_true(shape_equal(&y, &(shape){4, {-1, 5, -1, 8}}));
    a.output_extra[1] = -1;
    y = inferred(&op_conv_backward_data, &a, 2, (shape[]){{4, {-1, 5, -1, 8}}, {4, {3, 3, 3, 8}}});
    assert_true(shape_equal(&y, &(shape){4, {-1, 9, -1, 3}}));
}

TEST(conv_pads_the_odd_one_at_bottom_and_right) {
    window g;
    conv_attrs a = conv_attrs_of(MICA_OPTIONS(window, .strides = {2}, .padding = MICA_PADDING_SAME),
                                 2);
    conv_window(&a, &(shape){4, {1, 4, 5, 1}}, &(shape){4, {3, 3, 1, 1}}, &g);
    assert_int_equal(g.before[1], 0), assert_int_equal(g.after[1], 1);
    assert_int_equal(g.before[2], 1), assert_int_equal(g.after[2], 1);
}

/* A fused activation gives the values and gradients of the separate one. */
TEST(conv_with_an_epilogue_is_the_op_and_its_activation) {
    static const int64_t fused[] = {EPILOGUE_RELU, EPILOGUE_SIGMOID, EPILOGUE_TANH};
    for (size_t i = 0; i < LENGTH(fused); i++) {
        mica_tape *tape = mica_tape_open(ctx, MICA_OPTIONS(tape, .persistent = true));
        mica_tensor *in[3] = {mica_random_normal(ctx, MICA_FLOAT64, MICA_SHAPE(1, 4, 4, 2), 0, 1),
                              mica_random_normal(ctx, MICA_FLOAT64, MICA_SHAPE(3, 3, 2, 2), 0, 1),
                              mica_random_normal(ctx, MICA_FLOAT64, MICA_SHAPE(2), 0, 1)};
        for (int k = 0; k < 3; k++) mica_tape_watch(tape, in[k]);
        conv_attrs a = conv_attrs_of(MICA_OPTIONS(window, .groups = 1), 2);
        mica_tensor *apart = EMIT(epilogue_op(fused[i]), NULL, emit(&op_conv, &a, 3, in));
        a.activation = fused[i];
        mica_tensor *one = emit(&op_conv, &a, 3, in), *d1[3], *d2[3];
        mica_tape_gradient(tape, apart, in, 3, d1);
        mica_tape_gradient(tape, one, in, 3, d2);
        mica_error err = {0};
        ASSERT_OK(mica_check(ctx, &err));
        ASSERT_CLOSE((const double *)mica_tensor_data(one), (const double *)mica_tensor_data(apart),
                     mica_tensor_size(one), 1e-12);
        for (int k = 0; k < 3; k++) {
            double found[64], expected[64];
            size_t n = (size_t)mica_tensor_size(in[k]);
            ASSERT_OK(mica_tensor_read(d2[k], MICA_FLOAT64, found, n * 8, &err));
            ASSERT_OK(mica_tensor_read(d1[k], MICA_FLOAT64, expected, n * 8, &err));
            ASSERT_CLOSE(found, expected, n, 1e-12);
        }
        mica_tape_close(&tape);
    }
}

RUN_WITH_CONTEXT(UNIT(convolutions_agree_with_keras_and_pytorch),
                 UNIT(conv_names_what_does_not_fit), UNIT(conv_of_an_empty_batch_is_empty),
                 UNIT(conv_keeps_unknown_extents_unknown),
                 UNIT(conv_pads_the_odd_one_at_bottom_and_right),
                 UNIT(conv_with_an_epilogue_is_the_op_and_its_activation))
