/* BMPs of all kinds against what Pillow reads (tools/record_bmp.py), and headers that lie. */
#include "codec/image_kinds.h"

#include "codec/npz.h"
#include "support/folder.h"

static const char *const kinds[] = {
    "palette1",     "palette4",        "palette8",     "palette8_down", "palette8_short",
    "gray8",        "core1",           "core8",        "core24",        "palette4_forgotten",
    "plain16",      "plain24_os2",     "masks16_565",  "masks16_555",   "masks24",
    "masks32_0",    "masks32_1",       "masks32_2",    "masks32_3",     "masks32_4",
    "masks32_5",    "masks32_6",       "masks32_none", "masks32_40",    "masks16_4444",
    "masks16_5551", "masks32_1010102", "runs8",        "runs4",         "runs8_without_end",
    "runs4_down"};

static array_bytes array_of(const zip *z, const char *kind, const char *what) {
    mica_error err = {0};
    array_bytes a;
    char name[64];
    snprintf(name, sizeof name, "%s.%s", kind, what);
    ASSERT_OK(npz_read(z, name, &a, &err));
    return a;
}

static const unsigned char *bytes_of(const array_bytes *a) {
    return (unsigned char *)a->bytes->data + a->offset;
}

TEST(bitmaps_are_read_as_pillow_reads_them) {
    mica_error err = {0};
    zip z;
    ASSERT_OK(zip_open(&z, "tests/recorded/data/bmp.npz", &err));
    for (size_t k = 0; k < LENGTH(kinds); k++) {
        array_bytes file = array_of(&z, kinds[k], "file"),
                    pixels = array_of(&z, kinds[k], "pixels");
        image i = {0};
        image_facts facts;
        const size_t size = (size_t)file.shape.dims[0];
        ASSERT_OK(image_look(bytes_of(&file), size, kinds[k], &facts, &err));
        ASSERT_OK(image_decode(bytes_of(&file), size, (image_wish){0}, kinds[k], &i, &err));
        if (i.height != pixels.shape.dims[0] || i.width != pixels.shape.dims[1] ||
            i.channels != pixels.shape.dims[2] || facts.channels != i.channels)
            fail_msg("%s: (%d, %d, %d)", kinds[k], (int)i.height, (int)i.width, (int)i.channels);
        for (int64_t p = 0; p < i.width * i.height * i.channels; p++)
            if (i.pixels[p] != bytes_of(&pixels)[p])
                fail_msg("%s: value %d is %d, expected %d", kinds[k], (int)p, i.pixels[p],
                         bytes_of(&pixels)[p]);
        image_free(&i);
        buffer_drop(file.bytes), buffer_drop(pixels.bytes);
    }
    zip_close(&z);
}

/* Whatever is cut off is missed, but for the end of runs that are whole; header and pixels agree.
 */
TEST(bitmaps_that_are_cut_short_are_refused) {
    mica_error err = {0};
    zip z;
    ASSERT_OK(zip_open(&z, "tests/recorded/data/bmp.npz", &err));
    for (size_t k = 0; k < LENGTH(kinds); k++) {
        array_bytes file = array_of(&z, kinds[k], "file");
        const size_t whole = (size_t)file.shape.dims[0], end = strncmp(kinds[k], "runs", 4) ? 0 : 5;
        for (size_t size = 2; size < whole - end; size++) {
            unsigned char *part = malloc(size); /* of that size alone: for a sanitizer */
            image i = {0};
            image_facts facts;
            memcpy(part, bytes_of(&file), size);
            mica_status status = bmp_decode(part, size, kinds[k], &i, &err);
            if (status == MICA_OK) fail_msg("%s: read of %zu bytes", kinds[k], size);
            assert_int_equal(bmp_look(part, size, kinds[k], &facts, &err), status);
            image_free(&i);
            free(part);
        }
        buffer_drop(file.bytes);
    }
    zip_close(&z);
}

typedef struct lie {
    const char *kind;
    size_t at;
    unsigned char bytes[4];
    mica_status status;
    const char *message;
} lie;

TEST(bitmaps_with_absurd_headers_are_refused) {
    static const lie lies[] = {
        {"palette8", 18, {0, 0, 0, 127}, MICA_FORMAT, "x 7 pixels, expected 1 to"},
        {"palette8", 22, {0, 0, 0, 0x80}, MICA_FORMAT, "13 x 2147483648 pixels"},
        {"palette8", 18, {0, 0, 1, 0}, MICA_FORMAT, "cut short: 1190 bytes, expected 458752 of pi"},
        {"palette8", 14, {0, 5, 0, 0}, MICA_FORMAT, "of an unknown kind or cut short"},
        {"palette8", 14, {16, 0, 0, 0}, MICA_FORMAT, "of an unknown kind"},
        {"palette8", 28, {2, 0, 0, 0}, MICA_UNSUPPORTED, "a BMP of 2 bits, packing 0; expected"},
        {"palette8", 30, {2, 0, 0, 0}, MICA_UNSUPPORTED, "a BMP of 8 bits, packing 2"},
        {"palette8", 30, {4, 0, 0, 0}, MICA_UNSUPPORTED, "a BMP of 8 bits, packing 4"},
        {"palette8", 46, {1, 0, 1, 0}, MICA_FORMAT, "a BMP of 65537 colours, expected at most 256"},
        {"palette8", 10, {0, 0, 1, 0}, MICA_FORMAT, "expected 65536 of what is before pixels"},
        {"masks16_565", 54, {0, 0xF1, 0, 0}, MICA_FORMAT, "bit masks 0000f100, 000007e0"},
        {"masks16_565", 54, {0, 0, 1, 0}, MICA_FORMAT, "in 16 bits; expected masks without gaps"},
        {"masks32_3", 66, {0, 0xFF, 0, 0}, MICA_FORMAT, "expected masks without gaps that are apa"},
        {"runs8", 18, {0, 0, 16, 0}, MICA_FORMAT, "1048576 x 7 pixels, its runs at most"},
    };
    mica_error err = {0};
    zip z;
    ASSERT_OK(zip_open(&z, "tests/recorded/data/bmp.npz", &err));
    for (size_t k = 0; k < LENGTH(lies); k++) {
        array_bytes file = array_of(&z, lies[k].kind, "file");
        const size_t size = (size_t)file.shape.dims[0];
        unsigned char *bytes = malloc(size);
        image i = {0};
        memcpy(bytes, bytes_of(&file), size);
        memcpy(bytes + lies[k].at, lies[k].bytes, lies[k].at == 28 ? 2 : 4);
        ASSERT_FAILS(bmp_decode(bytes, size, "lie.bmp", &i, &err), lies[k].status, lies[k].message);
        image_free(&i);
        free(bytes);
        buffer_drop(file.bytes);
    }
    zip_close(&z);
}

RUN_TESTS(UNIT(bitmaps_are_read_as_pillow_reads_them), UNIT(bitmaps_that_are_cut_short_are_refused),
          UNIT(bitmaps_with_absurd_headers_are_refused))
