/* Dataspaces: how many elements, in which dims.
 * Source: HDF5 File Format Specification, IV.A.2.b. */
#include "codec/hdf5/internal.h"

static mica_status take_dims(h5_cursor *cursor, h5_space *space, mica_error *err) {
    for (unsigned i = 0; i < space->rank; i++) {
        uint64_t dim = h5_take_length(cursor);
        if (dim > INT64_MAX || !h5_multiply(space->elements, dim, &space->elements))
            return fail(err, MICA_FORMAT,
                        "dataspace at byte %" PRIu64 ": dim %u is %" PRIu64
                        ", more than can be counted",
                        cursor->place, i, dim);
        space->dims[i] = (int64_t)dim;
    }
    return h5_check(cursor, err);
}

mica_status h5_parse_space(h5_cursor *cursor, h5_space *space, uint64_t *maximum, mica_error *err) {
    unsigned version;
    *space = (h5_space){.elements = 1};
    TRY(h5_expect_version(cursor, 1, 2, &version, err));
    space->rank = (unsigned)h5_take(cursor, 1);
    unsigned flags = (unsigned)h5_take(cursor, 1);
    unsigned kind = (unsigned)h5_take(cursor, 1); /* version 2: 0 scalar, 1 simple, 2 null */
    if (version == 1) h5_take_bytes(cursor, 4);
    TRY(h5_check(cursor, err));
    if (space->rank > H5_MAX_RANK)
        return fail(err, MICA_FORMAT, "dataspace at byte %" PRIu64 ": rank %u, expected at most %d",
                    cursor->place, space->rank, H5_MAX_RANK);
    if (version == 2 && (kind > 2 || (kind != 1 && space->rank)))
        return fail(err, MICA_FORMAT, "dataspace at byte %" PRIu64 ": kind %u with rank %u",
                    cursor->place, kind, space->rank);
    TRY(take_dims(cursor, space, err));
    if (version == 2 && kind == 2) {
        space->null = true;
        space->elements = 0;
    }
    if (!maximum) return MICA_OK;
    for (unsigned i = 0; i < space->rank; i++) {
        uint64_t most = flags & 1 ? h5_take_length(cursor) : (uint64_t)space->dims[i];
        uint64_t ones = UINT64_MAX >> (64 - 8 * cursor->length_bytes);
        maximum[i] = most == ones ? UINT64_MAX : most;
        if (maximum[i] < (uint64_t)space->dims[i])
            return fail(err, MICA_FORMAT,
                        "dataspace at byte %" PRIu64 ": dim %u is %" PRId64
                        ", its maximum %" PRIu64,
                        cursor->place, i, space->dims[i], maximum[i]);
    }
    return h5_check(cursor, err);
}
