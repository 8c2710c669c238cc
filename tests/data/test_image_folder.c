/* Class folders of pictures, good and broken. */
#include "data/dataset.h"

#include "support/folder.h"
#include "support/in_context.h"

#include "codec/image.h"
#include "codec/npz.h"
#include "mica/pipeline.h"

#define IMAGES "tests/recorded/data/images/"

/* `count` pictures of 8 x 6, all of one gray, as PPM: every build reads it. */
static void put_picture(const char *name, int gray) {
    char file[200];
    int n = snprintf(file, sizeof file, "P6 8 6 255\n");
    memset(file + n, gray, 8 * 6 * 3);
    put_file(in_folder(name), file, (size_t)n + 8 * 6 * 3);
}

static mica_dataset *load(const char *folder, const char *json) {
    mica_dataset *d = mica_load_with(ctx, in_folder(folder), MICA_TRAIN, json);
    if (mica_check(ctx, &err) != MICA_OK) fail_msg("%s", err.message);
    return d;
}

static float first_pixel(mica_dataset *d, uint32_t row) {
    size_t n = (size_t)shape_size(&d->column[0].shape);
    float *pixels = malloc(n * sizeof *pixels), first;
    ASSERT_OK(d->gather(d, 0, &row, 1, MICA_FLOAT32, pixels, &err));
    first = pixels[0];
    for (size_t i = 0; i < n; i++) assert_true(pixels[i] == first);
    free(pixels);
    return first;
}

static int label(mica_dataset *d, uint32_t row) {
    int32_t y;
    ASSERT_OK(d->gather(d, 1, &row, 1, MICA_INT32, &y, &err));
    return y;
}

static void put_classes(void) {
    put_picture("pictures/dog/b.ppm", 40);
    put_picture("pictures/dog/a.PPM", 30);
    put_picture("pictures/cat/z.ppm", 20);
    put_picture("pictures/cat/deep/x.ppm", 25);
    put_picture("pictures/Bird/1.ppm", 10);
    put_picture("pictures/.hidden/1.ppm", 99);
    put_file(in_folder("pictures/dog/notes.txt"), "x", 1);
    put_file(in_folder("pictures/readme.txt"), "x", 1);
}

TEST(image_folder_sorts_classes_and_files_as_keras) {
    put_classes();
    mica_dataset *d = load("pictures", "{\"image_size\": [4, 5]}");
    static const float pixels[] = {10, 20, 25, 30, 40};
    static const int labels[] = {0, 1, 1, 2, 2};
    assert_int_equal(mica_dataset_size(d), 5);
    assert_int_equal(mica_dataset_classes(d), 3);
    assert_string_equal(mica_dataset_class_name(d, 0), "Bird");
    assert_string_equal(mica_dataset_class_name(d, 2), "dog");
    assert_null(mica_dataset_class_name(d, 3));
    assert_true(shape_equal(&d->column[0].shape, &(shape){3, {4, 5, 3}}));
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(first_pixel(d, i) == pixels[i]);
        assert_int_equal(label(d, i), labels[i]);
    }
    assert_non_null(strstr(d->preparation, "\"image_size\": [4, 5], \"color_mode\": \"rgb\""));
}

TEST(image_folder_options_choose_size_colours_and_labels) {
    put_classes();
    mica_dataset *d = mica_load_image_folder(
        ctx, in_folder("pictures"), MICA_TRAIN,
        MICA_OPTIONS(image_folder, .image_size = {7}, .color_mode = "grayscale",
                     .label_mode = "categorical", .interpolation = "nearest"));
    ASSERT_OK(mica_check(ctx, &err));
    assert_true(shape_equal(&d->column[0].shape, &(shape){3, {7, 7, 1}}));
    assert_true(shape_equal(&d->column[1].shape, &(shape){1, {3}}));
    float y[3];
    ASSERT_OK(d->gather(d, 1, (uint32_t[]){2}, 1, MICA_FLOAT32, y, &err));
    ASSERT_CLOSE(y, ((float[]){0, 1, 0}), 3, 0);
    d = load("pictures", "{\"label_mode\": \"none\", \"color_mode\": \"rgba\"}");
    assert_int_equal(d->columns, 1);
    assert_true(shape_equal(&d->column[0].shape, &(shape){3, {256, 256, 4}}));
    mica_load_with(ctx, in_folder("pictures"), MICA_TRAIN, "{\"label_mode\": \"binary\"}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "binary needs 2 class folders, found 3");
    mica_load_with(ctx, in_folder("pictures"), MICA_TRAIN, "{\"interpolation\": \"bilinaer\"}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "did you mean 'bilinear'");
}

TEST(image_folder_with_train_and_test_gives_the_part) {
    put_picture("parts/train/a/1.ppm", 1);
    put_picture("parts/train/b/1.ppm", 2);
    put_picture("parts/validation/a/1.ppm", 3);
    mica_dataset *train = load("parts", NULL),
                 *test = mica_load(ctx, in_folder("parts"), MICA_TEST);
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_dataset_size(train), 2);
    assert_int_equal(mica_dataset_size(test), 1);
    assert_true(first_pixel(test, 0) == 3);
}

TEST(image_folder_leaves_broken_pictures_out_and_names_them) {
    char name[64];
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "some/a/%02d.ppm", i);
        put_picture(name, i);
    }
    put_file(in_folder("some/a/05.ppm"), "P6 8 6 255\nshort", 16);
    put_file(in_folder("some/b/empty.jpg"), "", 0);
    put_file(in_folder("some/b/text.jpg"), "hello", 5);
    put_picture("some/b/good.ppm", 50);
    mica_dataset *d = load("some", "{\"max_broken\": 0.2}");
    assert_int_equal(mica_dataset_size(d), 20);
    assert_int_equal(mica_dataset_broken(d), 3);
    assert_non_null(strstr(mica_dataset_broken_path(d, 0), "some/a/05.ppm"));
    assert_non_null(strstr(mica_dataset_broken_reason(d, 0), "the PPM is cut short: 16 bytes"));
    assert_non_null(strstr(mica_dataset_broken_reason(d, 1), "an empty file"));
    assert_non_null(strstr(mica_dataset_broken_reason(d, 2), "not a picture"));
    assert_null(mica_dataset_broken_path(d, 3));
    assert_true(first_pixel(d, 5) == 6);
    mica_load(ctx, in_folder("some"), MICA_TRAIN);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT,
                 "of 23 files are broken, more than the 1 % that are left out");
    mica_load_image_folder(ctx, in_folder("some"), MICA_TRAIN,
                           MICA_OPTIONS(image_folder, .max_broken = MICA_ZERO));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT, "more than the 0 %");
}

/* One of ten or more, whatever the share is, but where none is allowed. */
TEST(one_broken_picture_of_few_stops_nothing) {
    char name[64];
    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "ten/a/%d.ppm", i);
        if (i) put_picture(name, i);
        snprintf(name, sizeof name, "nine/a/%d.ppm", i);
        if (i > 1) put_picture(name, i);
    }
    put_file(in_folder("ten/a/0.gif"), "GIF89a....", 10);
    put_file(in_folder("nine/a/0.gif"), "GIF89a....", 10);
    mica_dataset *d = load("ten", NULL);
    assert_int_equal(mica_dataset_size(d), 9);
    assert_non_null(strstr(mica_dataset_broken_reason(d, 0), "a GIF, which is not read"));
    mica_load(ctx, in_folder("nine"), MICA_TRAIN);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT, "1 of 9 files are broken");
    mica_load_with(ctx, in_folder("ten"), MICA_TRAIN, "{\"max_broken\": 0}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT, "1 of 10 files are broken");
    put_file(in_folder("ten/a/1.ppm"), "P6", 2);
    mica_load(ctx, in_folder("ten"), MICA_TRAIN);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT, "2 of 10 files are broken");
}

TEST(image_folder_reports_pictures_that_break_while_they_are_read) {
    char name[64];
    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "late/a/%d.ppm", i);
        put_picture(name, i + 1);
    }
    mica_dataset *d = load("late", "{\"max_broken\": 0.15}");
    assert_int_equal(mica_dataset_broken(d), 0);
    put_file(in_folder("late/a/3.ppm"), "x", 1);
    assert_true(first_pixel(d, 3) == 0);
    assert_true(dataset_row_broken(d, 3));
    assert_false(dataset_row_broken(d, 4));
    mica_dataset *part = mica_dataset_range(d, 2, 5);
    assert_true(dataset_row_broken(part, 1));
    assert_int_equal(mica_dataset_broken(part), 1);
    assert_true(first_pixel(d, 3) == 0); /* is counted once */
    assert_int_equal(mica_dataset_broken(d), 1);
    remove(in_folder("late/a/8.ppm"));
    float pixels[256 * 256 * 3];
    ASSERT_FAILS(d->gather(d, 0, (uint32_t[]){8}, 1, MICA_FLOAT32, pixels, &err), MICA_FORMAT,
                 "2 of 10 files are broken, more than the 15 %");
}

static void put_half_broken(const char *folder) {
    char name[64];
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s/a/%d.ppm", folder, i);
        put_picture(name, i);
    }
    snprintf(name, sizeof name, "%s/a/broken.ppm", folder);
    put_file(in_folder(name), "x", 1);
}

static void expect_broken(mica_dataset *d, const char *const *folders, int count) {
    if (mica_check(ctx, &err) != MICA_OK) fail_msg("%s", err.message);
    assert_int_equal(mica_dataset_broken(d), count);
    for (int i = 0; i < count; i++) {
        assert_non_null(strstr(mica_dataset_broken_path(d, i), folders[i]));
        assert_non_null(strstr(mica_dataset_broken_reason(d, i), "not a picture"));
    }
    assert_null(mica_dataset_broken_path(d, count));
    assert_null(mica_dataset_broken_path(d, -1));
}

TEST(datasets_of_several_report_the_broken_of_all) {
    static const char *const folders[] = {"one/a/broken", "two/a/broken", "three/a/broken"};
    mica_dataset *part[3];
    put_half_broken("one"), put_half_broken("two"), put_half_broken("three");
    part[0] = load("one", "{\"image_size\": 4, \"max_broken\": 0.5}");
    part[1] = load("two", "{\"image_size\": 4, \"max_broken\": 0.5}");
    part[2] = load("three", "{\"image_size\": 4, \"max_broken\": 0.5}");
    mica_dataset *first = mica_dataset_concatenate(part, 2);
    expect_broken(first, folders, 2);
    expect_broken(mica_dataset_interleave(part, 3, 2), folders, 3);
    expect_broken(mica_dataset_sample(part, 3, NULL), folders, 3);
    expect_broken(mica_dataset_zip(part, 3), folders, 3);
    expect_broken(mica_dataset_range(first, 1, 2), folders, 2);
    mica_dataset *nested[] = {first, part[1], part[2], part[0]}; /* each source is told once */
    expect_broken(mica_dataset_concatenate(nested, 4), folders, 3);
    mica_dataset *streams[] = {mica_dataset_repeat(part[0], 2), mica_dataset_repeat(part[1], 2)};
    mica_dataset *cached = mica_dataset_cache(mica_dataset_interleave(streams, 2, 1), NULL);
    expect_broken(cached, folders, 2);
    expect_broken(mica_dataset_shuffle(cached, 4, NULL), folders, 2);
}

TEST(broken_rows_are_told_in_their_order_whichever_came_first) {
    mica_dataset *d = dataset_new(ctx);
    char path[32];
    ASSERT_OK(dataset_may_break(d, 4000, 0.5, &err));
    ASSERT_OK(dataset_report(d, -1, "z", "z", &err));
    ASSERT_OK(dataset_report(d, -1, "y", "y", &err));
    for (int i = 0; i < 2000; i++) {
        int row = i * 7919 % 1000; /* each twice */
        snprintf(path, sizeof path, "%d", row);
        ASSERT_OK(dataset_report(d, row, path, path, &err));
        if (i % 500) continue;
        assert_string_equal(mica_dataset_broken_path(d, 0), "z");
        assert_true(dataset_row_broken(d, (uint32_t)row));
    }
    assert_int_equal(mica_dataset_broken(d), 1002);
    assert_string_equal(mica_dataset_broken_path(d, 1), "y");
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, "%d", i);
        assert_string_equal(mica_dataset_broken_path(d, i + 2), path);
        assert_string_equal(mica_dataset_broken_reason(d, i + 2), path);
    }
    assert_false(dataset_row_broken(d, 1000));
    mica_status status = MICA_OK;
    for (int i = 3000; i > 1500 && status == MICA_OK; i--)
        status = dataset_report(d, i, "later", "later", &err);
    ASSERT_FAILS(status, MICA_FORMAT, "at least 2001 of 4000 files are broken");
    assert_non_null(strstr(err.message, "; z"));
}

TEST(image_folder_without_pictures_is_refused) {
    put_file(in_folder("nothing/a/notes.txt"), "x", 1);
    char spec[600];
    snprintf(spec, sizeof spec, "image_folder:%s", in_folder("nothing"));
    mica_load(ctx, spec, MICA_TRAIN);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT, "no pictures in class folders: 1 folders");
    put_file(in_folder("broken/a/1.ppm"), "x", 1);
    mica_load_with(ctx, in_folder("broken"), MICA_TRAIN, "{\"max_broken\": 1}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT, "all of the pictures are broken");
}

/* Decoded, resized and given as TensorFlow would, within 1/255; the same bits for 1 and 4 threads.
 */
TEST(image_folder_gives_the_same_for_any_number_of_workers) {
    static const char *const names[] = {"rgb.bmp", "rgb.ppm", "gray.pgm", "palette.bmp"};
    char name[64], path[128];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "many/c%d/%02d%s", i % 3, i, strrchr(names[i % 4], '.'));
        snprintf(path, sizeof path, IMAGES "%s", names[i % 4]);
        copy_file(path, in_folder(name));
    }
    float *pixels[2];
    uint32_t rows[40];
    for (uint32_t i = 0; i < 40; i++) rows[i] = 39 - i;
    for (int k = 0; k < 2; k++) {
        mica_context *own = mica_open(MICA_OPTIONS(context, .threads = k ? 4 : 1));
        mica_dataset *d = mica_load_with(own, in_folder("many"), MICA_TRAIN,
                                         "{\"image_size\": [16, 24]}");
        ASSERT_OK(mica_check(own, &err));
        pixels[k] = malloc(sizeof(float) * 40 * 16 * 24 * 3);
        ASSERT_OK(d->gather(d, 0, rows, 40, MICA_FLOAT32, pixels[k], &err));
        mica_close(&own);
    }
    assert_memory_equal(pixels[0], pixels[1], sizeof(float) * 40 * 16 * 24 * 3);
    free(pixels[0]);
    free(pixels[1]);
}

TEST(image_folder_fingerprint_follows_names_and_sizes) {
    char a[65], b[65];
    put_picture("print/a/1.ppm", 1);
    put_picture("print/a/2.ppm", 2);
    ASSERT_OK(mica_dataset_fingerprint(load("print", NULL), a, &err));
    ASSERT_OK(mica_dataset_fingerprint(load("print", NULL), b, &err));
    assert_string_equal(a, b);
    rename(in_folder("print/a/2.ppm"), in_folder("print/a/3.ppm"));
    ASSERT_OK(mica_dataset_fingerprint(load("print", NULL), b, &err));
    assert_string_not_equal(a, b);
}

RUN_TESTS(IN_CONTEXT(image_folder_sorts_classes_and_files_as_keras),
          IN_CONTEXT(image_folder_options_choose_size_colours_and_labels),
          IN_CONTEXT(image_folder_with_train_and_test_gives_the_part),
          IN_CONTEXT(image_folder_leaves_broken_pictures_out_and_names_them),
          IN_CONTEXT(one_broken_picture_of_few_stops_nothing),
          IN_CONTEXT(image_folder_reports_pictures_that_break_while_they_are_read),
          IN_CONTEXT(datasets_of_several_report_the_broken_of_all),
          IN_CONTEXT(broken_rows_are_told_in_their_order_whichever_came_first),
          IN_CONTEXT(image_folder_without_pictures_is_refused),
          IN_CONTEXT(image_folder_gives_the_same_for_any_number_of_workers),
          IN_CONTEXT(image_folder_fingerprint_follows_names_and_sizes))
