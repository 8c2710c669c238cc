/* Layer, root-mean-square, group and L2 normalisation and attention: against TensorFlow, Keras and
 * PyTorch; errors; unknown extents. */
#include "recorded.h"

static void call(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                 mica_tensor **out) {
    mica_axes axes = axes_argument(a);
    double epsilon = real_argument(a, "epsilon"), scale = real_argument(a, "scale");
    bool causal = flag_argument(a, "causal");
    if (!strcmp(op, "layer_norm")) out[0] = mica_layer_norm(in[0], in[1], in[2], axes, epsilon);
    else if (!strcmp(op, "rms_norm")) out[0] = mica_rms_norm(in[0], in[1], axes, epsilon);
    else if (!strcmp(op, "normalize")) out[0] = mica_normalize(in[0], axes, epsilon);
    else if (!strcmp(op, "group_norm"))
        out[0] = mica_group_norm(in[0], in[1], in[2], integer(a, "groups"), integer(a, "axis"),
                                 epsilon);
    else if (!strcmp(op, "attention"))
        out[0] = mica_attention(in[0], in[1], in[2], inputs > 3 ? in[3] : NULL, causal, scale);
    else if (!strcmp(op, "attention_weights"))
        out[0] = mica_attention_weights(in[0], in[1], inputs > 2 ? in[2] : NULL, causal, scale);
    else fail_msg("no call for %s", op);
}

TEST(normalisations_agree_with_keras_and_pytorch) { run_recorded_ops("normalisation", call); }
TEST(attention_agrees_with_keras_and_pytorch) { run_recorded_ops("attention", call); }

static mica_tensor *filled(mica_shape shape, double value) {
    return mica_full(ctx, MICA_FLOAT32, shape, value);
}

TEST(without_parameters_gamma_is_1_and_beta_0) {
    const float x[] = {1, 3}, expected[] = {-1, 1}, root[] = {0.44721360f, 1.3416408f};
    float y[2];
    mica_error err = {0};
    mica_tensor *t = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(1, 2), x);
    ASSERT_OK(mica_tensor_read(mica_layer_norm(t, NULL, NULL, MICA_AXES(-1), 0), MICA_FLOAT32, y,
                               sizeof y, &err));
    ASSERT_CLOSE(y, expected, 2, 1e-6);
    ASSERT_OK(mica_tensor_read(mica_group_norm(t, NULL, NULL, 1, -1, 0), MICA_FLOAT32, y, sizeof y,
                               &err));
    ASSERT_CLOSE(y, expected, 2, 1e-6);
    ASSERT_OK(mica_tensor_read(mica_rms_norm(t, NULL, MICA_AXES(-1), 0), MICA_FLOAT32, y, sizeof y,
                               &err));
    ASSERT_CLOSE(y, root, 2, 1e-6);
}

TEST(normalisations_name_what_does_not_fit) {
    mica_tensor *x = filled(MICA_SHAPE(2, 4, 3), 1), *four = filled(MICA_SHAPE(4), 1);
    ASSERT_POISON(mica_layer_norm(x, four, four, MICA_AXES(-1), 0), MICA_SHAPE,
                  "layer_norm: input 1 has shape (4,), expected (3,)");
    ASSERT_POISON(mica_layer_norm(x, NULL, NULL, MICA_AXES(1, -2), 0), MICA_SHAPE,
                  "axes of x of rank 3, expected different ones from -3 to 2");
    ASSERT_POISON(mica_rms_norm(x, NULL, MICA_AXES(-1), -1), MICA_VALUE,
                  "rms_norm: epsilon -1, expected 0 or more");
    ASSERT_POISON(mica_group_norm(x, NULL, NULL, 2, -1, 0), MICA_SHAPE,
                  "group_norm: 2 groups of the 3 channels of axis 2");
    ASSERT_POISON(mica_group_norm(x, four, four, 1, -1, 0), MICA_SHAPE,
                  "group_norm: input 1 has shape (4,), expected (3,)");
}

TEST(attention_names_what_does_not_fit) {
    mica_tensor *q = filled(MICA_SHAPE(2, 4, 3), 1), *k = filled(MICA_SHAPE(2, 5, 3), 1);
    mica_tensor *odd = filled(MICA_SHAPE(2, 5, 2), 1);
    ASSERT_POISON(mica_attention(q, odd, odd, NULL, false, 0), MICA_SHAPE,
                  "attention: queries (2, 4, 3) and keys (2, 5, 2) do not fit");
    ASSERT_POISON(mica_attention(q, k, q, NULL, false, 0), MICA_SHAPE,
                  "attention: weights (2, 4, 5) and values (2, 4, 3) do not fit");
    ASSERT_POISON(mica_attention(q, k, k, q, false, 0), MICA_TYPE,
                  "attention: mask is float32, expected bool");
    ASSERT_POISON(mica_attention(q, k, k, mica_cast(q, MICA_BOOL), false, 0), MICA_SHAPE,
                  "attention: mask (2, 4, 3) does not broadcast to (2, 4, 5)");
}

RUN_WITH_CONTEXT(UNIT(normalisations_agree_with_keras_and_pytorch),
                 UNIT(attention_agrees_with_keras_and_pytorch),
                 UNIT(without_parameters_gamma_is_1_and_beta_0),
                 UNIT(normalisations_name_what_does_not_fit),
                 UNIT(attention_names_what_does_not_fit))
