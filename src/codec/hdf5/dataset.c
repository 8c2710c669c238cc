/* What a dataset is, and whether its extent can be believed. */
#include "codec/hdf5/internal.h"

#include <string.h>

/* An extent may go beyond the stored bytes by as much as was never written: this much. */
#define UNWRITTEN_MAX ((uint64_t)1 << 20)
/* Deflate never shrinks by more than 1032 : 1 (zlib's technical details). */
#define GZIP_RATIO_MAX 1040

typedef struct tally {
    const h5_data *data;
    uint64_t bytes; /* in chunks that are stored */
} tally;

static mica_status count_chunk(void *context, const h5_chunk *chunk, mica_error *err) {
    tally *t = context;
    const h5_data *data = t->data;
    bool zipped = false;
    for (unsigned i = 0; i < data->filter_count; i++)
        zipped |= data->filters[i].id == 1 && !(chunk->mask >> i & 1);
    uint64_t most = chunk->stored;
    if (zipped && !h5_multiply(most, GZIP_RATIO_MAX, &most)) most = UINT64_MAX;
    if (data->chunk_bytes > most)
        return fail(err, MICA_FORMAT,
                    "chunk at byte %" PRIu64 ": %" PRIu64 " stored bytes cannot give the %" PRIu64
                    " of a chunk",
                    chunk->address, chunk->stored, data->chunk_bytes);
    if (t->bytes > UINT64_MAX - data->chunk_bytes) t->bytes = UINT64_MAX - data->chunk_bytes;
    t->bytes += data->chunk_bytes;
    return MICA_OK;
}

static mica_status check_extent(h5_object *dataset, h5_data *data, mica_error *err) {
    tally t = {.data = data};
    const uint8_t *start;
    if (!data->bytes) return MICA_OK;
    if (data->layout == H5_COMPACT) return MICA_OK; /* seen when its layout was read */
    if (data->layout == H5_CONTIGUOUS && data->address != H5_UNDEFINED) {
        if (data->bytes <= dataset->file->size)
            TRY(h5_bytes(dataset->file, data->address, 0, "data", &start, err));
        t.bytes = data->address <= dataset->file->size ? dataset->file->size - data->address : 0;
        if (data->bytes <= t.bytes) return MICA_OK;
        return fail(err, MICA_FORMAT,
                    "its extent needs %" PRIu64 " bytes at byte %" PRIu64 ", the file ends %" PRIu64
                    " after that",
                    data->bytes, data->address + dataset->file->base, t.bytes);
    }
    if (data->layout == H5_CHUNKED) TRY(h5_chunks(dataset, count_chunk, &t, err));
    if (data->bytes <= t.bytes || data->bytes - t.bytes <= UNWRITTEN_MAX) return MICA_OK;
    return fail(err, MICA_FORMAT, "its extent needs %" PRIu64 " bytes, only %" PRIu64 " are stored",
                data->bytes, t.bytes);
}

static mica_status parse_data(h5_object *dataset, h5_data *data, mica_error *err) {
    h5_cursor cursor;
    const h5_message *space = h5_message_of(dataset, H5_MSG_DATASPACE);
    const h5_message *type = h5_message_of(dataset, H5_MSG_DATATYPE);
    if (!space || !type)
        return fail(err, MICA_FORMAT, "a dataset without %s", space ? "datatype" : "dataspace");
    if (h5_message_of(dataset, H5_MSG_EXTERNAL))
        return fail(err, MICA_UNSUPPORTED,
                    "its data lies in other files (external storage), expected in this one");
    TRY(h5_open_message(dataset, space, "dataspace", &cursor, err));
    TRY(h5_parse_space(&cursor, &data->space, data->maximum, err));
    TRY(h5_open_message(dataset, type, "datatype", &cursor, err));
    TRY(h5_parse_type(&cursor, &data->type, err));
    if (!h5_multiply(data->space.elements, data->type.size, &data->bytes) ||
        data->bytes > SIZE_MAX / 16)
        return fail(err, MICA_FORMAT, "%" PRIu64 " elements of %" PRIu32 " bytes are too many",
                    data->space.elements, data->type.size);
    TRY(h5_parse_layout(dataset, data, err));
    TRY(h5_parse_filters(dataset, data, err));
    return h5_parse_fill(dataset, data, err);
}

mica_status h5_load_data(h5_object *dataset, mica_error *err) {
    void *memory;
    if (dataset->data) return MICA_OK;
    if (!h5_is_dataset(dataset))
        return fail(err, MICA_TYPE, "is a %s, expected a dataset",
                    h5_is_group(dataset) ? "group" : "named type");
    TRY(h5_keep(dataset->file, sizeof(h5_data), &memory, err));
    h5_data *data = dataset->data = memory;
    mica_status status = parse_data(dataset, data, err);
    if (status == MICA_OK) status = check_extent(dataset, data, err);
    if (status == MICA_OK) return status;
    dataset->data = NULL;
    h5_release(dataset->file, data);
    return status;
}

mica_status h5_dataset(h5_object *object, h5_type *type, h5_space *space, mica_error *err) {
    TRY(h5_blame(object, err, h5_load_data(object, err)));
    if (type) *type = object->data->type;
    if (space) *space = object->data->space;
    return MICA_OK;
}
