#include "codec/gzip.h"

#include "support/folder.h"

#include <zlib.h>

/* One gzip member by zlib. */
static size_t pack(const void *bytes, size_t size, unsigned char *out, size_t room) {
    z_stream z = {.next_in = (unsigned char *)bytes,
                  .avail_in = (unsigned)size,
                  .next_out = out,
                  .avail_out = (unsigned)room};
    deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

TEST(gzip_unpacks_one_and_many_members) {
    mica_error err = {0};
    unsigned char packed[4096];
    char text[1000];
    file_bytes out;
    memset(text, 'q', sizeof text);
    size_t n = pack(text, sizeof text, packed, sizeof packed);
    assert_true(gzip_is(packed, n));
    ASSERT_OK(gzip_unpack(packed, n, "one.gz", &out, &err));
    assert_int_equal(out.size, 1000);
    assert_memory_equal(out.data, text, 1000);
    free(out.data);
    n += pack("second", 6, packed + n, sizeof packed - n);
    n += pack("", 0, packed + n, sizeof packed - n);
    n += pack(text, sizeof text, packed + n, sizeof packed - n);
    ASSERT_OK(gzip_unpack(packed, n, "many.gz", &out, &err));
    assert_int_equal(out.size, 2006);
    assert_memory_equal(out.data + 1000, "second", 6);
    free(out.data);
    memset(packed + n, 0, 100); /* padding, as of tapes */
    ASSERT_OK(gzip_unpack(packed, n + 100, "padded.gz", &out, &err));
    assert_int_equal(out.size, 2006);
    free(out.data);
}

TEST(gzip_refuses_every_cut_and_every_flipped_bit_that_matters) {
    mica_error err = {0};
    unsigned char packed[4096];
    char text[300];
    file_bytes out;
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)(i * i % 251);
    size_t n = pack(text, sizeof text, packed, sizeof packed);
    for (size_t cut = 0; cut < n; cut++)
        ASSERT_FAILS(gzip_unpack(packed, cut, "cut.gz", &out, &err), MICA_FORMAT,
                     "cut.gz: the gzip data is cut short");
    int good = 0;
    for (size_t i = 80; i < n * 8;
         i++) { /* behind the header, whose time and system do not matter */
        packed[i / 8] ^= (unsigned char)(1 << i % 8);
        if (gzip_unpack(packed, n, "flipped.gz", &out, &err) == MICA_OK) { /* a bit of padding */
            assert_int_equal(out.size, sizeof text);
            assert_memory_equal(out.data, text, sizeof text);
            good++;
            free(out.data);
        }
        packed[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    assert_true(good < 8);
}

TEST(gzip_does_not_believe_the_size_in_the_trailer) {
    mica_error err = {0};
    unsigned char packed[256];
    file_bytes out;
    size_t n = pack("abc", 3, packed, sizeof packed);
    memset(packed + n - 4, 0xff, 4);
    assert_int_equal(gzip_unpack(packed, n, "lie.gz", &out, &err), MICA_FORMAT);
    assert_null(out.data);
}

RUN_TESTS(UNIT(gzip_unpacks_one_and_many_members),
          UNIT(gzip_refuses_every_cut_and_every_flipped_bit_that_matters),
          UNIT(gzip_does_not_believe_the_size_in_the_trailer))
