/* preprocess_input of class folders: the numbers are those of
 * keras.applications.imagenet_utils.preprocess_input (Keras 3.15) for the pixel (10, 100, 200). */
#include "data/dataset.h"
#include "transform/preprocess_input.h"

#include "support/folder.h"
#include "support/in_context.h"

#define PIXEL "P6\n1 1\n255\n\x0a\x64\xc8"

static mica_dataset *load(const char *json) {
    put_file(in_folder("f/a/1.ppm"), PIXEL, sizeof PIXEL - 1);
    return mica_load_with(ctx, in_folder("f"), MICA_TRAIN, json);
}

TEST(pixels_become_what_keras_makes_of_them) {
    static const struct {
        const char *mode;
        float want[3];
    } modes[] = {{"none", {10, 100, 200}},
                 {"caffe", {96.06099700927734f, -16.77899932861328f, -113.68000030517578f}},
                 {"tf", {-0.9215686321258545f, -0.21568626165390015f, 0.5686274766921997f}},
                 {"torch", {-1.9466564655303955f, -0.28501397371292114f, 1.6813944578170776f}}};
    for (size_t i = 0; i < LENGTH(modes); i++) {
        char json[128], said[64];
        float found[3];
        snprintf(json, sizeof json, "{\"image_size\": [1, 1], \"preprocess_input\": \"%s\"}",
                 modes[i].mode);
        mica_dataset *d = load(json);
        ASSERT_OK(mica_check(ctx, &err));
        ASSERT_OK(d->gather(d, 0, (uint32_t[]){0}, 1, MICA_FLOAT32, found, &err));
        ASSERT_CLOSE(found, modes[i].want, 3, 1e-6);
        snprintf(said, sizeof said, "\"preprocess_input\": \"%s\"", modes[i].mode);
        assert_int_equal(strstr(mica_dataset_preparation(d), said) != NULL, i > 0);
        assert_int_equal(d->pictures, i == 0); /* the card's histograms are of 0 … 255 alone */
    }
}

TEST(pixels_come_back) {
    for (int mode = PREPROCESS_NONE; mode <= PREPROCESS_TORCH; mode++) {
        float x[] = {10, 100, 200, 255, 0, 31}, want[LENGTH(x)];
        memcpy(want, x, sizeof x);
        preprocess_input((preprocess_mode)mode, x, 2, 3);
        preprocess_input_undo((preprocess_mode)mode, x, 2, 3);
        ASSERT_CLOSE(x, want, 6, 1e-4);
    }
}

TEST(modes_of_three_channels_refuse_others) {
    load(
        "{\"image_size\": [1, 1], \"preprocess_input\": \"caffe\", \"color_mode\": \"grayscale\"}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "preprocess_input caffe wants color_mode rgb");
    load("{\"image_size\": [1, 1], \"preprocess_input\": \"vgg16\"}");
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "unknown preprocess_input 'vgg16'");
}

RUN_TESTS(IN_CONTEXT(pixels_become_what_keras_makes_of_them), IN_CONTEXT(pixels_come_back),
          IN_CONTEXT(modes_of_three_channels_refuse_others))
