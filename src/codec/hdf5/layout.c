/* How a dataset is stored: its layout, filter pipeline and fill value.
 * Source: HDF5 File Format Specification, IV.A.2.e to f, i, l; layout version 5 (HDF5 2.0) differs
 * from 4 only in the width of chunk sizes, which the index itself tells. */
#include "codec/hdf5/internal.h"

/* The last dim counts the bytes of an element. */
static mica_status take_chunk_dims(h5_cursor *cursor, h5_data *data, unsigned dims, unsigned width,
                                   mica_error *err) {
    uint64_t last = 1;
    data->chunk_bytes = data->type.size;
    if (!data->space.rank || dims != data->space.rank + 1 || width < 1 || width > 8)
        return fail(err, MICA_FORMAT,
                    "layout at byte %" PRIu64 ": chunks of rank %u for data of rank %u",
                    cursor->place, dims ? dims - 1 : 0, data->space.rank);
    for (unsigned i = 0; i < dims; i++) {
        last = h5_take(cursor, width);
        if (i == data->space.rank) break;
        data->chunk[i] = last;
        if (!last || !h5_multiply(data->chunk_bytes, last, &data->chunk_bytes))
            return fail(err, MICA_FORMAT, "layout at byte %" PRIu64 ": chunk dim %u is %" PRIu64,
                        cursor->place, i, last);
    }
    TRY(h5_check(cursor, err));
    if (last != data->type.size)
        return fail(err, MICA_FORMAT,
                    "layout at byte %" PRIu64 ": elements of %" PRIu64 " bytes, expected %" PRIu32,
                    cursor->place, last, data->type.size);
    return MICA_OK;
}

/* Versions 1 and 2. */
static mica_status parse_old(h5_cursor *cursor, h5_data *data, mica_error *err) {
    unsigned dims = (unsigned)h5_take(cursor, 1), class = (unsigned)h5_take(cursor, 1);
    h5_take_bytes(cursor, 5);
    data->layout = (h5_layout_kind) class;
    if (class) data->address = h5_take_offset(cursor);
    TRY(h5_check(cursor, err));
    if (class == H5_CHUNKED) return take_chunk_dims(cursor, data, dims, 4, err);
    h5_take_bytes(cursor, 4 * (uint64_t)dims);
    if (class == H5_COMPACT) data->compact = h5_take_bytes(cursor, h5_take(cursor, 4));
    return h5_check(cursor, err);
}

/* Versions 4 and 5: five kinds of index, with their parameters. */
static mica_status parse_index(h5_cursor *cursor, h5_data *data, mica_error *err) {
    static const uint8_t parameters[] = {0, 0, 0, 1, 5, 6}; /* bytes; the indexes repeat them */
    unsigned flags = (unsigned)h5_take(cursor, 1), dims = (unsigned)h5_take(cursor, 1);
    unsigned width = (unsigned)h5_take(cursor, 1);
    TRY(take_chunk_dims(cursor, data, dims, width, err));
    unsigned index = (unsigned)h5_take(cursor, 1);
    TRY(h5_check(cursor, err));
    if (index < 1 || index >= LENGTH(parameters))
        return fail(err, MICA_UNSUPPORTED,
                    "layout at byte %" PRIu64 ": chunk index %u, expected 1 to 5", cursor->place,
                    index);
    data->index = (h5_index)index;
    data->whole_edges = flags & 1;
    data->single_bytes = data->chunk_bytes;
    if (index == H5_INDEX_SINGLE && flags & 2) {
        data->single_bytes = h5_take_length(cursor);
        data->single_mask = (uint32_t)h5_take(cursor, 4);
    }
    h5_take_bytes(cursor, parameters[index]);
    data->address = h5_take_offset(cursor);
    return h5_check(cursor, err);
}

static mica_status parse_new(h5_cursor *cursor, unsigned version, h5_data *data, mica_error *err) {
    unsigned class = (unsigned)h5_take(cursor, 1);
    data->layout = (h5_layout_kind) class;
    if (class == H5_COMPACT) {
        data->compact = h5_take_bytes(cursor, h5_take(cursor, 2));
    } else if (class == H5_CONTIGUOUS) {
        data->address = h5_take_offset(cursor);
        uint64_t held = h5_take_length(cursor);
        if (data->address != H5_UNDEFINED && held < data->bytes)
            return fail(err, MICA_FORMAT,
                        "layout at byte %" PRIu64 ": %" PRIu64
                        " bytes of data, its extent needs %" PRIu64,
                        cursor->place, held, data->bytes);
    } else if (class == H5_CHUNKED && version == 3) {
        unsigned dims = (unsigned)h5_take(cursor, 1);
        data->address = h5_take_offset(cursor);
        return take_chunk_dims(cursor, data, dims, 4, err);
    } else if (class == H5_CHUNKED) {
        return parse_index(cursor, data, err);
    }
    return h5_check(cursor, err);
}

mica_status h5_parse_layout(h5_object *dataset, h5_data *data, mica_error *err) {
    h5_cursor cursor;
    unsigned version;
    const h5_message *message = h5_message_of(dataset, H5_MSG_LAYOUT);
    TRY(h5_open_message(dataset, message, "layout", &cursor, err));
    TRY(h5_expect_version(&cursor, 1, 5, &version, err));
    TRY(version < 3 ? parse_old(&cursor, data, err) : parse_new(&cursor, version, data, err));
    if (data->layout > H5_CHUNKED)
        return fail(err, MICA_UNSUPPORTED,
                    "layout at byte %" PRIu64 ": class %u%s, expected 0 to 2", cursor.place,
                    (unsigned)data->layout,
                    (unsigned)data->layout == 3 ? " (virtual storage)" : "");
    if (data->compact && (uint64_t)(cursor.at - data->compact) < data->bytes)
        return fail(err, MICA_FORMAT,
                    "layout at byte %" PRIu64 ": %zu bytes of data, its extent needs %" PRIu64,
                    cursor.place, (size_t)(cursor.at - data->compact), data->bytes);
    return MICA_OK;
}

static mica_status refuse_filter(unsigned id, mica_error *err) {
    static const struct {
        unsigned id;
        const char *name;
    } known[] = {{4, "szip"},    {5, "nbit"},           {6, "scaleoffset"},
                 {307, "bzip2"}, {32000, "lzf"},        {32001, "blosc"},
                 {32004, "lz4"}, {32008, "bitshuffle"}, {32015, "zstd"}};
    const char *name = "unknown";
    for (size_t i = 0; i < LENGTH(known); i++)
        if (known[i].id == id) name = known[i].name;
    return fail(err, MICA_UNSUPPORTED, "filter %u (%s), expected gzip, shuffle or fletcher32", id,
                name);
}

mica_status h5_parse_filters(h5_object *dataset, h5_data *data, mica_error *err) {
    h5_cursor cursor;
    unsigned version;
    const h5_message *message = h5_message_of(dataset, H5_MSG_FILTERS);
    if (!message) return MICA_OK;
    TRY(h5_open_message(dataset, message, "filter message", &cursor, err));
    TRY(h5_expect_version(&cursor, 1, 2, &version, err));
    unsigned count = (unsigned)h5_take(&cursor, 1);
    if (version == 1) h5_take_bytes(&cursor, 6);
    if (count > H5_MAX_FILTERS)
        return fail(err, MICA_FORMAT, "filter message at byte %" PRIu64 ": %u filters",
                    cursor.place, count);
    for (unsigned i = 0; i < count; i++) {
        h5_filter *filter = &data->filters[i];
        filter->id = (uint16_t)h5_take(&cursor, 2);
        unsigned name = version == 1 || filter->id >= 256 ? (unsigned)h5_take(&cursor, 2) : 0;
        h5_take(&cursor, 2); /* flags */
        unsigned values = (unsigned)h5_take(&cursor, 2);
        h5_take_bytes(&cursor, version == 1 ? (name + 7) / 8 * 8 : name);
        if (values) filter->value = (uint32_t)h5_take(&cursor, 4);
        if (values > 1) h5_take_bytes(&cursor, 4 * ((uint64_t)values - 1));
        if (version == 1 && values & 1) h5_take_bytes(&cursor, 4);
        TRY(h5_check(&cursor, err));
        if (filter->id < 1 || filter->id > 3) return refuse_filter(filter->id, err);
    }
    data->filter_count = count;
    return MICA_OK;
}

/* One element for what was never written; zeros where the file says nothing. */
mica_status h5_parse_fill(h5_object *dataset, h5_data *data, mica_error *err) {
    h5_cursor cursor;
    unsigned version = 0, defined = 1;
    const h5_message *message = h5_message_of(dataset, H5_MSG_FILL);
    const h5_message *old = h5_message_of(dataset, H5_MSG_OLD_FILL);
    if (!message && !old) return MICA_OK;
    TRY(h5_open_message(dataset, message ? message : old, "fill value", &cursor, err));
    if (message) {
        TRY(h5_expect_version(&cursor, 1, 3, &version, err));
        if (version == 3) {
            defined = h5_take(&cursor, 1) & 32;
        } else {
            h5_take_bytes(&cursor, 2); /* when room is made, when it is filled */
            defined = (unsigned)h5_take(&cursor, 1) || version == 1;
        }
    }
    uint64_t size = defined ? h5_take(&cursor, 4) : 0;
    if (!size || size > INT32_MAX) return h5_check(&cursor, err); /* negative: undefined */
    data->fill = h5_take_bytes(&cursor, size);
    TRY(h5_check(&cursor, err));
    if (size == data->type.size) return MICA_OK;
    return fail(err, MICA_FORMAT,
                "fill value at byte %" PRIu64 ": %" PRIu64 " bytes, expected %" PRIu32,
                cursor.place, size, data->type.size);
}
