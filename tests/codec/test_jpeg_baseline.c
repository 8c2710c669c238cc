/* The own decoder of baseline JPEGs against libjpeg: the same bits, by every instruction set. */
#include "build_config.h"
#include "codec/image.h"

#include "support/testing.h"

#ifdef HAVE_JPEG
#include <jpeglib.h>

typedef struct kind {
    int width, height, channels, wide, high, quality, restart;
} kind;

/* Smooth and rough parts, from a seed. */
static unsigned char *draw(const kind *k) {
    unsigned char *pixels = malloc((size_t)(k->width * k->height * k->channels));
    unsigned seed = (unsigned)(k->width * 31 + k->height);
    for (int y = 0, i = 0; y < k->height; y++)
        for (int x = 0; x < k->width; x++)
            for (int c = 0; c < k->channels; c++, i++) {
                seed = seed * 1664525 + 1013904223;
                int noise = (x / 16 + y / 16) % 3 == 0 ? (int)(seed >> 24) - 128 : 0;
                int value = 128 + (c - 1) * x * 3 + y * 2 + noise;
                pixels[i] = (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
            }
    return pixels;
}

static unsigned char *encode(const kind *k, unsigned long *size) {
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL, *pixels = draw(k);
    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &bytes, size);
    j.image_width = (unsigned)k->width, j.image_height = (unsigned)k->height;
    j.input_components = k->channels;
    j.in_color_space = k->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&j);
    jpeg_set_quality(&j, k->quality, TRUE);
    j.comp_info[0].h_samp_factor = k->wide, j.comp_info[0].v_samp_factor = k->high;
    j.restart_interval = (unsigned)k->restart;
    jpeg_start_compress(&j, TRUE);
    while (j.next_scanline < j.image_height) {
        JSAMPROW row = pixels + j.next_scanline * (unsigned)(k->width * k->channels);
        jpeg_write_scanlines(&j, &row, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    free(pixels);
    return bytes;
}

/* libjpeg's pixels, at so many eighths. */
static unsigned char *decode(const unsigned char *bytes, unsigned long size, int channels,
                             int eighths, int *width, int *height) {
    struct jpeg_decompress_struct j;
    struct jpeg_error_mgr errors;
    j.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&j);
    jpeg_mem_src(&j, bytes, size);
    jpeg_read_header(&j, TRUE);
    j.dct_method = eighths == 8 ? JDCT_IFAST : JDCT_ISLOW;
    j.scale_num = (unsigned)eighths, j.scale_denom = 8;
    j.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&j);
    *width = (int)j.output_width, *height = (int)j.output_height;
    unsigned char *pixels = malloc((size_t)(*width * *height * channels));
    while (j.output_scanline < j.output_height) {
        JSAMPROW row = pixels + j.output_scanline * (unsigned)(*width * channels);
        jpeg_read_scanlines(&j, &row, 1);
    }
    jpeg_finish_decompress(&j);
    jpeg_destroy_decompress(&j);
    return pixels;
}

static void expect(const kind *k, int channels, int eighths, int tolerance) {
    mica_error err = {0};
    unsigned long size = 0;
    int width, height;
    unsigned char *bytes = encode(k, &size);
    unsigned char *want = decode(bytes, size, channels, eighths, &width, &height);
    image own = {0};
    image_wish wish = {.channels = channels, .by_rows = true};
    if (eighths < 8)
        wish.fit_height = k->height * eighths / 8, wish.fit_width = k->width * eighths / 8;
    ASSERT_OK(image_decode(bytes, size, wish, "own", &own, &err));
    assert_true(own.by_rows); /* not by libjpeg */
    assert_int_equal(own.width, width);
    assert_int_equal(own.height, height);
    for (int y = 0; y < height; y++) {
        const unsigned char *row = image_row(&own, y);
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++) {
                int found = row[x * own.channels + c],
                    expected = want[(y * width + x) * channels + c];
                if (abs(found - expected) > tolerance)
                    fail_msg("%d x %d, sampling %d x %d, quality %d, %d eighths: (%d, %d, %d) is "
                             "%d, expected %d",
                             k->width, k->height, k->wide, k->high, k->quality, eighths, y, x, c,
                             found, expected);
            }
    }
    image_free(&own);
    free(want);
    free(bytes);
}

static const char *const sets[] = {"baseline", "avx2", "avx512"};

TEST(jpeg_baseline_gives_the_bits_of_libjpeg) {
    static const int samplings[][3] = {{3, 1, 1}, {3, 2, 1}, {3, 2, 2}, {1, 1, 1}};
    static const int sizes[][2] = {{1, 1},   {5, 3},   {8, 8},    {16, 16}, {17, 9},
                                   {33, 40}, {70, 31}, {129, 65}, {500, 37}};
    static const int qualities[] = {3, 50, 90, 100};
    for (size_t set = 0; set < LENGTH(sets); set++) {
        setenv("MICA_ISA", sets[set], 1);
        for (size_t s = 0; s < LENGTH(samplings); s++)
            for (size_t z = 0; z < LENGTH(sizes); z++)
                for (size_t q = 0; q < LENGTH(qualities); q++) {
                    kind k = {sizes[z][0],     sizes[z][1],  samplings[s][0], samplings[s][1],
                              samplings[s][2], qualities[q], (int)(z % 3) * 3};
                    /* less than 3 samples of half chroma are libjpeg's */
                    if (k.wide == 2 && (k.width + 1) / 2 <= 2) continue;
                    expect(&k, 3, 8, 0);
                    expect(&k, 1, 8, 0);
                }
    }
    unsetenv("MICA_ISA");
}

/* A picture in gray is the transform alone. Not for 2 and 4 points: there libjpeg's is another. */
TEST(jpeg_baseline_scales_as_libjpeg) {
    const kind gray = {160, 96, 1, 1, 1, 95, 0}, half = {160, 96, 3, 2, 2, 95, 0};
    for (size_t set = 0; set < LENGTH(sets); set++) {
        setenv("MICA_ISA", sets[set], 1);
        for (int eighths = 1; eighths < 8; eighths++)
            if (eighths != 2 && eighths != 4) expect(&gray, 1, eighths, 2);
        expect(&half, 3, 3, 4); /* chroma has its whole size */
    }
    unsetenv("MICA_ISA");
}

TEST(jpeg_baseline_leaves_what_is_unusual_to_libjpeg) {
    mica_error err = {0};
    unsigned long size = 0;
    const kind k = {64, 48, 3, 1, 2, 90, 0}; /* half height alone */
    unsigned char *bytes = encode(&k, &size);
    image i = {0};
    ASSERT_OK(
        image_decode(bytes, size, (image_wish){.channels = 3, .by_rows = true}, "tall", &i, &err));
    assert_false(i.by_rows);
    image_free(&i);
    free(bytes);
}

/* Room is kept from picture to picture: what a larger one left behind is not seen. */
TEST(jpeg_baseline_forgets_the_picture_before) {
    mica_error err = {0};
    const kind large = {300, 200, 3, 2, 2, 40, 0}, small = {37, 21, 3, 2, 2, 90, 2};
    unsigned long size[2] = {0, 0};
    unsigned char *bytes[2] = {encode(&large, &size[0]), encode(&small, &size[1])};
    image kept = {0}, fresh = {0};
    image_wish wish = {.channels = 3};
    ASSERT_OK(image_decode(bytes[0], size[0], wish, "large", &kept, &err));
    ASSERT_FAILS(image_decode(bytes[0], size[0] / 2, wish, "cut", &kept, &err), MICA_FORMAT, "cut");
    ASSERT_OK(image_decode(bytes[1], size[1], wish, "small", &kept, &err));
    ASSERT_OK(image_decode(bytes[1], size[1], wish, "small", &fresh, &err));
    assert_memory_equal(kept.pixels, fresh.pixels, 37 * 21 * 3);
    image_free(&kept), image_free(&fresh);
    free(bytes[0]), free(bytes[1]);
}

RUN_TESTS(UNIT(jpeg_baseline_gives_the_bits_of_libjpeg), UNIT(jpeg_baseline_scales_as_libjpeg),
          UNIT(jpeg_baseline_leaves_what_is_unusual_to_libjpeg),
          UNIT(jpeg_baseline_forgets_the_picture_before))
#else
int main(void) { return 77; } /* skipped: this build reads no JPEG */
#endif
