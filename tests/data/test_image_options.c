/* Options of class folders against what Keras makes of the same (tools/record_image_folder.py). */
#include "codec/image.h"
#include "data/dataset.h"

#include "support/folder.h"
#include "support/in_context.h"

#include "codec/npz.h"

#define DATA "tests/recorded/data/"

static mica_dataset *load(const char *folder, const char *json) {
    mica_dataset *d = mica_load_with(ctx, in_folder(folder), MICA_TRAIN, json);
    if (mica_check(ctx, &err) != MICA_OK) fail_msg("%s", err.message);
    return d;
}

static void expect_pixels(const zip *z, const char *picture, const char *method, const char *fit,
                          int height, int width) {
    char name[128], json[256];
    array_bytes want;
    snprintf(name, sizeof name, "%s_%s_%s_%dx%d", picture, method, fit, height, width);
    if (!npz_has(z, name)) return;
    ASSERT_OK(npz_read(z, name, &want, &err));
    snprintf(json, sizeof json, "{\"image_size\": [%d, %d], \"interpolation\": \"%s\"%s}", height,
             width, method,
             *fit == 'c'   ? ", \"crop_to_aspect_ratio\": true"
             : *fit == 'p' ? ", \"pad_to_aspect_ratio\": true"
                           : "");
    mica_dataset *d = load(picture, json);
    size_t n = (size_t)(height * width * 3);
    float *found = malloc(n * sizeof *found);
    ASSERT_OK(d->gather(d, 0, (uint32_t[]){0}, 1, MICA_FLOAT32, found, &err));
    const float *expected = (const float *)(const void *)((char *)want.bytes->data + want.offset);
    float limit = strstr(picture, ".jpg") ? 1 : 2e-3f;
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(found[i] - expected[i]) <= limit))
            fail_msg("%s[%zu] is %g, expected %g", name, i, (double)found[i], (double)expected[i]);
    free(found);
    buffer_drop(want.bytes);
}

TEST(image_folder_interpolates_crops_and_pads_as_keras) {
    static const char *const methods[] = {"nearest",  "bilinear", "bicubic",  "area",
                                          "lanczos3", "lanczos5", "gaussian", "mitchellcubic"};
    static const char *const fits[] = {"stretch", "crop", "pad"};
    static const int sizes[][2] = {{9, 15}, {26, 30}, {21, 34}};
    zip z;
    ASSERT_OK(zip_open(&z, DATA "image_folder.npz", &err));
    copy_file(DATA "images/rgb.png", in_folder("rgb.png/a/rgb.png"));
    for (size_t s = 0; s < LENGTH(sizes) && image_supported(IMAGE_PNG); s++)
        for (size_t m = 0; m < LENGTH(methods); m++)
            for (size_t f = 0; f < LENGTH(fits); f++)
                expect_pixels(&z, "rgb.png", methods[m], fits[f], sizes[s][0], sizes[s][1]);
    copy_file(DATA "images/color.jpg", in_folder("color.jpg/a/color.jpg"));
    for (size_t m = 0; m < LENGTH(methods) && image_supported(IMAGE_JPEG); m++)
        for (size_t f = 0; f < LENGTH(fits); f++)
            expect_pixels(&z, "color.jpg", methods[m], fits[f], 9, 15);
    zip_close(&z);
}

static void put_gray(const char *name, int gray) {
    char file[16];
    int n = snprintf(file, sizeof file, "P5 1 1 255\n%c", gray);
    put_file(in_folder(name), file, (size_t)n);
}

/* 23 pictures in two classes; picture i of the sorted list has the gray i + 1. */
static void put_split(void) {
    char name[64];
    for (int i = 0; i < 23; i++) {
        snprintf(name, sizeof name, "split/%c/%02d.pgm", "ab"[i % 2], i);
        put_gray(name, i % 2 ? 13 + i / 2 : 1 + i / 2);
    }
}

static void expect_split(const zip *z, const char *seed, const char *share, const char *subset) {
    char name[64], json[256];
    array_bytes want;
    snprintf(name, sizeof name, "split_%s_%s_%s", seed, share, subset);
    ASSERT_OK(npz_read(z, name, &want, &err));
    snprintf(json, sizeof json,
             "{\"image_size\": 1, \"validation_split\": %s, \"seed\": %s, \"subset\": \"%s\"}",
             share, seed, subset);
    mica_dataset *d = load("split", json);
    const int32_t *rows = (const int32_t *)(const void *)((char *)want.bytes->data + want.offset);
    assert_int_equal(d->rows, want.shape.dims[0]);
    for (uint32_t i = 0; i < d->rows; i++) {
        float pixel[3];
        int32_t label;
        ASSERT_OK(d->gather(d, 0, &i, 1, MICA_FLOAT32, pixel, &err));
        ASSERT_OK(d->gather(d, 1, &i, 1, MICA_INT32, &label, &err));
        assert_int_equal((int)pixel[0], rows[i] + 1);
        assert_int_equal(label, rows[i] >= 12);
    }
    buffer_drop(want.bytes);
}

TEST(image_folder_splits_as_keras_with_the_same_seed) {
    static const char *const cases[][2] = {{"0", "0.2"}, {"123", "0.3"}, {"4294967295", "0.5"}};
    zip z;
    put_split();
    ASSERT_OK(zip_open(&z, DATA "image_folder.npz", &err));
    for (size_t i = 0; i < LENGTH(cases); i++) {
        expect_split(&z, cases[i][0], cases[i][1], "training");
        expect_split(&z, cases[i][0], cases[i][1], "validation");
    }
    zip_close(&z);
}

TEST(image_folder_gives_the_validation_pictures_as_the_test_part) {
    put_split();
    const char *json = "{\"image_size\": 1, \"validation_split\": 0.2, \"shuffle\": false}";
    mica_dataset *train = load("split", json),
                 *test = mica_load_with(ctx, in_folder("split"), MICA_TEST, json);
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_dataset_size(train), 19);
    assert_int_equal(mica_dataset_size(test), 4);
    float pixel[3];
    ASSERT_OK(test->gather(test, 0, (uint32_t[]){3}, 1, MICA_FLOAT32, pixel, &err));
    assert_int_equal((int)pixel[0], 23);
    mica_load_with(ctx, in_folder("split"), MICA_TRAIN, "{\"subset\": \"training\"}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "needs a validation_split above 0");
    mica_load_with(ctx, in_folder("split"), MICA_TEST, "{\"validation_split\": 0.01}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "leaves none for validation");
    mica_load_with(ctx, in_folder("split"), MICA_TRAIN,
                   "{\"crop_to_aspect_ratio\": true, \"pad_to_aspect_ratio\": true}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "exclude each other");
}

TEST(image_folder_takes_the_classes_that_are_named_in_their_order) {
    put_gray("named/cat/1.pgm", 10);
    put_gray("named/dog/1.pgm", 20);
    put_gray("named/emu/1.pgm", 30);
    mica_dataset *d = load("named", "{\"image_size\": 1, \"class_names\": [\"emu\", \"cat\"]}");
    assert_int_equal(mica_dataset_size(d), 2);
    assert_int_equal(mica_dataset_classes(d), 2);
    assert_string_equal(mica_dataset_class_name(d, 0), "emu");
    float pixel[3];
    ASSERT_OK(d->gather(d, 0, (uint32_t[]){0}, 1, MICA_FLOAT32, pixel, &err));
    assert_int_equal((int)pixel[0], 30);
    static const char *const wrong[][2] = {
        {"[\"emu\", \"cow\"]", "has 'cow', but there is no such folder"},
        {"[\"emu\", \"emu\"]", "has 'emu' twice"},
        {"[1]", "what is no text"},
        {"[]", "expected a list of names"}};
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        char json[128];
        snprintf(json, sizeof json, "{\"class_names\": %s}", wrong[i][0]);
        mica_load_with(ctx, in_folder("named"), MICA_TRAIN, json);
        ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, wrong[i][1]);
    }
}

/* Pictures of one pixel in the order in which Keras 3.15 lists them: folders by their whole paths,
 * those in the root first; each has its place as its gray. */
static void put_labelled(const char *folder) {
    static const char *const files[] = {"r1.pgm",    "r2.pgm",    "a/1.pgm",     "a/9.pgm",
                                        "a-b/1.pgm", "a/x/1.pgm", "a/x/y/1.pgm", "b/1.pgm"};
    char name[64];
    for (int i = 0; i < (int)LENGTH(files); i++) {
        snprintf(name, sizeof name, "%s/%s", folder, files[i]);
        put_gray(name, i + 1);
    }
}

static void expect_gray(const mica_dataset *d, uint32_t row, int gray) {
    float pixel[3];
    ASSERT_OK(d->gather(d, 0, &row, 1, MICA_FLOAT32, pixel, &err));
    assert_int_equal((int)pixel[0], gray);
}

TEST(image_folder_takes_labels_in_the_order_of_keras) {
    static const int labels[] = {3, 0, 1, 1, 2, 0, 3, 2};
    put_labelled("labelled");
    mica_dataset *d = load("labelled", "{\"image_size\": 1, \"labels\": [3, 0, 1, 1, 2, 0, 3, 2]}");
    assert_int_equal(d->rows, 8);
    assert_int_equal(d->classes, 4);
    assert_string_equal(d->class_names[3], "3");
    for (uint32_t i = 0; i < 8; i++) {
        int32_t label;
        ASSERT_OK(d->gather(d, 1, &i, 1, MICA_INT32, &label, &err));
        assert_int_equal(label, labels[i]);
        expect_gray(d, i, (int)i + 1);
    }
    d = load("labelled", "{\"image_size\": 1, \"label_mode\": \"binary\", "
                         "\"labels\": [1, 0, 1, 1, 0, 0, 1, 0]}");
    assert_int_equal(d->column[1].dtype, MICA_FLOAT32);
    d = load("labelled", "{\"image_size\": 1, \"labels\": [7, 7, 9, 9, 9, 9, 9, 9]}");
    assert_int_equal(d->classes, 0);
}

TEST(image_folder_refuses_labels_that_do_not_fit) {
    static const char *const cases[][2] = {
        {"[1, 2]", "2 labels for 8 pictures"},
        {"[0, 1, 2, 3, 4, 5, 6, -7]", "labels[7] is no whole number"},
        {"[0, 1, 2, 3, 4.5, 5, 6, 7]", "labels[4] is no whole number"},
        {"\"guessed\"", "expected \"inferred\" or a list"},
        {"[0, 1, 2, 3, 4, 5, 6, 7], \"class_names\": [\"a\"]", "class_names are of class folders"},
        {"[7, 7, 9, 9, 9, 9, 9, 9], \"label_mode\": \"categorical\"", "wants labels 0, 1"},
    };
    put_labelled("labelled");
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char json[256];
        snprintf(json, sizeof json, "{\"image_size\": 1, \"labels\": %s}", cases[i][0]);
        mica_load_with(ctx, in_folder("labelled"), MICA_TRAIN, json);
        ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, cases[i][1]);
    }
}

TEST(image_folder_follows_links_where_it_is_asked_to) {
    put_labelled("linked");
    assert_int_equal(symlink("../../labelled", in_folder("linked/b/more")), 0);
    assert_int_equal(symlink("..", in_folder("linked/b/circle")), 0);
    assert_int_equal(load("linked", "{\"image_size\": 1}")->rows, 6);
    mica_dataset *d = load("linked", "{\"image_size\": 1, \"follow_links\": true}");
    assert_int_equal(d->rows, 6 + 8 + 7); /* by the circle all but what is below b */
}

RUN_TESTS(IN_CONTEXT(image_folder_takes_labels_in_the_order_of_keras),
          IN_CONTEXT(image_folder_refuses_labels_that_do_not_fit),
          IN_CONTEXT(image_folder_follows_links_where_it_is_asked_to),
          IN_CONTEXT(image_folder_interpolates_crops_and_pads_as_keras),
          IN_CONTEXT(image_folder_splits_as_keras_with_the_same_seed),
          IN_CONTEXT(image_folder_gives_the_validation_pictures_as_the_test_part),
          IN_CONTEXT(image_folder_takes_the_classes_that_are_named_in_their_order))
