/* validation_split: arrays as Keras's fit, class folders as image_dataset_from_directory. */
#include "mica/mica.h"
#include "train/split.h"

#include "support/folder.h"
#include "support/testing.h"

#include <string.h>

enum { CLASSES = 3, EACH = 10, ROWS = CLASSES * EACH };

static mica_dataset *class_folders(mica_context *ctx) {
    for (int i = 0; i < ROWS; i++) {
        char name[64], picture[64];
        int n = snprintf(picture, sizeof picture, "P6 2 2 255\n");
        memset(picture + n, i * 8, 2 * 2 * 3);
        snprintf(name, sizeof name, "classes/%c/%02d.ppm", 'a' + i / EACH, i);
        put_file(in_folder(name), picture, (size_t)n + 2 * 2 * 3);
    }
    mica_error err = {0};
    mica_dataset *d = mica_load_with(ctx, in_folder("classes"), MICA_TRAIN,
                                     "{\"image_size\": [2, 2]}");
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_dataset_size(d), ROWS);
    return d;
}

static void labels_of(mica_dataset *d, int32_t *y) {
    mica_error err = {0};
    uint32_t rows[ROWS];
    for (uint32_t i = 0; i < d->rows; i++) rows[i] = i;
    ASSERT_OK(d->gather(d, 1, rows, d->rows, MICA_INT32, y, &err));
}

TEST(class_folders_are_split_in_an_order_of_the_seed) {
    mica_error err = {0};
    int32_t y[3][ROWS];
    for (int run = 0; run < 3; run++) {
        mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = run == 2 ? 8 : 7));
        mica_dataset *d = class_folders(ctx), *split;
        int64_t rows;
        ASSERT_OK(split_data(d, 0.3, &split, &rows, &err));
        assert_int_equal(rows, 21);
        labels_of(split, y[run]);
        int count[CLASSES] = {0}, last[CLASSES] = {0};
        for (int i = 0; i < ROWS; i++) count[y[run][i]]++;
        for (int i = 21; i < ROWS; i++) last[y[run][i]]++;
        for (int k = 0; k < CLASSES; k++) {
            assert_int_equal(count[k], EACH); /* every row once */
            assert_true(last[k] > 0);
        }
        mica_dataset_destroy(&split);
        labels_of(d, y[run]); /* the data themselves stay in their order */
        for (int i = 0; i < ROWS; i++) assert_int_equal(y[run][i], i / EACH);
        ASSERT_OK(split_data(d, 0.3, &split, &rows, &err));
        labels_of(split, y[run]);
        mica_dataset_destroy(&split);
        mica_close(&ctx);
    }
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    assert_memory_not_equal(y[0], y[2], sizeof y[0]);
}

TEST(arrays_are_split_as_they_are) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(10), 1);
    mica_dataset *d = mica_dataset_new(ctx, &x, 1, &x, 1, NULL), *split;
    int64_t rows;
    ASSERT_OK(split_data(d, 0.25, &split, &rows, &err));
    assert_ptr_equal(split, d);
    assert_int_equal(rows, 7); /* floor(10 (1 - 0.25)), as Keras */
    mica_dataset_destroy(&split);
    assert_int_equal(mica_dataset_size(d), 10);
    mica_close(&ctx);
}

TEST(a_range_of_a_shuffled_view_and_the_view_agree) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_dataset *d = class_folders(ctx), *split, *part, *inner;
    int64_t rows;
    int32_t whole[ROWS], some[ROWS];
    ASSERT_OK(split_data(d, 0.5, &split, &rows, &err));
    part = mica_dataset_range(split, rows, ROWS - rows);
    inner = mica_dataset_range(part, 2, 3);
    labels_of(split, whole);
    labels_of(inner, some);
    assert_memory_equal(some, whole + rows + 2, 3 * sizeof *some);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(dataset_whole_row(inner, i),
                         dataset_whole_row(split, (uint32_t)rows + 2 + i));
    mica_dataset_destroy(&split); /* its ranges keep it */
    labels_of(inner, some);
    assert_memory_equal(some, whole + rows + 2, 3 * sizeof *some);
    mica_close(&ctx);
}

TEST(fit_validates_on_the_part_that_was_split_off) {
    mica_error err = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 3));
    mica_dataset *d = class_folders(ctx), *split;
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(2, 2, 3));
    mica_history h;
    mica_results r;
    int64_t rows;
    mica_model_add(m, mica_layer_rescaling(ctx, MICA_OPTIONS(rescaling, .scale = 1.0 / 255)));
    mica_model_add(m, mica_layer_flatten(ctx, NULL));
    mica_model_add(m,
                   mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 3, .activation = "softmax")));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = "sgd",
                                       .loss = "sparse_categorical_crossentropy"));
    ASSERT_OK(mica_model_fit(
        m, d, MICA_OPTIONS(fit, .epochs = 2, .batch_size = 8, .validation_split = 0.3), &h, &err));
    ASSERT_OK(split_data(d, 0.3, &split, &rows, &err));
    ASSERT_OK(mica_model_evaluate(m, mica_dataset_range(split, rows, ROWS - rows),
                                  MICA_OPTIONS(evaluate, .batch_size = 8), &r, &err));
    assert_true(mica_result(&h.epoch[1], "val_loss") == mica_result(&r, "loss"));
    mica_history_free(&h);
    mica_close(&ctx);
}

RUN_TESTS(UNIT(class_folders_are_split_in_an_order_of_the_seed), UNIT(arrays_are_split_as_they_are),
          UNIT(a_range_of_a_shuffled_view_and_the_view_agree),
          UNIT(fit_validates_on_the_part_that_was_split_off))
