/* Batch normalisation: against PyTorch; errors. */
#include "recorded.h"

static void call(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                 mica_tensor **out) {
    int64_t axis = integer(a, "axis");
    double epsilon = json_number_value(json_object_get(a, "epsilon"));
    if (!strcmp(op, "batch_norm_training"))
        out[0] = mica_batch_norm_training(in[0], in[1], in[2], axis, epsilon, &out[1], &out[2]);
    else if (!strcmp(op, "batch_norm_inference"))
        out[0] = mica_batch_norm_inference(in[0], in[1], in[2], in[3], in[4], axis, epsilon);
    else fail_msg("no call for %s", op);
}

TEST(norms_agree_with_pytorch) { run_recorded("norm", call, 1e-9); }

static mica_tensor *filled(mica_shape shape, double value) {
    return mica_full(ctx, MICA_FLOAT32, shape, value);
}

TEST(batch_norm_names_what_does_not_fit) {
    mica_tensor *x = filled(MICA_SHAPE(2, 4, 3), 1), *three = filled(MICA_SHAPE(3), 1);
    ASSERT_POISON(mica_batch_norm_training(x, three, three, 1, 1e-3, NULL, NULL), MICA_SHAPE,
                  "batch_norm_training: input 1 has shape (3,), expected (4,)");
    ASSERT_POISON(mica_batch_norm_training(x, three, three, 3, 1e-3, NULL, NULL), MICA_SHAPE,
                  "axis 3, expected one of the 3 axes (-3 to 2)");
    ASSERT_POISON(mica_batch_norm_training(three, three, three, 0, 1e-3, NULL, NULL), MICA_SHAPE,
                  "x of rank 1, expected 2 or more");
    ASSERT_POISON(mica_batch_norm_training(x, three, three, 2, -1, NULL, NULL), MICA_VALUE,
                  "epsilon -1, expected 0 or more");
}

TEST(batch_norm_of_a_constant_is_beta) {
    mica_tensor *mean, *variance;
    mica_tensor *y = mica_batch_norm_training(filled(MICA_SHAPE(4, 2), 7), filled(MICA_SHAPE(2), 3),
                                              filled(MICA_SHAPE(2), 0.5), -1, 1e-3, &mean,
                                              &variance);
    const float *values = mica_tensor_data(y);
    for (int i = 0; i < 8; i++) assert_true(values[i] == 0.5f);
    assert_true(((const float *)mica_tensor_data(mean))[1] == 7);
    assert_true(((const float *)mica_tensor_data(variance))[1] == 0);
}

/* float16 images with float32 parameters: y is float16, statistics are float32. */
TEST(batch_norm_mixes_precisions) {
    mica_tape *tape = mica_tape_open(ctx, NULL);
    mica_tensor *x = mica_cast(mica_random_normal(ctx, MICA_FLOAT32, MICA_SHAPE(8, 2), 0, 1),
                               MICA_FLOAT16);
    mica_tensor *in[3] = {x, filled(MICA_SHAPE(2), 3), filled(MICA_SHAPE(2), 0.5)}, *d[3], *mean;
    for (int i = 0; i < 3; i++) mica_tape_watch(tape, in[i]);
    mica_tensor *y = mica_batch_norm_training(in[0], in[1], in[2], -1, 1e-3, &mean, NULL);
    mica_tape_gradient(tape, mica_square(y), in, 3, d);
    mica_error err = {0};
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_tensor_dtype(y), MICA_FLOAT16);
    assert_int_equal(mica_tensor_dtype(mean), MICA_FLOAT32);
    assert_int_equal(mica_tensor_dtype(d[0]), MICA_FLOAT16);
    assert_int_equal(mica_tensor_dtype(d[1]), MICA_FLOAT32);
    mica_tape_close(&tape);
}

RUN_WITH_CONTEXT(UNIT(norms_agree_with_pytorch), UNIT(batch_norm_names_what_does_not_fit),
                 UNIT(batch_norm_of_a_constant_is_beta), UNIT(batch_norm_mixes_precisions))
