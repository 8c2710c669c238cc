/* See tfrecord.h. */
#include "codec/tfrecord.h"

/* The polynomial 0x1EDC6F41, reflected; a byte at a time, without a table: records are small. */
uint32_t crc32c(const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < count; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0x82f63b78u & (0u - (crc & 1u)));
    }
    return ~crc;
}

uint32_t crc32c_masked(const void *bytes, size_t count) {
    uint32_t crc = crc32c(bytes, count);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static void put(unsigned char *out, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) out[i] = (unsigned char)(value >> 8 * i);
}

mica_status tfrecord_write(FILE *file, const char *path, const void *bytes, size_t count,
                           mica_error *err) {
    unsigned char head[12], tail[4];
    put(head, count, 8);
    put(head + 8, crc32c_masked(head, 8), 4);
    put(tail, crc32c_masked(bytes, count), 4);
    bool done = fwrite(head, 1, sizeof head, file) == sizeof head &&
                fwrite(bytes, 1, count, file) == count &&
                fwrite(tail, 1, sizeof tail, file) == sizeof tail;
    return done ? MICA_OK : fail_errno(err, path, "write");
}
