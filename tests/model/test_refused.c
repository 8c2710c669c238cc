/* A call that is refused leaves the model as it was: trained weights are never lost by a slip. */
#include "mica/mica.h"
#include "support/folder.h"
#include "support/in_context.h"
#include "support/testing.h"

static mica_layer *dense(int units) {
    return mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = units));
}

static mica_model *functional(void) {
    mica_tensor *x = mica_input(ctx, MICA_SHAPE(4), NULL), *y = mica_apply(dense(2), x);
    mica_model *m = mica_model_new(ctx, &x, 1, &y, 1, "net");
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "adam", .loss = "mse"));
    ASSERT_OK(mica_check(ctx, &err));
    return m;
}

static void train_once(mica_model *m) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(3, 4), 1);
    mica_tensor *y = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(3, 2), 1);
    ASSERT_OK(mica_model_train_on_batch(m, &x, 1, &y, 1, NULL, NULL, &err));
}

static void assert_whole(mica_model *m) {
    mica_predictor *p = NULL;
    ASSERT_OK(mica_model_save(m, in_folder("whole.h5"), &err));
    ASSERT_OK(mica_predictor_new(m, 1, &p, &err));
    mica_predictor_destroy(&p);
    train_once(m);
}

TEST(a_functional_model_stays_after_a_layer_was_refused) {
    mica_model *m = functional();
    mica_model_add(m, dense(3));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "added to Sequential models only");
    assert_whole(m);
}

TEST(a_sequential_model_stays_after_a_layer_was_refused) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(4));
    mica_model_add(m, dense(2));
    mica_model_add(m, mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 2)));
    mica_model_add(m, dense(5)); /* waits for the error to be taken */
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "kernel_size");
    mica_model_add(m, NULL);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_STATE, "was not made");
    assert_int_equal(mica_model_layer_count(m), 2);
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "adam", .loss = "mse"));
    assert_whole(m);
}

TEST(a_model_stays_compiled_after_a_compile_was_refused) {
    mica_model *m = functional();
    train_once(m);
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "adan", .loss = "mse"));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "adan");
    assert_whole(m);
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = "msy"));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "msy");
    assert_whole(m);
}

TEST(a_layer_that_refused_an_input_takes_another) {
    mica_layer *l = mica_layer_separable_conv2d(
        ctx, MICA_OPTIONS(separable_conv2d, .filters = 2, .kernel_size = {3, 3},
                          .pointwise_initializer = "identity"));
    mica_apply(l, mica_input(ctx, MICA_SHAPE(8, 8, 3), NULL));
    assert_int_not_equal(mica_check(ctx, &err), MICA_OK);
    assert_null(mica_layer_weight(l, 0)); /* none is left of the half that was made */
}

RUN_TESTS(IN_CONTEXT(a_functional_model_stays_after_a_layer_was_refused),
          IN_CONTEXT(a_sequential_model_stays_after_a_layer_was_refused),
          IN_CONTEXT(a_model_stays_compiled_after_a_compile_was_refused),
          IN_CONTEXT(a_layer_that_refused_an_input_takes_another))
