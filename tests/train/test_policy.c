/* dtype policies of whole models: what is computed in which type, and that training works in each.
 */
#include "base/philox.h"
#include "layer/layer.h"
#include "mica/train.h"
#include "model/model.h"
#include "support/in_context.h"

#define ROWS 240

/* Three clouds of points, far apart. */
static mica_dataset *clouds(void) {
    float x[ROWS * 4];
    uint8_t y[ROWS];
    for (uint32_t i = 0; i < ROWS; i++) {
        double noise[4];
        philox_normal(5, 0, i, noise);
        y[i] = (uint8_t)(i % 3);
        for (int k = 0; k < 4; k++) x[4 * i + k] = (float)(noise[k] * 0.5 + (k == y[i] ? 2 : 0));
    }
    mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(ROWS, 4), x);
    mica_tensor *yt = mica_tensor_new(ctx, MICA_UINT8, MICA_SHAPE(ROWS), y);
    return mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL);
}

static mica_model *network(const char *policy) {
    ASSERT_OK(mica_set_dtype_policy(ctx, policy, &err));
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(4));
    mica_model_add(m,
                   mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 16, .activation = "relu")));
    mica_model_add(m, mica_layer_batch_normalization(ctx, NULL));
    mica_model_add(m,
                   mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 3, .activation = "softmax")));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "adam",
                                       .loss = "sparse_categorical_crossentropy",
                                       .metrics = {"accuracy"}));
    ASSERT_OK(mica_check(ctx, &err));
    return m;
}

static double accuracy_after_training(mica_model *m) {
    mica_results r = {0};
    ASSERT_OK(
        mica_model_fit(m, clouds(), MICA_OPTIONS(fit, .epochs = 25, .batch_size = 16), NULL, &err));
    ASSERT_OK(mica_model_evaluate(m, clouds(), NULL, &r, &err));
    return mica_result(&r, "accuracy");
}

static void check_policy(const char *policy, mica_dtype compute, mica_dtype variable) {
    mica_model *m = network(policy);
    for (size_t i = 1; i < m->layer_count; i++) {
        assert_int_equal(m->layers[i]->compute_dtype, compute);
        for (size_t k = 0; k < m->layers[i]->weight_count; k++)
            assert_int_equal(m->layers[i]->weights[k].variable->dtype, variable);
    }
    assert_int_equal(m->nodes[0].out_dtype[0], MICA_FLOAT32); /* the data is as it is */
    assert_int_equal(m->nodes[m->outputs[0].node].out_dtype[0], compute);
    double accuracy = accuracy_after_training(m);
    if (accuracy < 0.97) fail_msg("%s: accuracy %g", policy, accuracy);
}

TEST(models_learn_under_every_policy) {
    check_policy("float32", MICA_FLOAT32, MICA_FLOAT32);
    check_policy("float64", MICA_FLOAT64, MICA_FLOAT64);
    check_policy("mixed_bfloat16", MICA_BFLOAT16, MICA_FLOAT32);
    check_policy("mixed_float16", MICA_FLOAT16, MICA_FLOAT32);
}

TEST(the_loss_is_scaled_under_mixed_float16_alone) {
    mica_model *m = network("mixed_float16");
    assert_true(mica_optimizer_loss_scale(m->compiled.optimizer) == 32768);
    accuracy_after_training(m);
    double steps = mica_tensor_item(m->compiled.optimizer->iterations);
    double skipped = (double)mica_optimizer_skipped_steps(m->compiled.optimizer);
    assert_true(steps + skipped == 25 * ROWS / 16); /* a skipped step is none */
    assert_true(mica_optimizer_loss_scale(network("mixed_bfloat16")->compiled.optimizer) == 1);
}

TEST(a_layer_of_its_own_dtype_keeps_it) {
    ASSERT_OK(mica_set_dtype_policy(ctx, "mixed_bfloat16", &err));
    assert_string_equal(mica_dtype_policy(ctx), "mixed_bfloat16");
    mica_layer *own = mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2, .dtype = "float32"));
    mica_layer *other = mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2));
    assert_int_equal(own->compute_dtype, MICA_FLOAT32);
    assert_string_equal(other->options->dtype, "mixed_bfloat16");
    ASSERT_FAILS(mica_set_dtype_policy(ctx, "mixed_bfloat", &err), MICA_NAME,
                 "did you mean 'mixed_bfloat16'?");
}

RUN_TESTS(IN_CONTEXT(models_learn_under_every_policy),
          IN_CONTEXT(the_loss_is_scaled_under_mixed_float16_alone),
          IN_CONTEXT(a_layer_of_its_own_dtype_keeps_it))
