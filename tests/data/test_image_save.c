/* Tensors saved as pictures, read back with the decoder (which has tests of its own). */
#include "codec/image.h"
#include "mica/array.h"
#include "mica/data.h"
#include "mica/math.h"

#include "support/folder.h"
#include "support/in_context.h"

#include <math.h>

static image read_back(const char *path) {
    file_bytes bytes;
    image out = {0};
    ASSERT_OK(file_read(path, &bytes, &err));
    ASSERT_OK(image_decode(bytes.data, bytes.size, (image_wish){0}, path, &out, &err));
    free(bytes.data);
    return out;
}

TEST(image_save_writes_bytes_of_every_channel_count) {
    unsigned char values[24];
    for (int i = 0; i < 24; i++) values[i] = (unsigned char)(i * 11);
    for (int channels = 1; channels <= 4; channels++) {
        const char *path = in_folder("bytes.png");
        mica_shape s = MICA_SHAPE(2, 3, channels);
        ASSERT_OK(mica_image_save(mica_tensor_new(ctx, MICA_UINT8, s, values), path, &err));
        if (!image_supported(IMAGE_PNG)) continue;
        image back = read_back(path);
        assert_int_equal(back.height, 2);
        assert_int_equal(back.width, 3);
        assert_int_equal(back.channels, channels);
        assert_memory_equal(back.pixels, values, (size_t)(6 * channels));
        image_free(&back);
    }
}

TEST(image_save_rounds_and_limits_other_numbers_and_reads_views) {
    float values[6] = {-5, 0.4f, 254.6f, 300, NAN, 17};
    mica_tensor *x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), values);
    mica_tensor *turned = mica_transpose(x, MICA_ALL_AXES);
    const char *path = in_folder("floats.png");
    ASSERT_OK(mica_image_save(turned, path, &err));
    if (!image_supported(IMAGE_PNG)) return;
    image back = read_back(path);
    assert_int_equal(back.height, 3);
    assert_memory_equal(back.pixels, ((unsigned char[]){0, 255, 0, 0, 255, 17}), 6);
    image_free(&back);
}

TEST(image_save_names_what_is_no_picture) {
    const char *path = in_folder("none.png");
    mica_tensor *x = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3, 5), 0);
    ASSERT_FAILS(mica_image_save(x, path, &err), MICA_SHAPE, "(2, 3, 5), expected (H, W)");
    ASSERT_FAILS(mica_image_save(mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(0, 3), 0), path, &err),
                 MICA_SHAPE, "(0, 3)");
    ASSERT_FAILS(
        mica_image_save(mica_full(ctx, MICA_UINT8, MICA_SHAPE(2, 3), 0), "/proc/no/such.png", &err),
        MICA_IO, "no/such.png");
}

RUN_TESTS(IN_CONTEXT(image_save_writes_bytes_of_every_channel_count),
          IN_CONTEXT(image_save_rounds_and_limits_other_numbers_and_reads_views),
          IN_CONTEXT(image_save_names_what_is_no_picture))
