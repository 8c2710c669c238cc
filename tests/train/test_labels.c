/* Labels and class weights are held against the model before the first step. */
#include "base/error.h"
#include "mica/mica.h"
#include "support/testing.h"

TEST(class_weights_of_labels_that_are_none_are_refused) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    const float labels[] = {NAN, INFINITY, -1, 2, 1e30f};
    const char *told[] = {"y has nan", "y has inf", "y has -1", "2", "1e+30"};
    const double weights[] = {1, 2};
    float x[8] = {0}, y[2] = {1, 0};
    for (size_t i = 0; i < LENGTH(labels); i++) {
        y[1] = labels[i];
        mica_model *m = mica_sequential(ctx, MICA_SHAPE(4));
        mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1)));
        mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = "mse"));
        mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 4), x),
                    *yt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 1), y);
        ASSERT_FAILS(
            mica_model_fit(m, mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL),
                           MICA_OPTIONS(fit, .class_weight = weights, .class_weight_count = 2),
                           NULL, &err),
            MICA_VALUE, told[i]);
    }
    mica_close(&ctx);
}

/* (2, 3) labels of (2, 3, 4) outputs: one a step. */
static mica_status fit_steps(mica_context *ctx, const float labels[6], const char *loss,
                             mica_error *err) {
    float x[12] = {0};
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(3, 2));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 4)));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = loss));
    mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3, 2), x),
                *yt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), labels);
    return mica_model_fit(m, mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL), NULL, NULL, err);
}

TEST(labels_of_steps_are_checked_but_for_the_ignored_class) {
    mica_context *ctx = mica_open(NULL);
    mica_error err = {0};
    const char *plain = "{\"class_name\": \"SparseCategoricalCrossentropy\", \"config\": "
                        "{\"from_logits\": true}}",
               *ignoring = "{\"class_name\": \"SparseCategoricalCrossentropy\", \"config\": "
                           "{\"from_logits\": true, \"ignore_class\": 255}}";
    ASSERT_OK(fit_steps(ctx, (float[]){0, 1, 2, 3, 0, 1}, plain, &err));
    ASSERT_FAILS(fit_steps(ctx, (float[]){0, 1, 2, 3, 9, 1}, plain, &err), MICA_VALUE,
                 "label 9 in row 1, place 1, expected a whole number from 0 to 3");
    ASSERT_OK(fit_steps(ctx, (float[]){0, 1, 2, 3, 255, 1}, ignoring, &err));
    ASSERT_FAILS(fit_steps(ctx, (float[]){0, 1, 2, 3, 254, 1}, ignoring, &err), MICA_VALUE,
                 "label 254");
    mica_close(&ctx);
}

/* Four rows, the last for validation; the kernel after three epochs. */
static void fit_uneven(bool one_hot, const double *weights, float kernel[6]) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    const float x[] = {1, 0, 0, 1, 1, 1, 2, 1}, hot[] = {1, 0, 0, 1, 1, 0, 0, 1};
    mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4, 2), x),
                *yt = one_hot ? mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4, 2), hot)
                              : mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(4),
                                                (int32_t[]){0, 1, 0, 1});
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(2));
    mica_layer *dense = mica_layer_dense(ctx,
                                         MICA_OPTIONS(dense, .units = 2, .activation = "softmax"));
    mica_model_add(m, dense);
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd",
                                       .loss = one_hot ? "categorical_crossentropy"
                                                       : "sparse_categorical_crossentropy"));
    mica_fit_options o = mica_fit_defaults();
    o.epochs = 3;
    o.validation_split = 0.25;
    o.class_weight = weights;
    o.class_weight_count = weights ? 2 : 0;
    o.balanced_classes = !weights;
    ASSERT_OK(mica_model_fit(m, mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL), &o, NULL, &err));
    ASSERT_OK(mica_tensor_read(mica_layer_weight(dense, 0), MICA_FLOAT32, kernel,
                               4 * sizeof *kernel, &err));
    mica_close(&ctx);
}

TEST(balanced_classes_are_the_weights_of_the_rows_that_train) {
    float balanced[6], given[6], even[6];
    for (int one_hot = 0; one_hot < 2; one_hot++) {
        fit_uneven(one_hot, NULL, balanced);
        fit_uneven(one_hot, (double[]){3 / 4.0, 3 / 2.0}, given);
        fit_uneven(one_hot, (double[]){1, 1}, even);
        assert_memory_equal(balanced, given, 4 * sizeof *given);
        assert_memory_not_equal(balanced, even, 4 * sizeof *given);
    }
}

TEST(balanced_classes_beside_class_weight_or_with_real_targets_are_refused) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    float x[8] = {0}, y[2] = {1, 0.5};
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(4));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1)));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = "mse"));
    mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 4), x),
                *yt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 1), y);
    mica_dataset *d = mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL);
    ASSERT_FAILS(mica_model_fit(m, d,
                                MICA_OPTIONS(fit, .class_weight = (double[]){1, 1},
                                             .class_weight_count = 2, .balanced_classes = true),
                                NULL, &err),
                 MICA_VALUE, "class_weight and balanced_classes, expected one of them");
    ASSERT_FAILS(mica_model_fit(m, d, MICA_OPTIONS(fit, .balanced_classes = true), NULL, &err),
                 MICA_VALUE, "a class is 0.5, expected whole numbers from 0");
    mica_close(&ctx);
}

RUN_TESTS(UNIT(class_weights_of_labels_that_are_none_are_refused),
          UNIT(balanced_classes_are_the_weights_of_the_rows_that_train),
          UNIT(balanced_classes_beside_class_weight_or_with_real_targets_are_refused),
          UNIT(labels_of_steps_are_checked_but_for_the_ignored_class))
