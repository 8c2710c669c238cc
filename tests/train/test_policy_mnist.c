/* The MNIST network, smaller, under each policy of half precision: its accuracy after one pass over
 * a part of the digits is near that of float32. */
#include "mica/mica.h"
#include "support/in_context.h"

static double accuracy_under(const char *policy) {
    mica_context *c = mica_open(MICA_OPTIONS(context, .seed = 3));
    mica_results r = {0};
    ASSERT_OK(mica_set_dtype_policy(c, policy, &err));
    mica_dataset *train = mica_dataset_range(mica_load_mnist(c, "data/mnist", MICA_TRAIN), 0, 3000),
                 *test = mica_dataset_range(mica_load_mnist(c, "data/mnist", MICA_TEST), 0, 1000);
    mica_model *m = mica_sequential(c, MICA_SHAPE(28, 28, 1));
    mica_model_add(m, mica_layer_rescaling(c, MICA_OPTIONS(rescaling, .scale = 1.0 / 255)));
    for (int i = 0; i < 2; i++) {
        mica_model_add(
            m, mica_layer_conv2d(c, MICA_OPTIONS(conv2d, .filters = 8 << i, .kernel_size = {3},
                                                 .activation = "relu")));
        mica_model_add(m, mica_layer_max_pooling2d(c, NULL));
    }
    mica_model_add(m, mica_layer_flatten(c, NULL));
    mica_model_add(m, mica_layer_dense(c, MICA_OPTIONS(dense, .units = 10, .dtype = "float32",
                                                       .activation = "softmax")));
    mica_model_compile(
        m,
        MICA_OPTIONS(compile, .optimizer = mica_adam(c, MICA_OPTIONS(adam, .learning_rate = 0.003)),
                     .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}));
    ASSERT_OK(mica_model_fit(m, train, MICA_OPTIONS(fit, .batch_size = 16), NULL, &err));
    ASSERT_OK(mica_model_evaluate(m, test, NULL, &r, &err));
    double accuracy = mica_result(&r, "accuracy");
    mica_close(&c);
    return accuracy;
}

TEST(half_precision_learns_digits_as_float32) {
    static const char *const policies[] = {"mixed_bfloat16", "mixed_float16"};
    double whole = accuracy_under("float32");
    if (whole < 0.85) fail_msg("float32: accuracy %g", whole);
    for (size_t i = 0; i < 2; i++) {
        double half = accuracy_under(policies[i]);
        print_message("%s %.3f, float32 %.3f\n", policies[i], half, whole);
        if (!(half > whole - 0.03))
            fail_msg("%s: accuracy %g, float32's %g", policies[i], half, whole);
    }
}

RUN_TESTS(UNIT(half_precision_learns_digits_as_float32))
