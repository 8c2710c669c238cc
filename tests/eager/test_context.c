/* What a context refuses: backends that are not there, handles of another context, ranks beyond 8.
 */
#include "mica/mica.h"
#include "support/testing.h"

TEST(an_unknown_backend_is_an_error) {
    mica_error err = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .backend = "referense"));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "did you mean 'reference'?");
    mica_close(&ctx);
    ctx = mica_open(MICA_OPTIONS(context, .backend = "reference"));
    ASSERT_OK(mica_check(ctx, &err));
    mica_close(&ctx);
}

TEST(contexts_do_not_mix) {
    mica_error err = {0};
    mica_context *a = mica_open(NULL), *b = mica_open(NULL);
    mica_tensor *x = mica_scalar(a, MICA_FLOAT32, 1), *y = mica_scalar(b, MICA_FLOAT32, 2);
    mica_add(x, y);
    ASSERT_FAILS(mica_check(a, &err), MICA_STATE, "add: input 1 is of another context");
    mica_model *m = mica_sequential(a, MICA_SHAPE(3));
    mica_model_add(m, mica_layer_dense(b, MICA_OPTIONS(dense, .units = 2)));
    ASSERT_FAILS(mica_check(a, &err), MICA_STATE, "is of another context");
    ASSERT_OK(mica_check(b, &err));
    mica_close(&b);
    mica_close(&a);
}

TEST(a_rank_beyond_8_is_told) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    static const int ranks[] = {9, 99, -1};
    for (int i = 0; i < 3; i++) {
        mica_tensor_new(ctx, MICA_FLOAT32, (mica_shape){.rank = ranks[i]}, NULL);
        ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "expected 0 to 8");
        mica_sequential(ctx, (mica_shape){.rank = ranks[i]});
        ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "expected at most 8");
    }
    mica_sequential(ctx, MICA_SHAPE(1, 1, 1, 1, 1, 1, 1, 1));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE,
                 "batch_input_shape has 9 dims, expected at most 8");
    mica_close(&ctx);
}

TEST(options_without_a_size_are_an_error) {
    mica_error err = {0};
    mica_context *ctx = mica_open(&(mica_context_options){.seed = 7});
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "context: options without a size");
    mica_layer_dense(ctx, &(mica_dense_options){.units = 7});
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "Dense");
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(3));
    mica_model_compile(m, &(mica_compile_options){.loss = "mse"});
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "compile: options without a size");
    mica_fit_options epochs = {.epochs = 5};
    ASSERT_FAILS(mica_model_fit(m, NULL, &epochs, NULL, &err), MICA_VALUE,
                 "fit: options without a size");
    mica_results results;
    mica_tensor *rows = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), 1);
    mica_dataset *data = mica_dataset_new(ctx, &rows, 1, NULL, 0, NULL);
    ASSERT_FAILS(
        mica_model_evaluate(m, NULL, &(mica_evaluate_options){.batch_size = 4}, &results, &err),
        MICA_VALUE, "evaluate: options without a size");
    ASSERT_FAILS(
        mica_model_evaluate(m, data, MICA_OPTIONS(evaluate, .batch_size = -4), &results, &err),
        MICA_VALUE, "batch_size is -4, expected at least 1");
    mica_tape *tape = mica_tape_open(ctx, &(mica_tape_options){.persistent = true});
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "tape: options without a size");
    mica_tape_close(&tape);
    float zeros[64] = {0};
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(1, 4, 4, 1), zeros),
                *w = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 2, 1, 1), zeros);
    const mica_window_options window = {.strides = {2}};
    mica_conv(x, w, NULL, &window);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "conv: options without a size");
    mica_conv_transpose(x, w, NULL, &window);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "conv_transpose: options without a size");
    mica_max_pool(x, &window);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "max_pool: options without a size");
    mica_avg_pool(x, &window);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "avg_pool: options without a size");
    mica_model_checkpoint(ctx, "x.h5", &(mica_model_checkpoint_options){.save_best_only = true});
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "model_checkpoint: options without a size");
    mica_load_image_folder(ctx, ".", MICA_TRAIN, &(mica_image_folder_options){.color_mode = "rgb"});
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "options without a size");
    mica_close(&ctx);
}

RUN_TESTS(UNIT(an_unknown_backend_is_an_error), UNIT(contexts_do_not_mix),
          UNIT(a_rank_beyond_8_is_told), UNIT(options_without_a_size_are_an_error))
