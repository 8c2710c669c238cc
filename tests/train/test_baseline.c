/* The baseline on the card: a histogram for each feature, shares of classes, no cell of the data.
 */
#include "mica/mica.h"
#include "train/baseline.h"

#include "support/testing.h"

#include <math.h>
#include <string.h>

enum { ROWS = 120 };

/* Two columns that can be told apart: i + 0.123, and 1000 (i % 3). */
static mica_dataset *table(mica_context *ctx, int rows) {
    float x[ROWS * 2];
    int32_t y[ROWS];
    for (int i = 0; i < rows; i++) {
        x[2 * i] = (float)i + 0.123f, x[2 * i + 1] = (float)(1000 * (i % 3));
        y[i] = i % 4 == 0;
    }
    mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(rows, 2), x);
    mica_tensor *yt = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(rows), y);
    return mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL);
}

static mica_model *network(mica_context *ctx, const char *loss, int units, const char *activation) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(2));
    mica_model_add(
        m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = units, .activation = activation)));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = loss));
    return m;
}

static double sum_of(const json_t *list) {
    double all = 0;
    size_t i;
    json_t *value;
    json_array_foreach((json_t *)list, i, value) all += json_number_value(value);
    return all;
}

TEST(a_table_has_a_histogram_for_each_column) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    json_t *b = NULL;
    mica_model *m = network(ctx, "sparse_categorical_crossentropy", 3, "softmax");
    ASSERT_OK(baseline_of(m, table(ctx, ROWS), &b, &err));
    json_t *features = json_object_get(json_array_get(json_object_get(b, "inputs"), 0), "features");
    assert_int_equal(json_array_size(features), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *h = json_array_get(features, i);
        double all = sum_of(json_object_get(h, "shares")) +
                     json_number_value(json_object_get(h, "below")) +
                     json_number_value(json_object_get(h, "above"));
        assert_true(fabs(all - 1) < 0.01);
    }
    assert_true(json_number_value(json_object_get(json_array_get(features, 1), "mean")) == 1000);
    const json_t *labels = json_object_get(json_object_get(b, "labels"), "classes");
    assert_int_equal(json_array_size(labels), 3);
    assert_true(json_number_value(json_array_get(labels, 1)) == 0.25);
    assert_true(fabs(sum_of(json_object_get(json_object_get(b, "predictions"), "classes")) - 1) <
                0.01);
    assert_int_equal(json_integer_value(json_object_get(b, "version")), 1);
    char *text = json_dumps(b, 0);
    assert_null(strstr(text, ".123")); /* no cell */
    free(text);
    json_decref(b);
    mica_close(&ctx);
}

TEST(a_regression_has_histograms_of_targets_and_predictions) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    json_t *b = NULL;
    ASSERT_OK(baseline_of(network(ctx, "mse", 1, "linear"), table(ctx, ROWS), &b, &err));
    const char *const names[] = {"labels", "predictions"};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(json_array_size(json_object_get(json_object_get(b, names[i]), "features")),
                         1);
    json_decref(b);
    mica_close(&ctx);
}

TEST(pictures_of_bytes_have_one_and_channels_one_each) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    static const int channels[] = {0, 1, 3};
    for (int k = 0; k < 3; k++) {
        json_t *b = NULL;
        shape s = {.rank = channels[k] ? 4 : 3, .dims = {40, 5, 4, channels[k]}}, one = s;
        memmove(one.dims, one.dims + 1, sizeof *one.dims * (size_t)--one.rank);
        mica_tensor *x = mica_cast(mica_full(ctx, MICA_FLOAT32, s, 7), MICA_UINT8);
        mica_tensor *y = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(40, 1), 1);
        mica_model *m = mica_sequential(ctx, one);
        mica_model_add(m, mica_layer_flatten(ctx, NULL));
        mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1)));
        mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = "mse"));
        ASSERT_OK(baseline_of(m, mica_dataset_new(ctx, &x, 1, &y, 1, NULL), &b, &err));
        json_t *input = json_array_get(json_object_get(b, "inputs"), 0);
        assert_int_equal(json_array_size(json_object_get(input, "features")),
                         channels[k] ? channels[k] : 1);
        json_decref(b);
    }
    mica_close(&ctx);
}

TEST(few_rows_have_no_baseline) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    json_t *b = (json_t *)1;
    ASSERT_OK(baseline_of(network(ctx, "mse", 1, "linear"), table(ctx, 29), &b, &err));
    assert_null(b);
    mica_close(&ctx);
}

RUN_TESTS(UNIT(a_table_has_a_histogram_for_each_column),
          UNIT(a_regression_has_histograms_of_targets_and_predictions),
          UNIT(pictures_of_bytes_have_one_and_channels_one_each), UNIT(few_rows_have_no_baseline))
