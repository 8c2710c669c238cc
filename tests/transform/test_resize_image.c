/* Resizing against tf.image.resize (tools/make_data_golden.py). */
#include "transform/resize_image.h"

#include "codec/npz.h"
#include "support/folder.h"

static void expect_resized(const zip *pixels, const zip *resized, const char *picture, int channels,
                           mica_resize_method method, int height, int width) {
    static const char *const methods[] = RESIZE_METHODS;
    mica_error err = {0};
    char name[128];
    array_bytes in, expected;
    snprintf(name, sizeof name, "%s_%d", picture, channels);
    ASSERT_OK(npz_read(pixels, name, &in, &err));
    snprintf(name, sizeof name, "%s_%s_%dx%d", picture, methods[method], height, width);
    ASSERT_OK(npz_read(resized, name, &expected, &err));
    size_t n = (size_t)(height * width * channels);
    float *out = malloc(n * sizeof *out);
    ASSERT_OK(resize_image((unsigned char *)in.bytes->data + in.offset, 21, 34, channels, out,
                           height, width, method, &err));
    const float *want = (const float *)(const void *)((char *)expected.bytes->data +
                                                      expected.offset);
    for (size_t i = 0; i < n; i++)
        if (fabsf(out[i] - want[i]) > (method == MICA_RESIZE_NEAREST ? 0 : 1e-3f))
            fail_msg("%s[%zu] is %g, expected %g", name, i, (double)out[i], (double)want[i]);
    free(out);
    buffer_drop(in.bytes);
    buffer_drop(expected.bytes);
}

TEST(resize_image_equals_tensorflow) {
    static const int sizes[][2] = {{9, 15}, {21, 34}, {40, 17}, {1, 1}, {50, 70}};
    mica_error err = {0};
    zip pixels, resized;
    ASSERT_OK(zip_open(&pixels, "tests/recorded/data/pixels.npz", &err));
    ASSERT_OK(zip_open(&resized, "tests/recorded/data/resized.npz", &err));
    for (size_t i = 0; i < LENGTH(sizes); i++)
        for (mica_resize_method m = MICA_RESIZE_NEAREST; m <= MICA_RESIZE_BILINEAR; m++) {
            expect_resized(&pixels, &resized, "rgb.png", 3, m, sizes[i][0], sizes[i][1]);
            expect_resized(&pixels, &resized, "gray.png", 1, m, sizes[i][0], sizes[i][1]);
        }
    zip_close(&pixels);
    zip_close(&resized);
}

TEST(resize_image_of_one_pixel_fills_with_it) {
    mica_error err = {0};
    const unsigned char in[3] = {1, 2, 255};
    float out[2 * 3 * 3];
    ASSERT_OK(resize_image(in, 1, 1, 3, out, 2, 3, MICA_RESIZE_BILINEAR, &err));
    for (int i = 0; i < 18; i++) assert_true(out[i] == in[i % 3]);
}

RUN_TESTS(UNIT(resize_image_equals_tensorflow), UNIT(resize_image_of_one_pixel_fills_with_it))
