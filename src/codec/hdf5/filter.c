/* Undoing the filters of a chunk: gzip (zlib), shuffle, fletcher32, last applied first.
 * Source: HDF5 File Format Specification, IV.A.2.l; the filters' own documentation. */
#include "codec/hdf5/internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { GZIP = 1, SHUFFLE = 2, FLETCHER32 = 3 };

mica_status h5_scratch_room(uint8_t **bytes, size_t *room, size_t wanted, mica_error *err) {
    if (wanted <= *room) return MICA_OK;
    free(*bytes);
    *room = 0;
    *bytes = malloc(wanted);
    if (!*bytes) return fail_memory(err, wanted, "chunk");
    *room = wanted;
    return MICA_OK;
}

static void swap(h5_scratch *s, size_t size) {
    uint8_t *bytes = s->bytes;
    size_t room = s->room;
    s->bytes = s->spare;
    s->room = s->spare_room;
    s->spare = bytes;
    s->spare_room = room;
    s->size = size;
}

static mica_status gunzip(h5_scratch *s, size_t most, mica_error *err) {
    z_stream stream = {0};
    if (s->size > UINT_MAX || most > UINT_MAX)
        return fail(err, MICA_UNSUPPORTED, "gzip: a chunk of %zu bytes, expected below 4 GiB",
                    most);
    TRY(h5_scratch_room(&s->spare, &s->spare_room, most, err));
    if (inflateInit(&stream) != Z_OK) return fail_memory(err, 40000, "gzip");
    stream.next_in = s->bytes;
    stream.avail_in = (uInt)s->size;
    stream.next_out = s->spare;
    stream.avail_out = (uInt)most;
    int status = inflate(&stream, Z_FINISH);
    size_t size = stream.total_out;
    inflateEnd(&stream);
    if (status == Z_MEM_ERROR) return fail_memory(err, 40000, "gzip");
    if (status != Z_STREAM_END)
        return fail(err, MICA_FORMAT,
                    "gzip: %zu stored bytes give %zu, then %s (at most %zu expected)", s->size,
                    size, size == most ? "more" : "are damaged or end", most);
    swap(s, size);
    return MICA_OK;
}

/* The first bytes of all elements lie together, then all second bytes …; a rest stays in place. */
static mica_status unshuffle(h5_scratch *s, size_t width, mica_error *err) {
    if (width < 2 || s->size < width) return MICA_OK;
    size_t elements = s->size / width, rest = s->size % width;
    TRY(h5_scratch_room(&s->spare, &s->spare_room, s->size, err));
    for (size_t b = 0; b < width; b++) {
        const uint8_t *from = s->bytes + b * elements;
        uint8_t *to = s->spare + b;
        for (size_t i = 0; i < elements; i++) to[i * width] = from[i];
    }
    memcpy(s->spare + s->size - rest, s->bytes + s->size - rest, rest);
    swap(s, s->size);
    return MICA_OK;
}

static mica_status check_sum(h5_scratch *s, mica_error *err) {
    if (s->size < 4)
        return fail(err, MICA_FORMAT, "fletcher32: a chunk of %zu bytes, expected at least 4",
                    s->size);
    s->size -= 4;
    const uint8_t *at = s->bytes + s->size;
    uint32_t found = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    uint32_t expected = h5_fletcher32(s->bytes, s->size);
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    expected = found;
#endif
    if (found == expected) return MICA_OK;
    return fail(err, MICA_FORMAT, "fletcher32: checksum %08x, expected %08x (damaged)", found,
                expected);
}

mica_status h5_unfilter(const h5_data *data, uint32_t mask, h5_scratch *scratch, mica_error *err) {
    size_t most = (size_t)data->chunk_bytes + 4 * data->filter_count; /* checksums come on top */
    for (unsigned i = data->filter_count; i-- > 0;) {
        const h5_filter *filter = &data->filters[i];
        if (mask >> i & 1) continue;
        if (filter->id == GZIP) TRY(gunzip(scratch, most, err));
        if (filter->id == SHUFFLE) TRY(unshuffle(scratch, filter->value, err));
        if (filter->id == FLETCHER32) TRY(check_sum(scratch, err));
    }
    if (scratch->size == data->chunk_bytes) return MICA_OK;
    return fail(err, MICA_FORMAT, "%zu bytes after its filters, expected %" PRIu64, scratch->size,
                data->chunk_bytes);
}
