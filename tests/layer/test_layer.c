/* Building, names, shapes, masks, randomness and types of layers. */
#include "graph/graph.h"
#include "layer/layer.h"
#include "support/in_context.h"

static mica_tensor *ones(shape s) { return mica_full(ctx, MICA_FLOAT32, s, 1); }

static double sum_of(mica_tensor *t) { return mica_tensor_item(mica_sum(t, MICA_ALL_AXES, false)); }

/* A call that must fail, and how. */
static void refuse(mica_layer *l, shape s, mica_status code, const char *text) {
    mica_layer_call(l, ones(s), false);
    ASSERT_FAILS(mica_check(ctx, &err), code, text);
}

TEST(shapes_that_do_not_fit_are_told_with_the_layer) {
    refuse(mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2, .name = "d")), MICA_SHAPE(3),
           MICA_SHAPE, "layer d: input (3,) has rank 1, expected at least 2");
    refuse(
        mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 2, .kernel_size = {3}, .name = "c")),
        MICA_SHAPE(1, 5, 5), MICA_SHAPE, "layer c: input (1, 5, 5) has rank 3, expected 4");
    refuse(
        mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 4, .kernel_size = {3}, .groups = 2)),
        MICA_SHAPE(1, 5, 5, 3), MICA_SHAPE, "3 channels, expected a multiple of groups, 2");
    refuse(mica_layer_conv2d(ctx,
                             MICA_OPTIONS(conv2d, .filters = 4, .kernel_size = {7}, .name = "c7")),
           MICA_SHAPE(1, 5, 5, 3), MICA_SHAPE, "layer c7: ");
    refuse(mica_layer_reshape(ctx, MICA_OPTIONS(reshape, .target_shape = MICA_SHAPE(4, -1))),
           MICA_SHAPE(2, 6), MICA_SHAPE, "6 elements a sample");
    refuse(mica_layer_batch_normalization(ctx, MICA_OPTIONS(batch_normalization, .axis = 4)),
           MICA_SHAPE(2, 6), MICA_VALUE, "axis is 4, expected -2 to 1");
    refuse(
        mica_layer_input_layer(ctx, MICA_OPTIONS(input_layer, .batch_shape = MICA_SHAPE(-1, 28))),
        MICA_SHAPE(2, 27), MICA_SHAPE, "input (2, 27), expected (None, 28)");
}

TEST(a_built_layer_refuses_other_weights) {
    mica_layer *l = mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 3, .name = "dense_1"));
    mica_layer_call(l, ones(MICA_SHAPE(2, 4)), false);
    mica_layer_call(l, ones(MICA_SHAPE(5, 6, 4)), false); /* the same kernel: fine */
    ASSERT_OK(mica_check(ctx, &err));
    refuse(l, MICA_SHAPE(2, 5), MICA_SHAPE,
           "layer dense_1: this input needs a kernel of shape (5, 3), but the layer has (4, 3)");
}

TEST(weights_are_named_counted_and_frozen) {
    mica_layer *l = mica_layer_batch_normalization(ctx, NULL);
    shape s = MICA_SHAPE(-1, 8);
    ASSERT_OK(layer_build(l, &s, 1, &err));
    assert_int_equal(layer_parameters(l, false), 32);
    assert_int_equal(layer_parameters(l, true), 16);
    assert_string_equal(l->weights[2].variable->variable->name, "batch_normalization/moving_mean");
    assert_true(l->weights[2].variable->variable->frozen);
    assert_false(l->weights[0].variable->variable->frozen);
    ASSERT_OK(layer_rename(l, "norm", &err));
    assert_string_equal(l->weights[0].variable->variable->name, "norm/gamma");
    layer_set_frozen(l, true);
    assert_true(l->weights[0].variable->variable->frozen);
    assert_int_equal(layer_parameters(l, true), 0);
    assert_null(mica_layer_weight(l, 4));
}

TEST(equal_seeds_give_equal_weights_and_later_layers_others) {
    mica_layer *a = mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 8, .name = "same"));
    mica_layer *b = mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 8, .name = "same"));
    mica_layer_call(a, ones(MICA_SHAPE(1, 4)), false);
    mica_layer_call(b, ones(MICA_SHAPE(1, 4)), false);
    mica_context *other = mica_open(NULL);
    mica_layer *c = mica_layer_dense(other, MICA_OPTIONS(dense, .units = 8, .name = "same"));
    mica_layer_call(c, mica_full(other, MICA_FLOAT32, MICA_SHAPE(1, 4), 1), false);
    size_t bytes = 32 * sizeof(float);
    const void *first = tensor_bytes(mica_layer_weight(a, 0));
    assert_memory_equal(first, tensor_bytes(mica_layer_weight(c, 0)), bytes);
    assert_memory_not_equal(first, tensor_bytes(mica_layer_weight(b, 0)), bytes);
    mica_close(&other);
}

TEST(dropout_drops_its_share_and_keeps_the_mean) {
    mica_layer *l = mica_layer_dropout(ctx, MICA_OPTIONS(dropout, .rate = 0.25));
    mica_tensor *x = ones(MICA_SHAPE(100, 200));
    mica_tensor *y = mica_layer_call(l, x, true), *z = mica_layer_call(l, x, true);
    double kept = sum_of(
        mica_cast(mica_not_equal(y, mica_scalar(ctx, MICA_FLOAT32, 0)), MICA_FLOAT32));
    assert_true(fabs(kept / 20000 - 0.75) < 0.02);
    assert_true(fabs(sum_of(y) / 20000 - 1) < 0.03);
    assert_true(sum_of(mica_abs(mica_subtract(y, z))) > 0); /* other elements each call */
    assert_ptr_equal(mica_layer_call(l, x, false), x);
}

TEST(dropout_shares_draws_along_noise_shape) {
    mica_layer *l = mica_layer_dropout(
        ctx, MICA_OPTIONS(dropout, .rate = 0.5, .noise_shape = MICA_SHAPE(-1, 1)));
    mica_tensor *y = mica_layer_call(l, ones(MICA_SHAPE(64, 5)), true);
    mica_tensor *sums = mica_sum(y, MICA_AXES(1), false);
    ASSERT_OK(mica_check(ctx, &err));
    float values[64];
    ASSERT_OK(mica_tensor_read(sums, MICA_FLOAT32, values, sizeof values, &err));
    for (int i = 0; i < 64; i++) assert_true(values[i] == 0 || values[i] == 10);
}

TEST(random_layers_are_functions_of_counter_and_seed) {
    mica_tensor *x = ones(MICA_SHAPE(20, 20)), *out[2];
    for (int i = 0; i < 2; i++) {
        mica_layer *l = mica_layer_dropout(ctx, MICA_OPTIONS(dropout, .rate = 0.5, .seed = 7));
        layer_frame f = {.inputs = 1,
                         .outputs = 1,
                         .in = (mica_tensor *[]){x},
                         .out = &out[i],
                         .training = true,
                         .counter = mica_scalar(ctx, MICA_INT64, 3)};
        layer_call(l, &f);
    }
    assert_true(sum_of(mica_abs(mica_subtract(out[0], out[1]))) == 0);
}

TEST(frozen_batch_normalization_uses_the_moving_statistics) {
    mica_layer *l = mica_layer_batch_normalization(
        ctx, MICA_OPTIONS(batch_normalization, .frozen = true, .epsilon = 0.21, .no_scale = true));
    mica_tensor *y = mica_layer_call(l, ones(MICA_SHAPE(4, 2)), true);
    assert_true(fabs(sum_of(y) - 8 / 1.1) < 1e-5);
    assert_true(sum_of(mica_layer_weight(l, 1)) == 0); /* moving_mean stays */
}

TEST(mixed_layers_compute_in_half_and_keep_float32_weights) {
    mica_layer *l = mica_layer_dense(ctx,
                                     MICA_OPTIONS(dense, .units = 2, .dtype = "mixed_bfloat16"));
    mica_tensor *y = mica_layer_call(l, ones(MICA_SHAPE(1, 3)), false);
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_tensor_dtype(y), MICA_BFLOAT16);
    assert_int_equal(mica_tensor_dtype(mica_layer_weight(l, 0)), MICA_FLOAT32);
    mica_layer *wide = mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2, .dtype = "float64"));
    assert_int_equal(mica_tensor_dtype(mica_layer_call(wide, ones(MICA_SHAPE(1, 3)), false)),
                     MICA_FLOAT64);
}

TEST(integers_become_floats_where_a_layer_computes) {
    uint8_t pixels[4] = {0, 51, 102, 255};
    mica_tensor *x = mica_tensor_new(ctx, MICA_UINT8, MICA_SHAPE(1, 4), pixels);
    mica_layer *l = mica_layer_rescaling(ctx,
                                         MICA_OPTIONS(rescaling, .scale = 1.0 / 255, .offset = -1));
    mica_tensor *y = mica_layer_call(l, x, false);
    float values[4];
    ASSERT_OK(mica_tensor_read(y, MICA_FLOAT32, values, sizeof values, &err));
    ASSERT_CLOSE(values, ((float[]){-1, -0.8f, -0.6f, 0}), 4, 1e-6);
    assert_int_equal(mica_tensor_dtype(mica_layer_call(mica_layer_flatten(ctx, NULL), x, false)),
                     MICA_UINT8);
}

TEST(penalties_are_of_trainable_weights) {
    mica_layer *l = mica_layer_dense(
        ctx, MICA_OPTIONS(dense, .units = 2, .kernel_initializer = "ones",
                          .kernel_regularizer = "l2", .activity_regularizer = "l1"));
    mica_tensor *x = ones(MICA_SHAPE(5, 3)), *y;
    layer_frame f = {.inputs = 1, .outputs = 1, .in = &x, .out = &y, .training = true};
    layer_call(l, &f);
    assert_int_equal(f.losses, 1); /* 0.01 * 5 * 2 * 3 / 5 */
    assert_true(fabs(mica_tensor_item(f.loss[0]) - 0.06) < 1e-6);
    assert_int_equal(l->weight_count, 2);
    assert_true(fabs(mica_tensor_item(layer_penalty(l, 0)) - 0.06) < 1e-6);
    assert_null(layer_penalty(l, 1));
    layer_set_frozen(l, true);
    assert_null(layer_penalty(l, 0));
}

TEST(masks_pass_through_elementwise_layers_and_end_at_flatten) {
    mica_tensor *x = ones(MICA_SHAPE(2, 3, 4)), *y, *out_mask;
    mica_tensor *mask = mica_full(ctx, MICA_BOOL, MICA_SHAPE(2, 3), 1);
    layer_frame f = {
        .inputs = 1, .outputs = 1, .in = &x, .masks = &mask, .out = &y, .out_masks = &out_mask};
    layer_call(mica_layer_relu(ctx, NULL), &f);
    assert_ptr_equal(out_mask, mask);
    layer_call(mica_layer_flatten(ctx, NULL), &f);
    assert_null(out_mask);
}

TEST(layers_are_traced_with_an_unknown_batch) {
    graph *g = graph_new(ctx);
    shape s = MICA_SHAPE(-1, 8, 8, 1);
    mica_tensor *x = graph_symbol(g, graph_input(g, MICA_FLOAT32, &s));
    tracer *t = tracer_open(g);
    x = mica_layer_call(
        mica_layer_conv2d(
            ctx, MICA_OPTIONS(conv2d, .filters = 2, .kernel_size = {3}, .activation = "relu")),
        x, true);
    x = mica_layer_call(mica_layer_max_pooling2d(ctx, NULL), x, true);
    x = mica_layer_call(mica_layer_batch_normalization(ctx, NULL), x, true);
    x = mica_layer_call(mica_layer_up_sampling2d(ctx, NULL), x, true);
    x = mica_layer_call(
        mica_layer_reshape(ctx, MICA_OPTIONS(reshape, .target_shape = MICA_SHAPE(-1, 2))), x, true);
    x = mica_layer_call(mica_layer_dropout(ctx, MICA_OPTIONS(dropout, .rate = 0.5)), x, true);
    x = mica_layer_call(mica_layer_flatten(ctx, NULL), x, true);
    x = mica_layer_call(
        mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 5, .activation = "softmax")), x, true);
    ASSERT_OK(mica_check(ctx, &err));
    char text[128];
    shape_format(&x->shape, text);
    assert_string_equal(text, "(None, 5)");
    tracer_close(&t);
    graph_free(g);
}

TEST(layers_without_a_name_take_the_lowest_free_number) {
    static const char *const given[] = {NULL, "relu_2", NULL, NULL, "relu_x", "relu_03", NULL};
    static const char *const names[] = {"re_lu",  "relu_2",  "re_lu_1", "re_lu_2",
                                        "relu_x", "relu_03", "re_lu_3"};
    for (size_t i = 0; i < LENGTH(given); i++) {
        mica_layer *l = mica_layer_relu(ctx, MICA_OPTIONS(relu, .name = given[i]));
        assert_string_equal(mica_layer_name(l), names[i]);
    }
    mica_layer_relu(ctx, MICA_OPTIONS(relu, .name = "re_lu_5"));
    assert_string_equal(mica_layer_name(mica_layer_relu(ctx, NULL)), "re_lu_4");
    assert_string_equal(mica_layer_name(mica_layer_relu(ctx, NULL)), "re_lu_6");
}

RUN_TESTS(IN_CONTEXT(shapes_that_do_not_fit_are_told_with_the_layer),
          IN_CONTEXT(a_built_layer_refuses_other_weights),
          IN_CONTEXT(weights_are_named_counted_and_frozen),
          IN_CONTEXT(equal_seeds_give_equal_weights_and_later_layers_others),
          IN_CONTEXT(dropout_drops_its_share_and_keeps_the_mean),
          IN_CONTEXT(dropout_shares_draws_along_noise_shape),
          IN_CONTEXT(random_layers_are_functions_of_counter_and_seed),
          IN_CONTEXT(frozen_batch_normalization_uses_the_moving_statistics),
          IN_CONTEXT(mixed_layers_compute_in_half_and_keep_float32_weights),
          IN_CONTEXT(integers_become_floats_where_a_layer_computes),
          IN_CONTEXT(penalties_are_of_trainable_weights),
          IN_CONTEXT(masks_pass_through_elementwise_layers_and_end_at_flatten),
          IN_CONTEXT(layers_are_traced_with_an_unknown_batch),
          IN_CONTEXT(layers_without_a_name_take_the_lowest_free_number))
