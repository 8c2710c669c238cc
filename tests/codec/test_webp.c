/* WebP against what libwebp's encoder was given. */
#include "build_config.h"
#include "codec/image.h"

#include "support/testing.h"

TEST(webp_headers_that_lie_are_refused) {
    mica_error err = {0};
    image_facts facts;
    /* VP8L, 16384 x 16384, no alpha */
    unsigned char lie[32] = "RIFF\x18\0\0\0WEBPVP8L\x0c\0\0\0\x2f\xff\xff\xff\x0f";
    ASSERT_FAILS(image_look(lie, sizeof lie, "a.webp", &facts, &err), MICA_FORMAT,
                 "16384 x 16384 pixels");
    memcpy(lie + 21, "\xff\xdf\xff\x07", 4); /* 8192 x 8192 */
    ASSERT_FAILS(image_look(lie, sizeof lie, "a.webp", &facts, &err), MICA_FORMAT,
                 "a.webp: a WebP of 32 bytes claims 8192 x 8192 pixels");
    ASSERT_FAILS(image_look(lie, 31, "a.webp", &facts, &err), MICA_FORMAT,
                 "cut short: 31 bytes, expected 32");
    memcpy(lie + 12, "VP8X", 4);
    lie[20] = 2;
    ASSERT_FAILS(image_look(lie, sizeof lie, "a.webp", &facts, &err), MICA_UNSUPPORTED,
                 "an animated WebP");
    memcpy(lie + 12, "ABCD", 4);
    ASSERT_FAILS(image_look(lie, sizeof lie, "a.webp", &facts, &err), MICA_FORMAT,
                 "the header of the WebP is damaged");
}

#ifdef HAVE_WEBP
#include <webp/encode.h>

enum { W = 37, H = 21 };

static void draw(unsigned char *rgba) {
    for (int i = 0; i < W * H; i++) {
        rgba[4 * i] = (unsigned char)(i % W * 6), rgba[4 * i + 1] = (unsigned char)(i / W * 11);
        rgba[4 * i + 2] = (unsigned char)(i * 7), rgba[4 * i + 3] = (unsigned char)(255 - i % W);
    }
}

TEST(webp_without_loss_gives_every_pixel) {
    mica_error err = {0};
    unsigned char rgba[W * H * 4];
    uint8_t *bytes;
    image i = {0};
    image_facts facts;
    draw(rgba);
    size_t size = WebPEncodeLosslessRGBA(rgba, W, H, W * 4, &bytes);
    ASSERT_OK(image_look(bytes, size, "a.webp", &facts, &err));
    assert_int_equal(facts.kind, IMAGE_WEBP);
    assert_int_equal(facts.width, W);
    assert_int_equal(facts.height, H);
    assert_int_equal(facts.channels, 4);
    ASSERT_OK(image_decode(bytes, size, (image_wish){0}, "a.webp", &i, &err));
    assert_int_equal(i.channels, 4);
    assert_memory_equal(i.pixels, rgba, sizeof rgba);
    ASSERT_OK(image_decode(bytes, size, (image_wish){.channels = 3}, "a.webp", &i, &err));
    for (int k = 0; k < W * H; k++) assert_memory_equal(i.pixels + 3 * k, rgba + 4 * k, 3);
    ASSERT_OK(image_decode(bytes, size, (image_wish){.channels = 1}, "a.webp", &i, &err));
    for (int k = 0; k < W * H; k++) {
        const unsigned char *p = rgba + 4 * k;
        assert_true(abs(i.pixels[k] - (299 * p[0] + 587 * p[1] + 114 * p[2]) / 1000) <= 1);
    }
    image_free(&i);
    WebPFree(bytes);
}

TEST(webp_with_loss_is_near_and_cut_short_is_refused) {
    mica_error err = {0};
    unsigned char rgb[W * H * 3];
    uint8_t *bytes;
    image i = {0};
    image_facts facts;
    for (int k = 0; k < W * H; k++)
        for (int c = 0; c < 3; c++)
            rgb[3 * k + c] = (unsigned char)(k % W * 2 + k / W * 3 + 20 * c);
    size_t size = WebPEncodeRGB(rgb, W, H, W * 3, 90, &bytes);
    ASSERT_OK(image_look(bytes, size, "a.webp", &facts, &err));
    assert_int_equal(facts.channels, 3);
    ASSERT_OK(image_decode(bytes, size, (image_wish){.channels = 3}, "a.webp", &i, &err));
    for (int k = 0; k < W * H * 3; k++) assert_true(abs(i.pixels[k] - rgb[k]) <= 16);
    for (size_t n = 12; n < size; n++) {
        unsigned char *cut = malloc(n);
        memcpy(cut, bytes, n);
        assert_int_equal(image_look(cut, n, "cut", &facts, &err), MICA_FORMAT);
        assert_int_equal(image_decode(cut, n, (image_wish){.channels = 3}, "cut", &i, &err),
                         MICA_FORMAT);
        assert_non_null(strstr(err.message, "cut"));
        free(cut);
    }
    for (size_t bit = 0; bit < size * 8; bit += 3) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        image_decode(bytes, size, (image_wish){.channels = 3}, "flipped", &i, NULL);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    image_free(&i);
    WebPFree(bytes);
}

RUN_TESTS(UNIT(webp_headers_that_lie_are_refused), UNIT(webp_without_loss_gives_every_pixel),
          UNIT(webp_with_loss_is_near_and_cut_short_is_refused))
#else
RUN_TESTS(UNIT(webp_headers_that_lie_are_refused))
#endif
