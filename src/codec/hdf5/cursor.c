/* Reading the fields of a structure in order, never past its end. */
#include "codec/hdf5/internal.h"

#include <string.h>

h5_cursor h5_cursor_over(const h5_file *file, const uint8_t *bytes, uint64_t size,
                         const char *what) {
    return (h5_cursor){.at = bytes,
                       .start = bytes,
                       .end = bytes + size,
                       .place = file->base + (uint64_t)(bytes - file->bytes),
                       .offset_bytes = file->offset_bytes,
                       .length_bytes = file->length_bytes,
                       .what = what};
}

mica_status h5_cursor_at(h5_file *file, uint64_t address, uint64_t size, const char *what,
                         h5_cursor *cursor, mica_error *err) {
    const uint8_t *bytes;
    TRY(h5_bytes(file, address, size, what, &bytes, err));
    *cursor = h5_cursor_over(file, bytes, size, what);
    return MICA_OK;
}

uint64_t h5_left(const h5_cursor *cursor) { return (uint64_t)(cursor->end - cursor->at); }

uint64_t h5_place(const h5_cursor *cursor) {
    return cursor->place + (uint64_t)(cursor->at - cursor->start);
}

const uint8_t *h5_take_bytes(h5_cursor *cursor, uint64_t bytes) {
    if (cursor->overrun || bytes > h5_left(cursor)) {
        cursor->overrun = true;
        return NULL;
    }
    const uint8_t *at = cursor->at;
    cursor->at += bytes;
    return at;
}

uint64_t h5_take(h5_cursor *cursor, unsigned bytes) {
    const uint8_t *at = h5_take_bytes(cursor, bytes);
    uint64_t value = 0;
    if (at)
        while (bytes--) value = value << 8 | at[bytes];
    return value;
}

uint64_t h5_take_offset(h5_cursor *cursor) {
    uint64_t value = h5_take(cursor, cursor->offset_bytes);
    uint64_t ones = UINT64_MAX >> (64 - 8 * cursor->offset_bytes);
    return value == ones ? H5_UNDEFINED : value;
}

uint64_t h5_take_length(h5_cursor *cursor) { return h5_take(cursor, cursor->length_bytes); }

mica_status h5_check(const h5_cursor *cursor, mica_error *err) {
    if (!cursor->overrun) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s at byte %" PRIu64 ": ends after %zu bytes, expected more",
                cursor->what, cursor->place, (size_t)(cursor->end - cursor->start));
}

mica_status h5_expect_signature(h5_cursor *cursor, const char *signature, mica_error *err) {
    uint64_t place = h5_place(cursor);
    const uint8_t *at = h5_take_bytes(cursor, 4);
    if (at && !memcmp(at, signature, 4)) return MICA_OK;
    TRY(h5_check(cursor, err));
    return fail(err, MICA_FORMAT,
                "%s at byte %" PRIu64 ": begins with %02x %02x %02x %02x, expected \"%s\"",
                cursor->what, place, at[0], at[1], at[2], at[3], signature);
}

mica_status h5_expect_version(h5_cursor *cursor, unsigned low, unsigned high, unsigned *version,
                              mica_error *err) {
    uint64_t place = h5_place(cursor);
    unsigned found = (unsigned)h5_take(cursor, 1);
    TRY(h5_check(cursor, err));
    if (version) *version = found;
    if (found >= low && found <= high) return MICA_OK;
    return fail(err, found > high ? MICA_UNSUPPORTED : MICA_FORMAT,
                "%s: version %u at byte %" PRIu64 ", expected %u to %u", cursor->what, found, place,
                low, high);
}

/* Fuzzers cannot guess checksums; what they look for lies behind. */
static bool checksum_fits(uint32_t found, uint32_t expected) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    (void)found, (void)expected;
    return true;
#else
    return found == expected;
#endif
}

uint32_t h5_checksum_so_far(const h5_cursor *cursor) {
    return h5_lookup3(cursor->start, (size_t)(cursor->at - cursor->start));
}

mica_status h5_expect_checksum(h5_cursor *cursor, uint32_t expected, mica_error *err) {
    uint64_t place = h5_place(cursor);
    uint32_t found = (uint32_t)h5_take(cursor, 4);
    TRY(h5_check(cursor, err));
    if (checksum_fits(found, expected)) return MICA_OK;
    return fail(err, MICA_FORMAT,
                "%s at byte %" PRIu64 ": checksum %08x at byte %" PRIu64
                ", expected %08x (damaged)",
                cursor->what, cursor->place, found, place, expected);
}

mica_status h5_checked_block(h5_file *file, uint64_t address, uint64_t size, const char *signature,
                             const char *what, h5_cursor *cursor, mica_error *err) {
    static char seen;
    TRY(h5_cursor_at(file, address, size, what, cursor, err));
    TRY(h5_expect_signature(cursor, signature, err));
    const uint8_t *body = cursor->at;
    if (size < 8) return fail(err, MICA_FORMAT, "%s: %" PRIu64 " bytes, expected more", what, size);
    cursor->at = cursor->end - 4;
    if (h5_map_find(&file->verified, address) != &seen) {
        TRY(h5_expect_checksum(cursor, h5_checksum_so_far(cursor), err));
        TRY(h5_map_put(&file->verified, address, &seen, err));
    }
    cursor->end -= 4;
    cursor->at = body;
    return MICA_OK;
}

h5_walk h5_walk_start(const h5_file *file, const char *what) {
    return (h5_walk){.left = file->size, .what = what};
}

mica_status h5_walk_take(h5_walk *walk, uint64_t bytes, mica_error *err) {
    if (bytes > walk->left)
        return fail(
            err, MICA_FORMAT,
            "%s: its parts together are larger than the file, so they overlap or go in circles",
            walk->what);
    walk->left -= bytes;
    return MICA_OK;
}

bool h5_multiply(uint64_t a, uint64_t b, uint64_t *product) {
    return !__builtin_mul_overflow(a, b, product);
}

unsigned h5_log2(uint64_t value) { return value ? 63u - (unsigned)__builtin_clzll(value) : 0; }
unsigned h5_bytes_to_hold(uint64_t limit) { return h5_log2(limit) / 8 + 1; }
