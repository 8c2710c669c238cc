/* The superblock: where the file begins, how wide its addresses are, where its root group is.
 * Source: HDF5 File Format Specification, II.A. */
#include "codec/hdf5/internal.h"

#include <string.h>

static const uint8_t signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

/* It may follow a block of the user's own: at 512, 1024, 2048 … */
static mica_status find_signature(h5_file *file, mica_error *err) {
    for (uint64_t place = 0; place <= file->size && file->size - place >= 8;
         place = place ? 2 * place : 512) {
        const uint8_t *bytes;
        TRY(h5_bytes(file, place, 8, "signature", &bytes, err));
        if (memcmp(bytes, signature, 8) != 0) continue;
        file->base = place;
        file->size -= place;
        file->bytes += place;
        return MICA_OK;
    }
    return fail(err, MICA_FORMAT, "not an HDF5 file: its signature is missing (%" PRIu64 " bytes)",
                file->size);
}

static mica_status take_widths(h5_file *file, h5_cursor *cursor, mica_error *err) {
    unsigned offset = (unsigned)h5_take(cursor, 1), length = (unsigned)h5_take(cursor, 1);
    TRY(h5_check(cursor, err));
    bool fits = (offset == 2 || offset == 4 || offset == 8) &&
                (length == 2 || length == 4 || length == 8);
    if (!fits)
        return fail(err, MICA_UNSUPPORTED,
                    "superblock: addresses of %u and lengths of %u bytes, expected 2, 4 or 8",
                    offset, length);
    cursor->offset_bytes = file->offset_bytes = offset;
    cursor->length_bytes = file->length_bytes = length;
    return MICA_OK;
}

/* Versions 0 and 1: fixed fields, then the entry of the root group. */
static mica_status read_old(h5_file *file, h5_cursor *cursor, unsigned version, uint64_t *end,
                            mica_error *err) {
    h5_take_bytes(cursor,
                  4); /* versions of free space and root entry, reserved, of shared messages */
    TRY(take_widths(file, cursor, err));
    h5_take_bytes(cursor, 1 + 2 + 2 + 4);       /* reserved, K of leaves and nodes, flags */
    if (version == 1) h5_take_bytes(cursor, 4); /* K of chunk trees, reserved */
    h5_take_offset(cursor);                     /* base address */
    h5_take_offset(cursor);                     /* free space */
    *end = h5_take_offset(cursor);
    h5_take_offset(cursor); /* driver information */
    h5_take_offset(cursor); /* name of the root group */
    file->root = h5_take_offset(cursor);
    return h5_check(cursor, err);
}

static mica_status read_new(h5_file *file, h5_cursor *cursor, uint64_t *end, mica_error *err) {
    TRY(take_widths(file, cursor, err));
    h5_take(cursor, 1);     /* flags */
    h5_take_offset(cursor); /* base address */
    h5_take_offset(cursor); /* extension */
    *end = h5_take_offset(cursor);
    file->root = h5_take_offset(cursor);
    return h5_expect_checksum(cursor, h5_checksum_so_far(cursor), err);
}

mica_status h5_read_superblock(h5_file *file, mica_error *err) {
    h5_cursor cursor;
    uint64_t end = 0;
    unsigned version;
    TRY(find_signature(file, err));
    uint64_t most = file->size < 128 ? file->size : 128;
    TRY(h5_cursor_at(file, 0, most, "superblock", &cursor, err));
    h5_take_bytes(&cursor, 8);
    TRY(h5_expect_version(&cursor, 0, 3, &version, err));
    TRY(version < 2 ? read_old(file, &cursor, version, &end, err)
                    : read_new(file, &cursor, &end, err));
    if (end != H5_UNDEFINED && end > file->base + file->size) /* a user block is counted in */
        return fail(err, MICA_FORMAT,
                    "truncated: %" PRIu64 " bytes, its superblock expects %" PRIu64,
                    file->base + file->size, end);
    return MICA_OK;
}
