/* Pictures against what TensorFlow decodes (tools/make_data_golden.py). */
#include "build_config.h"
#include "codec/image.h"

#include "codec/npz.h"
#include "support/folder.h"

#define DATA "tests/recorded/data/"

/* How far a pixel may be off, for a file that this build decodes: JPEG by another libjpeg may round
 * otherwise; BMP to gray TensorFlow has not. */
static int tolerance_of(const char *name) { return strstr(name, ".jpg") ? 2 : 0; }

static void expect_pixels(const zip *z, const char *name, int channels) {
    mica_error err = {0};
    char array[128];
    array_bytes a;
    file_bytes file;
    image i = {0};
    snprintf(array, sizeof array, "%s_%d", name, channels);
    if (!npz_has(z, array)) return;
    ASSERT_OK(npz_read(z, array, &a, &err));
    snprintf(array, sizeof array, DATA "images/%s", name);
    ASSERT_OK(file_read(array, &file, &err));
    ASSERT_OK(image_decode(file.data, file.size, (image_wish){channels, false}, array, &i, &err));
    assert_int_equal(i.height, a.shape.dims[0]);
    assert_int_equal(i.width, a.shape.dims[1]);
    assert_int_equal(i.channels, channels);
    const unsigned char *expected = (unsigned char *)a.bytes->data + a.offset;
    for (int64_t k = 0; k < i.width * i.height * channels; k++)
        if (abs(i.pixels[k] - expected[k]) > tolerance_of(name))
            fail_msg("%s, %d channels: value %lld is %d, expected %d", name, channels, (long long)k,
                     i.pixels[k], expected[k]);
    image_free(&i);
    free(file.data);
    buffer_drop(a.bytes);
}

static const char *const names[] = {
#ifdef HAVE_PNG
    "rgb.png",    "rgba.png",       "gray.png",        "gray_alpha.png",
    "gray16.png", "bits1.png",      "palette.png",     "palette_transparent.png",
    "rgb16.png",  "interlaced.png",
#endif
#ifdef HAVE_JPEG
    "color.jpg",  "subsampled.jpg", "progressive.jpg", "gray.jpg",
    "cmyk.jpg",   "rotated.jpg",
#endif
    "rgb.bmp",
};

TEST(image_decodes_as_tensorflow) {
    mica_error err = {0};
    zip z;
    ASSERT_OK(zip_open(&z, DATA "pixels.npz", &err));
    for (size_t i = 0; i < LENGTH(names); i++)
        for (int channels = 1; channels <= 4; channels++)
            /* to PNGs of 1 and 4 bits TensorFlow adds an alpha of 1 and 15, where 255 is opaque */
            if (channels < 4 || (strcmp(names[i], "bits1.png") && strcmp(names[i], "palette.png")))
                expect_pixels(&z, names[i], channels);
    zip_close(&z);
}

static void decode_file(const char *name, int channels, image *i) {
    mica_error err = {0};
    char path[128];
    file_bytes file;
    snprintf(path, sizeof path, DATA "images/%s", name);
    ASSERT_OK(file_read(path, &file, &err));
    ASSERT_OK(image_decode(file.data, file.size, (image_wish){channels, false}, path, i, &err));
    free(file.data);
}

/* Without loss, these hold the same picture. */
TEST(image_bmp_and_ppm_hold_the_same_picture) {
    image bmp = {0}, ppm = {0}, gray = {0}, rgba = {0};
    decode_file("rgb.bmp", 3, &bmp);
    decode_file("rgb.ppm", 3, &ppm);
    assert_int_equal(bmp.width, 34);
    assert_int_equal(bmp.height, 21);
    assert_memory_equal(bmp.pixels, ppm.pixels, 34 * 21 * 3);
    decode_file("gray.pgm", 1, &gray);
    decode_file("rgb.ppm", 1, &bmp);
    for (int i = 0; i < 34 * 21; i++) assert_true(abs(gray.pixels[i] - bmp.pixels[i]) <= 1);
    decode_file("rgb.ppm", 4, &rgba);
    for (int i = 0; i < 34 * 21; i++) {
        assert_memory_equal(rgba.pixels + 4 * i, ppm.pixels + 3 * i, 3);
        assert_int_equal(rgba.pixels[4 * i + 3], 255);
    }
    decode_file("palette.bmp", 3, &bmp);
    assert_int_equal(bmp.height, 21);
    image_free(&bmp), image_free(&ppm), image_free(&gray), image_free(&rgba);
}

TEST(image_look_tells_size_and_kind_without_decoding) {
    static const struct {
        const char *name;
        image_kind kind;
        int channels;
    } cases[] = {{"rgb.png", IMAGE_PNG, 3},
                 {"rgba.png", IMAGE_PNG, 4},
                 {"gray16.png", IMAGE_PNG, 1},
                 {"gray_alpha.png", IMAGE_PNG, 2},
                 {"palette_transparent.png", IMAGE_PNG, 4},
                 {"color.jpg", IMAGE_JPEG, 3},
                 {"gray.jpg", IMAGE_JPEG, 1},
                 {"progressive.jpg", IMAGE_JPEG, 3},
                 {"rgb.bmp", IMAGE_BMP, 3},
                 {"gray.pgm", IMAGE_PPM, 1}};
    mica_error err = {0};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char path[128];
        file_bytes file;
        image_facts facts;
        snprintf(path, sizeof path, DATA "images/%s", cases[i].name);
        ASSERT_OK(file_read(path, &file, &err));
        ASSERT_OK(image_look(file.data, file.size, path, &facts, &err));
        assert_int_equal(facts.kind, cases[i].kind);
        assert_int_equal(facts.width, 34);
        assert_int_equal(facts.height, 21);
        assert_int_equal(facts.channels, cases[i].channels);
        free(file.data);
    }
}

/* Every cut is refused, but for trailing bytes that hold no pixel; and looking is never stricter
 * than decoding. */
TEST(image_cut_short_is_refused) {
    mica_error err = {0};
    for (size_t k = 0; k < LENGTH(names); k++) {
        char path[128];
        size_t size, good = 0;
        image i = {0};
        image_facts facts;
        snprintf(path, sizeof path, DATA "images/%s", names[k]);
        unsigned char *bytes = get_file(path, &size);
        for (size_t n = 0; n < size; n++) {
            unsigned char *exact = malloc(n + 1);
            memcpy(exact, bytes, n);
            mica_status decoded = image_decode(exact, n, (image_wish){3, false}, "cut", &i, &err);
            mica_status looked = image_look(exact, n, "cut", &facts, &err);
            good += decoded == MICA_OK;
            if (decoded == MICA_OK && n < size - 2)
                fail_msg("%s: %zu of %zu bytes decode", names[k], n, size);
            if (n < size - 2) assert_int_not_equal(looked, MICA_OK);
            assert_non_null(strstr(err.message, "cut"));
            free(exact);
        }
        assert_true(good <= 2);
        image_free(&i);
        free(bytes);
    }
}

static void flip_every_bit(const char *name) {
    char path[128];
    size_t size;
    image i = {0};
    image_facts facts;
    snprintf(path, sizeof path, DATA "images/%s", name);
    unsigned char *bytes = get_file(path, &size);
    for (size_t bit = 0; bit < size * 8; bit += 3) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        image_look(bytes, size, "flipped", &facts, NULL);
        image_decode(bytes, size, (image_wish){3, false}, "flipped", &i, NULL);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    image_free(&i);
    free(bytes);
}

TEST(image_with_a_flipped_bit_does_no_harm) {
    for (size_t k = 0; k < LENGTH(names); k++) flip_every_bit(names[k]);
}

TEST(image_refuses_bombs_and_lying_headers) {
    mica_error err = {0};
    image i = {0};
    image_facts facts;
    size_t size;
    unsigned char *bytes = get_file(DATA "images/rgb.bmp", &size);
    bytes[20] = 1; /* width 65570 */
    ASSERT_FAILS(image_decode(bytes, size, (image_wish){3, false}, "wide.bmp", &i, &err),
                 MICA_FORMAT, "wide.bmp: the BMP is cut short");
    free(bytes);
    ASSERT_FAILS(
        image_decode("P6 60000 60000 255 x", 20, (image_wish){3, false}, "big.ppm", &i, &err),
        MICA_FORMAT, "60000 x 60000 pixels");
    ASSERT_FAILS(image_look("P6 0 4 255 ", 11, "none.ppm", &facts, &err), MICA_FORMAT,
                 "0 x 4 pixels");
#ifdef HAVE_PNG
    bytes = get_file(DATA "images/rgb.png", &size);
    bytes[18] = bytes[22] = 0xea, bytes[19] = bytes[23] = 0x60; /* 60000 x 60000 */
    ASSERT_FAILS(image_look(bytes, size, "bomb.png", &facts, &err), MICA_FORMAT,
                 "60000 x 60000 pixels");
    assert_int_equal(image_decode(bytes, size, (image_wish){3, false}, "bomb.png", &i, &err),
                     MICA_FORMAT);
    free(bytes);
#endif
#ifdef HAVE_JPEG
    bytes = get_file(DATA "images/color.jpg", &size);
    unsigned char *frame = memmem(bytes, size, "\xff\xc0", 2);
    assert_non_null(frame);
    frame[5] = frame[7] = 0xea, frame[6] = frame[8] = 0x60;
    ASSERT_FAILS(image_decode(bytes, size, (image_wish){3, false}, "bomb.jpg", &i, &err),
                 MICA_FORMAT, "60000 x 60000 pixels");
    frame[5] = frame[7] = 0x20, frame[6] = frame[8] = 0; /* 8192 x 8192 in a kilobyte */
    ASSERT_FAILS(image_decode(bytes, size, (image_wish){3, false}, "lie.jpg", &i, &err),
                 MICA_FORMAT, "claims 8192 x 8192 pixels");
    free(bytes);
#endif
    assert_null(i.pixels);
    image_free(&i); /* what a decoder keeps for the next picture */
}

TEST(image_names_what_it_found_instead_of_a_picture) {
    mica_error err = {0};
    image i = {0};
    ASSERT_FAILS(image_decode("", 0, (image_wish){3, false}, "a.jpg", &i, &err), MICA_FORMAT,
                 "a.jpg: an empty file");
    ASSERT_FAILS(image_decode("hello", 5, (image_wish){3, false}, "a.jpg", &i, &err), MICA_FORMAT,
                 "a.jpg: not a picture (JPEG, PNG, WebP, BMP, PPM): it begins with 68 65 6c 6c");
    ASSERT_FAILS(image_decode("GIF89a....", 10, (image_wish){3, false}, "a.gif", &i, &err),
                 MICA_UNSUPPORTED, "a.gif: a GIF");
}

TEST(png_written_is_read_back) {
    mica_error err = {0};
    unsigned char pixels[13 * 7 * 4];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i * 31 + i / 9);
    for (int channels = 1; channels <= 4; channels++) {
        file_bytes file;
        image_facts facts;
        ASSERT_OK(png_write(in_folder("w.png"), 13, 7, channels, pixels, &err));
        ASSERT_OK(file_read(in_folder("w.png"), &file, &err));
        ASSERT_OK(image_look(file.data, file.size, "w.png", &facts, &err));
        assert_int_equal(facts.width, 13);
        assert_int_equal(facts.channels, channels);
#ifdef HAVE_PNG
        image i = {0};
        ASSERT_OK(image_decode(file.data, file.size, (image_wish){0, false}, "w.png", &i, &err));
        assert_int_equal(i.channels, channels);
        assert_memory_equal(i.pixels, pixels, 13 * 7 * (size_t)channels);
        image_free(&i);
#endif
        free(file.data);
    }
    ASSERT_FAILS(png_write(in_folder("w.png"), 0, 7, 1, pixels, &err), MICA_VALUE, "0 x 7 pixels");
}

RUN_TESTS(UNIT(image_decodes_as_tensorflow), UNIT(image_bmp_and_ppm_hold_the_same_picture),
          UNIT(image_look_tells_size_and_kind_without_decoding), UNIT(image_cut_short_is_refused),
          UNIT(image_with_a_flipped_bit_does_no_harm), UNIT(image_refuses_bombs_and_lying_headers),
          UNIT(image_names_what_it_found_instead_of_a_picture), UNIT(png_written_is_read_back))
