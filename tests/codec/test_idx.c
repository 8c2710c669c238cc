#include "codec/idx.h"

#include "support/folder.h"

static mica_status decode(const void *bytes, size_t size, array_bytes *a, mica_error *err) {
    file_bytes copy = {malloc(size + 1), size};
    memcpy(copy.data, bytes, size);
    return idx_decode(copy, "f.idx", a, err);
}

TEST(idx_reads_the_types_in_big_endian) {
    mica_error err = {0};
    array_bytes a;
    static const unsigned char shorts[] = {0, 0, 0x0B, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xfe, 1, 2};
    ASSERT_OK(decode(shorts, sizeof shorts, &a, &err));
    assert_int_equal(a.dtype, MICA_INT16);
    assert_int_equal(a.shape.rank, 2);
    int16_t *s = (int16_t *)(void *)((char *)a.bytes->data + a.offset);
    assert_int_equal(s[0], -2);
    assert_int_equal(s[1], 258);
    buffer_drop(a.bytes);
    /* a double after an even number of axes would lie at an odd address: it is moved */
    static const unsigned char real[] = {0, 0, 0x0E, 2,    0, 0, 0, 1, 0, 0,
                                         0, 1, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0};
    ASSERT_OK(decode(real, sizeof real, &a, &err));
    assert_int_equal(((uintptr_t)a.bytes->data + a.offset) % 8, 0);
    assert_true(*(double *)(void *)((char *)a.bytes->data + a.offset) == 1.5);
    buffer_drop(a.bytes);
}

TEST(idx_names_what_is_wrong) {
    mica_error err = {0};
    array_bytes a;
    static const unsigned char good[] = {0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9};
    ASSERT_OK(decode(good, sizeof good, &a, &err));
    buffer_drop(a.bytes);
    ASSERT_FAILS(decode(good, 10, &a, &err), MICA_FORMAT,
                 "f.idx: 2 bytes of data, expected 3 for (3,) of uint8");
    ASSERT_FAILS(decode(good, 6, &a, &err), MICA_FORMAT,
                 "header is cut short: 6 bytes, expected 8");
    ASSERT_FAILS(decode("", 0, &a, &err), MICA_FORMAT, "not an IDX file: 0 bytes");
    ASSERT_FAILS(decode("\x89PNG\r\n", 6, &a, &err), MICA_FORMAT, "begin with 89 50 4e 47");
    ASSERT_FAILS(decode("\0\0\7\1\0\0\0\0", 8, &a, &err), MICA_FORMAT, "begin with 00 00 07 01");
    ASSERT_FAILS(decode("\0\0\x08\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16, &a, &err),
                 MICA_FORMAT, "0 bytes of data");
}

TEST(idx_reads_mnist) {
    mica_error err = {0};
    array_bytes a;
    ASSERT_OK(idx_read("data/mnist/t10k-images-idx3-ubyte.gz", &a, &err));
    assert_int_equal(a.dtype, MICA_UINT8);
    assert_true(shape_equal(&a.shape, &(shape){3, {10000, 28, 28}}));
    unsigned char *pixels = (unsigned char *)a.bytes->data + a.offset;
    uint64_t sum = 0;
    for (int64_t i = 0; i < shape_size(&a.shape); i++) sum += pixels[i];
    assert_int_equal(sum, 264923200); /* numpy: x_test.sum() */
    buffer_drop(a.bytes);
}

RUN_TESTS(UNIT(idx_reads_the_types_in_big_endian), UNIT(idx_names_what_is_wrong),
          UNIT(idx_reads_mnist))
