/* Records and TensorBoard's events: known CRCs, and the bytes of an event. That TensorFlow reads
 * them is asked by tests/interop/test_tensor_board.py. */
#include "codec/event.h"
#include "codec/tfrecord.h"
#include "support/testing.h"

#include <string.h>
#include <unistd.h>

TEST(crc32c_equals_the_standard) { /* RFC 3720, B.4 */
    unsigned char bytes[32] = {0};
    assert_int_equal(crc32c("123456789", 9), 0xe3069283u);
    assert_int_equal(crc32c(bytes, 32), 0x8a9136aau);
    memset(bytes, 0xff, 32);
    assert_int_equal(crc32c(bytes, 32), 0x62a8ab43u);
    assert_int_equal(crc32c_masked("123456789", 9), 0xc78ab0e5u);
}

TEST(a_record_is_framed_by_length_and_checksums) {
    unsigned char bytes[64];
    mica_error err = {0};
    FILE *file = tmpfile();
    ASSERT_OK(tfrecord_write(file, "a file", "abc", 3, &err));
    rewind(file);
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), 8 + 4 + 3 + 4);
    assert_int_equal(bytes[0], 3);
    assert_memory_equal(bytes + 12, "abc", 3);
    uint32_t crc;
    memcpy(&crc, bytes + 15, 4);
    assert_int_equal(crc, crc32c_masked("abc", 3));
    fclose(file);
}

TEST(a_file_begins_with_its_version_and_holds_scalars) {
    char folder[] = "/tmp/mica-events-XXXXXX", path[128], content[256];
    mica_error err = {0};
    event_file f;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/logs/train", folder);
    ASSERT_OK(event_open(&f, path, 1e9, &err));
    ASSERT_OK(event_scalar(&f, 1e9, 7, "epoch_loss", 0.5, &err));
    ASSERT_OK(event_flush(&f, &err));
    FILE *file = fopen(f.path, "rb");
    size_t n = fread(content, 1, sizeof content, file);
    fclose(file);
    /* double 1, string 3; then double 1, varint 2 = 7, message 5 of message 1 of tag and float */
    assert_memory_equal(content + 12 + 9,
                        "\x1a\x0d"
                        "brain.Event:2",
                        15);
    const char *event = content + 12 + 24 + 4 + 12;
    assert_memory_equal(event + 9,
                        "\x10\x07\x2a\x13\x0a\x11\x0a\x0a"
                        "epoch_loss\x15\0\0\0\x3f",
                        23);
    assert_int_equal(n, 12 + 24 + 4 + 12 + 32 + 4);
    unlink(f.path);
    event_close(&f);
    assert_int_equal(rmdir(path), 0);
}

TEST(a_folder_that_cannot_be_made_is_told) {
    mica_error err = {0};
    event_file f;
    ASSERT_FAILS(event_open(&f, "/dev/null/logs", 0, &err), MICA_IO, "/dev/null");
    event_close(&f);
}

RUN_TESTS(UNIT(crc32c_equals_the_standard), UNIT(a_record_is_framed_by_length_and_checksums),
          UNIT(a_file_begins_with_its_version_and_holds_scalars),
          UNIT(a_folder_that_cannot_be_made_is_told))
