/* Packed files: what xz and zstd packed, cut short, damaged, or bombs. */
#include "build_config.h"
#include "codec/text_file.h"
#include "codec/unpack.h"

#include "support/folder.h"

#ifdef HAVE_LZMA
#include <lzma.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

static mica_error err;

#if defined(HAVE_LZMA) || defined(HAVE_ZSTD)
enum { SIZE = 300000, ROOM = 400000 };

static void fill(char *text) {
    for (int i = 0; i < SIZE; i++) text[i] = (char)("abc,\n"[i % 5]);
}

/* Whole: the text; any begin of it, or a byte changed: an error or the text, nothing worse. */
static void check(const char *kind, unsigned char *packed, size_t size, const char *text) {
    file_bytes out;
    assert_string_equal(packed_kind(packed, size), kind);
    ASSERT_OK(unpack(packed, size, "t", &out, &err));
    assert_int_equal(out.size, SIZE);
    assert_memory_equal(out.data, text, SIZE);
    free(out.data);
    for (size_t n = 8; n < size; n += 1 + size / 50) {
        ASSERT_FAILS(unpack(packed, n, "t", &out, &err), MICA_FORMAT, "t: the ");
        packed[n] ^= 0x55;
        if (unpack(packed, size, "t", &out, &err) == MICA_OK) free(out.data);
        packed[n] ^= 0x55;
    }
    const char *path = in_folder("t.packed");
    text_file file;
    put_file(path, packed, size);
    ASSERT_OK(text_file_read(path, NULL, NULL, &file, &err));
    assert_int_equal(file.size, SIZE);
    text_file_free(&file);
}
#endif

TEST(xz_is_unpacked) {
#ifdef HAVE_LZMA
    char *text = malloc(SIZE);
    unsigned char *packed = malloc(ROOM);
    size_t size = 0;
    fill(text);
    assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, (uint8_t *)text, SIZE,
                                             packed, &size, ROOM),
                     LZMA_OK);
    check("xz", packed, size, text);
    free(text);
    free(packed);
#else
    file_bytes out;
    ASSERT_FAILS(unpack("\xfd"
                        "7zXZ\0",
                        6, "t", &out, &err),
                 MICA_UNSUPPORTED, "liblzma");
#endif
}

TEST(zstd_is_unpacked) {
#ifdef HAVE_ZSTD
    char *text = malloc(SIZE);
    unsigned char *packed = malloc(ROOM);
    fill(text);
    size_t size = ZSTD_compress(packed, ROOM, text, SIZE, 3);
    assert_false(ZSTD_isError(size));
    check("zstd", packed, size, text);
    free(text);
    free(packed);
#else
    file_bytes out;
    ASSERT_FAILS(unpack("\x28\xb5\x2f\xfd", 4, "t", &out, &err), MICA_UNSUPPORTED, "libzstd");
#endif
}

RUN_TESTS(UNIT(xz_is_unpacked), UNIT(zstd_is_unpacked))
