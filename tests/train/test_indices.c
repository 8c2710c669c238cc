/* Data whose numbers an Embedding has no rows for is refused before anything runs. */
#include "mica/mica.h"
#include "model/model.h"
#include "support/in_context.h"

#define ROWS 6

/* Rows of three numbers, of which row 4 has `wrong` in the middle. */
static mica_dataset *tokens(double wrong, mica_dtype dtype) {
    double x[ROWS * 3], y[ROWS];
    for (int i = 0; i < ROWS * 3; i++) x[i] = i % 5;
    for (int i = 0; i < ROWS; i++) y[i] = i % 2;
    x[4 * 3 + 1] = wrong;
    mica_tensor *xt = mica_cast(mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(ROWS, 3), x), dtype),
                *yt = mica_tensor_new(ctx, MICA_FLOAT64, MICA_SHAPE(ROWS, 1), y);
    return mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL);
}

static mica_model *ready(mica_model *m) {
    mica_model_compile(
        m, MICA_OPTIONS(compile, .optimizer = mica_adam(ctx, NULL), .loss = "mean_squared_error"));
    return m;
}

static mica_model *with_table(int64_t rows) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(3));
    mica_model_add(m, mica_layer_embedding(ctx, MICA_OPTIONS(embedding, .name = "words",
                                                             .input_dim = rows, .output_dim = 2)));
    mica_model_add(m, mica_layer_flatten(ctx, NULL));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1)));
    return ready(m);
}

TEST(numbers_outside_of_the_table_are_refused) {
    mica_model *m = with_table(5);
    mica_results r;
    const char *text = "has 7 in row 4, expected 0 to 4: layer words has 5 rows";
    ASSERT_FAILS(mica_model_fit(m, tokens(7, MICA_INT32), NULL, NULL, &err), MICA_VALUE, text);
    ASSERT_FAILS(mica_model_evaluate(m, tokens(7, MICA_INT64), NULL, &r, &err), MICA_VALUE, text);
    ASSERT_FAILS(mica_model_fit(m, tokens(-1, MICA_INT32), NULL, NULL, &err), MICA_VALUE,
                 "has -1 in row 4, expected 0 to 4");
    ASSERT_FAILS(mica_model_fit(m, tokens(NAN, MICA_FLOAT32), NULL, NULL, &err), MICA_VALUE,
                 "in row 4, expected 0 to 4");
    ASSERT_FAILS(mica_model_fit(m, tokens(1, MICA_INT32),
                                MICA_OPTIONS(fit, .validation = tokens(5, MICA_INT32)), NULL, &err),
                 MICA_VALUE, "has 5 in row 4");
}

TEST(the_row_is_told_by_its_number_in_the_whole) {
    mica_model *m = with_table(5);
    ASSERT_FAILS(
        mica_model_fit(m, mica_dataset_range(tokens(7, MICA_INT32), 2, 4), NULL, NULL, &err),
        MICA_VALUE, "has 7 in row 4");
}

TEST(predict_and_batches_refuse_too) {
    mica_model *m = with_table(5);
    int32_t x[] = {0, 1, 2, 3, 4, 5};
    float y[] = {0, 1};
    mica_tensor *xt = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(2, 3), x), *out[1],
                *yt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 1), y);
    const char *text = "has 5 in row 1, expected 0 to 4";
    ASSERT_FAILS(mica_model_predict(m, &xt, 1, 0, out, &err), MICA_VALUE, text);
    ASSERT_FAILS(mica_model_train_on_batch(m, &xt, 1, &yt, 1, NULL, NULL, &err), MICA_VALUE, text);
}

TEST(all_rows_of_the_table_may_be_asked_for) {
    mica_model *m = with_table(8);
    ASSERT_OK(mica_model_fit(m, tokens(7, MICA_INT32), NULL, NULL, &err));
    ASSERT_OK(mica_model_fit(m, tokens(7.5, MICA_FLOAT32), NULL, NULL, &err));
}

TEST(tables_of_nested_models_count) {
    mica_model *outer = mica_sequential(ctx, MICA_SHAPE(3));
    mica_model_add(outer, mica_model_as_layer(with_table(5)));
    ASSERT_FAILS(mica_model_fit(ready(outer), tokens(7, MICA_INT32), NULL, NULL, &err), MICA_VALUE,
                 "has 7 in row 4, expected 0 to 4: layer words has 5 rows");
}

RUN_TESTS(IN_CONTEXT(numbers_outside_of_the_table_are_refused),
          IN_CONTEXT(the_row_is_told_by_its_number_in_the_whole),
          IN_CONTEXT(predict_and_batches_refuse_too),
          IN_CONTEXT(all_rows_of_the_table_may_be_asked_for),
          IN_CONTEXT(tables_of_nested_models_count))
