/* Datasets of tensors, of IDX folders and of npz archives. */
#include "data/dataset.h"

#include "support/folder.h"
#include "support/in_context.h"

#define NPZ "tests/recorded/data/npz/"

static mica_dataset *good(mica_dataset *d) {
    if (mica_check(ctx, &err) != MICA_OK) fail_msg("%s", err.message);
    return d;
}

static void expect_load_fails(const char *spec, const char *json, mica_status code,
                              const char *text) {
    mica_load_with(ctx, spec, MICA_TRAIN, json);
    ASSERT_FAILS(mica_check(ctx, &err), code, text);
}

static double value_at(mica_dataset *d, int column, uint32_t row, int64_t element) {
    double values[1024];
    assert_true(shape_size(&d->column[column].shape) <= 1024);
    ASSERT_OK(d->gather(d, column, &row, 1, MICA_FLOAT64, values, &err));
    return values[element];
}

/* ---- tensors ---- */

TEST(dataset_of_tensors_gathers_rows_in_any_order_as_any_dtype) {
    int32_t xs[12], ys[4] = {0, 1, 2, 3};
    for (int i = 0; i < 12; i++) xs[i] = i;
    mica_tensor *x = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(4, 3), xs);
    mica_tensor *y = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(4), ys);
    mica_dataset *d = good(mica_dataset_new(ctx, &x, 1, &y, 1, NULL));
    assert_int_equal(mica_dataset_size(d), 4);
    assert_int_equal(dataset_column(d, COLUMN_INPUT, 0), 0);
    assert_int_equal(dataset_column(d, COLUMN_TARGET, 0), 1);
    assert_int_equal(dataset_column(d, COLUMN_WEIGHT, 0), -1);
    float out[6];
    ASSERT_OK(d->gather(d, 0, (uint32_t[]){3, 1}, 2, MICA_FLOAT32, out, &err));
    ASSERT_CLOSE(out, ((float[]){9, 10, 11, 3, 4, 5}), 6, 0);
    ASSERT_FAILS(d->gather(d, 0, (uint32_t[]){4}, 1, MICA_FLOAT32, out, &err), MICA_INTERNAL,
                 "row 4 of 4");
}

TEST(dataset_gives_rows_as_tensors_of_its_own_dtype) {
    int32_t xs[12], ys[4] = {0, 10, 20, 30}, out[6];
    for (int i = 0; i < 12; i++) xs[i] = i;
    mica_tensor *x = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(4, 3), xs);
    mica_tensor *y = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(4), ys);
    mica_dataset *d = mica_dataset_range(good(mica_dataset_new(ctx, &x, 1, &y, 1, NULL)), 1, 3);
    mica_tensor *picked = mica_dataset_input(d, 0, (int64_t[]){2, 0}, 2);
    mica_tensor *first = mica_dataset_target(d, 0, NULL, 2);
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_tensor_dtype(picked), MICA_INT32);
    assert_int_equal(mica_tensor_shape(picked).rank, 2);
    ASSERT_OK(mica_tensor_read(picked, MICA_INT32, out, sizeof out, &err));
    assert_memory_equal(out, ((int32_t[]){9, 10, 11, 3, 4, 5}), sizeof out);
    ASSERT_OK(mica_tensor_read(first, MICA_INT32, out, 8, &err));
    assert_memory_equal(out, ((int32_t[]){10, 20}), 8);
}

TEST(dataset_refuses_rows_and_columns_that_are_not_there) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(4, 3), 1);
    mica_dataset *d = good(mica_dataset_new(ctx, &x, 1, NULL, 0, NULL));
    mica_dataset_input(d, 0, (int64_t[]){0, 4}, 2);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "row 4, expected 0 to 3");
    mica_dataset_input(d, 0, (int64_t[]){-1}, 1);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "row -1, expected 0 to 3");
    mica_dataset_input(d, 0, NULL, 5);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "5 rows, expected 0 to 4");
    mica_dataset_target(d, 0, NULL, 1);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "there is no target 0");
}

TEST(dataset_of_tensors_refuses_other_counts_and_scalars) {
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(4, 3), 1),
                *y = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(5), 1);
    mica_dataset *d = mica_dataset_new(ctx, &x, 1, &y, 1, NULL);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "y has 5 samples, but x has 4");
    assert_int_equal(mica_dataset_size(d), 0);
    mica_tensor *s = mica_scalar(ctx, MICA_FLOAT32, 1);
    mica_dataset_new(ctx, &s, 1, NULL, 0, NULL);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_SHAPE, "x is a scalar");
}

TEST(dataset_range_shares_rows_and_outlives_the_whole) {
    int32_t xs[10];
    for (int i = 0; i < 10; i++) xs[i] = i;
    mica_tensor *x = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(10), xs);
    mica_dataset *d = good(mica_dataset_new(ctx, &x, 1, NULL, 0, NULL));
    mica_dataset *part = good(mica_dataset_range(d, 4, 5)),
                 *inner = good(mica_dataset_range(part, 1, 2));
    mica_tensor_destroy(&x);
    mica_dataset_destroy(&d);
    assert_null(d);
    assert_true(value_at(part, 0, 0, 0) == 4);
    mica_dataset_destroy(&part);
    assert_int_equal(mica_dataset_size(inner), 2);
    assert_true(value_at(inner, 0, 1, 0) == 6);
    mica_dataset_range(inner, 1, 2);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "2 rows from row 1 of a dataset of 2");
    mica_dataset_range(inner, 1, INT64_MAX);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE,
                 "9223372036854775807 rows from row 1 of a dataset of 2");
}

TEST(fingerprint_depends_on_values_shape_dtype_and_part_alone) {
    char a[65], b[65];
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(6, 2), 1),
                *same = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(6, 2), 1);
    mica_tensor *others[] = {mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(6, 2), 2),
                             mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 6), 1),
                             mica_full(ctx, MICA_INT32, MICA_SHAPE(6, 2), 1065353216)};
    mica_dataset *d = good(mica_dataset_new(ctx, &x, 1, NULL, 0, NULL));
    ASSERT_OK(mica_dataset_fingerprint(d, a, &err));
    assert_int_equal(strlen(a), 64);
    ASSERT_OK(mica_dataset_fingerprint(mica_dataset_new(ctx, &same, 1, NULL, 0, NULL), b, &err));
    assert_string_equal(a, b);
    for (size_t i = 0; i < LENGTH(others); i++) {
        ASSERT_OK(
            mica_dataset_fingerprint(mica_dataset_new(ctx, &others[i], 1, NULL, 0, NULL), b, &err));
        assert_string_not_equal(a, b);
    }
    ASSERT_OK(mica_dataset_fingerprint(mica_dataset_range(d, 0, 3), b, &err));
    assert_string_not_equal(a, b);
}

/* ---- IDX ---- */

TEST(mnist_is_read_from_its_files) {
    mica_dataset *train = good(mica_load(ctx, "data/mnist", MICA_TRAIN)),
                 *test = good(mica_load_mnist(ctx, "data/mnist", MICA_TEST));
    assert_int_equal(mica_dataset_size(train), 60000);
    assert_int_equal(mica_dataset_size(test), 10000);
    assert_int_equal(train->column[0].dtype, MICA_UINT8);
    assert_true(shape_equal(&train->column[0].shape, &(shape){2, {28, 28}}));
    const double first_train[] = {5, 0, 4, 1, 9},
                 first_test[] = {7, 2, 1, 0, 4}; /* as keras.datasets.mnist */
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(value_at(train, 1, i, 0) == first_train[i]);
        assert_true(value_at(test, 1, i, 0) == first_test[i]);
    }
    assert_true(value_at(train, 0, 0, 28 * 5 + 12) == 3); /* x_train[0, 5, 12] */
    char a[65], b[65];
    ASSERT_OK(mica_dataset_fingerprint(train, a, &err));
    ASSERT_OK(mica_dataset_fingerprint(test, b, &err));
    assert_string_not_equal(a, b);
}

static const unsigned char tiny_images[] = {0, 0, 8, 3, 0, 0, 0,  2,  0,  0,
                                            0, 1, 0, 0, 0, 2, 10, 20, 30, 40};
static const unsigned char tiny_labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 7, 3};

TEST(idx_folder_may_hold_plain_files_with_dots) {
    put_file(in_folder("dots/train-images.idx3-ubyte"), tiny_images, sizeof tiny_images);
    put_file(in_folder("dots/train-labels.idx1-ubyte"), tiny_labels, sizeof tiny_labels);
    mica_dataset *d = good(mica_load(ctx, in_folder("dots"), MICA_TRAIN));
    assert_int_equal(mica_dataset_size(d), 2);
    assert_true(value_at(d, 0, 1, 1) == 40);
    assert_true(value_at(d, 1, 0, 0) == 7);
    mica_load(ctx, in_folder("dots"), MICA_TEST);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_IO, "dots: t10k-images-idx3-ubyte(.gz) is not there");
}

TEST(idx_folder_with_bad_files_is_refused_by_name) {
    char spec[600];
    put_file(in_folder("bad/train-images-idx3-ubyte"), tiny_images, sizeof tiny_images - 1);
    put_file(in_folder("bad/train-labels-idx1-ubyte"), tiny_labels, sizeof tiny_labels);
    expect_load_fails(
        in_folder("bad"), NULL, MICA_FORMAT,
        "bad/train-images-idx3-ubyte: 3 bytes of data, expected 4 for (2, 1, 2) of uint8");
    put_file(in_folder("bad/train-images-idx3-ubyte"), tiny_images, sizeof tiny_images);
    put_file(in_folder("bad/train-labels-idx1-ubyte"), "\0\0\x08\1\0\0\0\3abc", 11);
    expect_load_fails(in_folder("bad"), NULL, MICA_FORMAT,
                      "train-images-idx3-ubyte: 2 samples, but ");
    put_file(in_folder("bad/train-labels-idx1-ubyte"), "<html>", 6);
    expect_load_fails(in_folder("bad"), NULL, MICA_FORMAT,
                      "train-labels-idx1-ubyte: not an IDX file");
    snprintf(spec, sizeof spec, "idx:%s", folder_open());
    expect_load_fails(spec, NULL, MICA_IO, "train-images-idx3-ubyte(.gz) is not there");
    expect_load_fails(in_folder("bad"), "{\"image_size\": 3}", MICA_NAME, "image_size");
}

/* ---- npz ---- */

TEST(npz_gives_inputs_targets_and_weights) {
    mica_dataset *d = good(mica_load(ctx, NPZ "several.npz", MICA_TRAIN));
    assert_int_equal(mica_dataset_size(d), 5);
    assert_int_equal(d->columns, 5);
    assert_string_equal(d->column[dataset_column(d, COLUMN_INPUT, 1)].name, "x_1");
    assert_true(value_at(d, dataset_column(d, COLUMN_INPUT, 1), 2, 1) == 2);
    assert_true(value_at(d, dataset_column(d, COLUMN_TARGET, 1), 4, 0) == 1);
    assert_true(value_at(d, dataset_column(d, COLUMN_WEIGHT, 0), 1, 0) == 0.25);
}

TEST(npz_of_keras_gives_the_part) {
    mica_dataset *train = good(mica_load(ctx, NPZ "keras.npz", MICA_TRAIN)),
                 *test = good(mica_load(ctx, NPZ "keras.npz", MICA_TEST));
    assert_int_equal(mica_dataset_size(train), 5);
    assert_int_equal(mica_dataset_size(test), 3);
    assert_true(value_at(train, 0, 0, 5) == 5);
    assert_true(value_at(test, 0, 0, 5) == 6);
    mica_dataset *both = good(
        mica_load(ctx, NPZ "stored.npz", MICA_TEST)); /* x and y are any part */
    assert_int_equal(mica_dataset_size(both), 5);
}

TEST(npz_options_name_other_arrays) {
    mica_dataset *d = good(mica_load_with(ctx, "npz:" NPZ "other_names.npz", MICA_TRAIN,
                                          "{\"x\": \"images\", \"y\": \"labels\"}"));
    assert_int_equal(mica_dataset_size(d), 5);
    assert_true(value_at(d, 1, 3, 0) == 3);
    expect_load_fails(NPZ "other_names.npz", NULL, MICA_FORMAT,
                      "no array x (or x_0, x_train); it holds images, labels");
    expect_load_fails(NPZ "other_names.npz", "{\"xx\": \"images\"}", MICA_NAME, "'xx'");
    expect_load_fails(NPZ "other_names.npz", "{\"x\": }", MICA_FORMAT, "line 1");
    expect_load_fails(NPZ "counts.npz", NULL, MICA_SHAPE,
                      "counts.npz: y has 4 samples, but x has 5");
}

TEST(load_names_kinds_that_it_does_not_know) {
    expect_load_fails("no/such/thing", NULL, MICA_IO,
                      "no/such/thing: there is no such file or folder");
    expect_load_fails("tests/recorded/data/versions.json", NULL, MICA_FORMAT,
                      "of no kind that is known (idx, npz, npy, image_folder, text_folder, "
                      "audio_folder, csv; csv: CSV, TSV, JSON Lines by their "
                      "endings, queries as sqlite:FILE, postgresql://…)");
    assert_int_equal(mica_dataset_size(mica_load(ctx, "npz:nowhere.npz", MICA_TRAIN)), 0);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_IO, "nowhere.npz: open: No such file");
}

TEST(dataset_names_the_first_number_that_is_not_finite) {
    float xs[24] = {0}, ys[4] = {0};
    char text[320];
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4, 2, 3), xs);
    mica_tensor *y = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4), ys);
    mica_dataset *d = good(mica_dataset_new(ctx, &x, 1, &y, 1, NULL));
    ASSERT_OK(dataset_not_finite(d, text, &err));
    assert_string_equal(text, "");
    xs[2 * 6 + 4] = NAN, ys[1] = INFINITY;
    x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4, 2, 3), xs);
    mica_dataset *bad = good(mica_dataset_new(ctx, &x, 1, &y, 1, NULL));
    ASSERT_OK(dataset_not_finite(bad, text, &err));
    assert_non_null(strstr(text, " in row 2 at (1, 1) is nan"));
    y = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4), ys);
    x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(4, 2, 3), (float[24]){0});
    d = good(mica_dataset_new(ctx, &x, 1, &y, 1, NULL));
    ASSERT_OK(dataset_not_finite(d, text, &err));
    if (!strstr(text, " in row 1 is inf")) fail_msg("%s", text);
}

RUN_TESTS(IN_CONTEXT(dataset_names_the_first_number_that_is_not_finite),
          IN_CONTEXT(dataset_of_tensors_gathers_rows_in_any_order_as_any_dtype),
          IN_CONTEXT(dataset_gives_rows_as_tensors_of_its_own_dtype),
          IN_CONTEXT(dataset_refuses_rows_and_columns_that_are_not_there),
          IN_CONTEXT(dataset_of_tensors_refuses_other_counts_and_scalars),
          IN_CONTEXT(dataset_range_shares_rows_and_outlives_the_whole),
          IN_CONTEXT(fingerprint_depends_on_values_shape_dtype_and_part_alone),
          IN_CONTEXT(mnist_is_read_from_its_files),
          IN_CONTEXT(idx_folder_may_hold_plain_files_with_dots),
          IN_CONTEXT(idx_folder_with_bad_files_is_refused_by_name),
          IN_CONTEXT(npz_gives_inputs_targets_and_weights), IN_CONTEXT(npz_of_keras_gives_the_part),
          IN_CONTEXT(npz_options_name_other_arrays),
          IN_CONTEXT(load_names_kinds_that_it_does_not_know))
