/* A folder of whole and broken pictures of all kinds: the good ones are as TensorFlow decodes them
 * (tools/make_data_golden.py), the broken ones are in the report; and an epoch is the same, bit for
 * bit, for 1, 2 and 8 workers. */
#include "build_config.h"
#include "batch/batches.h"

#include "support/folder.h"
#include "support/in_context.h"

#include "codec/npz.h"

#define DATA "tests/recorded/data/"

enum { GOOD = 200, BROKEN = 4, HEIGHT = 21, WIDTH = 34, FLOATS = HEIGHT * WIDTH * 3 };

static const char *const kinds[] = {
    "rgb.bmp",
#ifdef HAVE_PNG
    "rgb.png",   "gray16.png", "palette.png", "interlaced.png", "rgba.png",
#endif
#ifdef HAVE_JPEG
    "color.jpg", "cmyk.jpg",   "rotated.jpg", "subsampled.jpg", "progressive.jpg",
#endif
};

static void put_broken(void) {
    size_t size;
    unsigned char *whole = get_file(DATA "images/rgb.bmp", &size);
    put_file(in_folder("mixed/b/050_truncated.bmp"), whole, size / 2);
    put_file(in_folder("mixed/b/060_empty.png"), "", 0);
    put_file(in_folder("mixed/b/070_text.jpg"), "not a picture", 13);
    whole[18] = whole[22] = 0x60, whole[19] = whole[23] = 0xea; /* 60,000 x 60,000 */
    put_file(in_folder("mixed/b/080_huge.bmp"), whole, size);
    free(whole);
}

/* 100 pictures in each of two classes, the kinds in turn, and 2 % that are broken. */
static void put_folder(void) {
    char from[128], name[128];
    for (int i = 0; i < GOOD; i++) {
        const char *kind = kinds[i % (int)LENGTH(kinds)];
        snprintf(from, sizeof from, DATA "images/%s", kind);
        snprintf(name, sizeof name, "mixed/%s/%03d_%s", i < GOOD / 2 ? "a" : "b", i, kind);
        copy_file(from, in_folder(name));
    }
    put_broken();
}

static const char *const options = "{\"image_size\": [21, 34], \"max_broken\": 0.03}";

static mica_dataset *load(mica_context *c) {
    mica_dataset *d = mica_load_with(c, in_folder("mixed"), MICA_TRAIN, options);
    if (mica_check(c, &err) != MICA_OK) fail_msg("%s", err.message);
    return d;
}

TEST(image_folder_loads_the_good_as_tensorflow_and_reports_the_broken) {
    static const char *const reasons[][2] = {{"050_truncated.bmp", "cut short"},
                                             {"060_empty.png", "an empty file"},
                                             {"070_text.jpg", "not a picture"},
                                             {"080_huge.bmp", "60000 x 60000 pixels"}};
    zip z;
    put_folder();
    mica_dataset *d = load(ctx);
    assert_int_equal(mica_dataset_size(d), GOOD);
    assert_int_equal(mica_dataset_broken(d), BROKEN);
    for (int i = 0; i < BROKEN; i++) {
        assert_non_null(strstr(mica_dataset_broken_path(d, i), reasons[i][0]));
        assert_non_null(strstr(mica_dataset_broken_reason(d, i), reasons[i][1]));
    }
    ASSERT_OK(zip_open(&z, DATA "pixels.npz", &err));
    for (uint32_t i = 0; i < LENGTH(kinds); i++) {
        char name[64];
        float found[FLOATS];
        array_bytes want;
        snprintf(name, sizeof name, "%s_3", kinds[i]);
        ASSERT_OK(npz_read(&z, name, &want, &err));
        ASSERT_OK(d->gather(d, 0, &i, 1, MICA_FLOAT32, found, &err));
        const unsigned char *expected = (unsigned char *)want.bytes->data + want.offset;
        float limit = strstr(kinds[i], ".jpg") ? 1 : 0; /* of 255 */
        for (int k = 0; k < FLOATS; k++)
            if (fabsf(found[k] - (float)expected[k]) > limit)
                fail_msg("%s[%d] is %g, expected %d", name, k, (double)found[k], expected[k]);
        buffer_drop(want.bytes);
    }
    zip_close(&z);
    mica_load_with(ctx, in_folder("mixed"), MICA_TRAIN, "{\"image_size\": 8}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT, "4 of 204 files are broken");
}

/* All of a shuffled epoch's bytes, in their order. */
static float *epoch_of(int threads, const char *method, int64_t *rows) {
    char json[128];
    mica_context *own = mica_open(MICA_OPTIONS(context, .threads = threads));
    snprintf(json, sizeof json,
             "{\"image_size\": [16, 20], \"max_broken\": 0.03, \"interpolation\": \"%s\"}", method);
    mica_dataset *d = mica_load_with(own, in_folder("mixed"), MICA_TRAIN, json);
    ASSERT_OK(mica_check(own, &err));
    size_t each = 16 * 20 * 3;
    feed feeds[2] = {{0, MICA_FLOAT32, each * sizeof(float)}, {1, MICA_FLOAT32, sizeof(float)}};
    float *all = malloc((GOOD + 1) * (each + 1) * sizeof *all), *to = all;
    batches b;
    int64_t n;
    ASSERT_OK(batches_open(&b, d, 0, d->rows, 7, feeds, 2, &err));
    batches_begin(&b, true, 5, 2);
    for (*rows = 0;; *rows += n) {
        ASSERT_OK(batches_next(&b, &n, &err));
        if (!n) break;
        memcpy(to, b.buffer[0], (size_t)n * each * sizeof *to);
        to += (size_t)n * each;
        memcpy(to, b.buffer[1], (size_t)n * sizeof *to);
        to += n;
    }
    batches_close(&b);
    mica_close(&own);
    return all;
}

TEST(image_folder_epoch_is_the_same_for_1_2_and_8_workers) {
    static const char *const methods[] = {"bilinear", "lanczos3"};
    put_folder();
    for (size_t m = 0; m < LENGTH(methods); m++) {
        int64_t rows[3];
        float *all[3];
        for (int i = 0; i < 3; i++) all[i] = epoch_of((int[]){1, 2, 8}[i], methods[m], &rows[i]);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(rows[i], GOOD);
            assert_memory_equal(all[0], all[i], GOOD * (16 * 20 * 3 + 1) * sizeof(float));
        }
        for (int i = 0; i < 3; i++) free(all[i]);
    }
}

RUN_TESTS(IN_CONTEXT(image_folder_loads_the_good_as_tensorflow_and_reports_the_broken),
          IN_CONTEXT(image_folder_epoch_is_the_same_for_1_2_and_8_workers))
