/* Reading the elements of a dataset, converted as they are copied out. */
#include "codec/hdf5/internal.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK ((uint64_t)65536)

typedef struct reading {
    h5_object *dataset;
    const h5_data *data;
    bool raw; /* as in the file */
    mica_dtype dtype;
    uint8_t *out;
    uint64_t out_bytes; /* of one element */
    h5_scratch scratch;
} reading;

static void put(reading *r, uint64_t first, const uint8_t *from, uint64_t n) {
    uint8_t *to = r->out + first * r->out_bytes;
    if (r->raw) memcpy(to, from, n * r->out_bytes);
    else h5_convert(&r->data->type, from, r->dtype, to, n);
}

static void put_fill(reading *r) {
    const h5_data *data = r->data;
    if (!data->fill) {
        memset(r->out, 0, data->space.elements * r->out_bytes);
        return;
    }
    put(r, 0, data->fill, 1);
    for (uint64_t i = 1; i < data->space.elements; i++)
        memcpy(r->out + i * r->out_bytes, r->out, r->out_bytes);
}

static mica_status read_contiguous(reading *r, mica_error *err) {
    const h5_data *data = r->data;
    const h5_type *type = &data->type;
    bool same = r->raw || (type->dtype == r->dtype && !type->big_endian && type->kind != H5_BOOL);
    if (same) return h5_copy(r->dataset->file, data->address, data->bytes, "data", r->out, err);
    uint64_t step = BLOCK / type->size + 1, n;
    TRY(h5_scratch_room(&r->scratch.bytes, &r->scratch.room, step * type->size, err));
    for (uint64_t i = 0; i < data->space.elements; i += n) {
        n = data->space.elements - i < step ? data->space.elements - i : step;
        TRY(h5_copy(r->dataset->file, data->address + i * type->size, n * type->size, "data",
                    r->scratch.bytes, err));
        put(r, i, r->scratch.bytes, n);
    }
    return MICA_OK;
}

/* Copies the part of a chunk that lies in the extent, run by run along the last dim. */
static void scatter(reading *r, const h5_chunk *chunk) {
    const h5_data *data = r->data;
    unsigned last = data->space.rank - 1;
    uint64_t extent[H5_MAX_RANK], index[H5_MAX_RANK] = {0};
    for (unsigned i = 0; i <= last; i++) {
        uint64_t rest = (uint64_t)data->space.dims[i] - chunk->at[i];
        extent[i] = rest < data->chunk[i] ? rest : data->chunk[i];
    }
    for (;;) {
        uint64_t from = 0, to = 0;
        for (unsigned i = 0; i <= last; i++) {
            from = from * data->chunk[i] + index[i];
            to = to * (uint64_t)data->space.dims[i] + chunk->at[i] + index[i];
        }
        put(r, to, r->scratch.bytes + from * data->type.size, extent[last]);
        unsigned dim = last;
        while (dim-- > 0) {
            if (++index[dim] < extent[dim]) break;
            index[dim] = 0;
        }
        if (dim > last) return; /* it ran below 0 */
    }
}

static bool over_the_edge(const h5_data *data, const h5_chunk *chunk) {
    for (unsigned i = 0; i < data->space.rank; i++)
        if ((uint64_t)data->space.dims[i] - chunk->at[i] < data->chunk[i]) return true;
    return false;
}

static mica_status read_chunk(void *context, const h5_chunk *chunk, mica_error *err) {
    reading *r = context;
    const h5_data *data = r->data;
    h5_scratch *s = &r->scratch;
    uint32_t mask = data->whole_edges && over_the_edge(data, chunk) ? UINT32_MAX : chunk->mask;
    TRY(h5_scratch_room(&s->bytes, &s->room, chunk->stored, err));
    TRY(h5_copy(r->dataset->file, chunk->address, chunk->stored, "chunk", s->bytes, err));
    s->size = chunk->stored;
    mica_status status = h5_unfilter(data, mask, s, err);
    if (status != MICA_OK)
        return fail_within(err, status, "chunk at byte %" PRIu64,
                           chunk->address + r->dataset->file->base);
    scatter(r, chunk);
    return MICA_OK;
}

static mica_status read_elements(reading *r, mica_error *err) {
    const h5_data *data = r->data;
    if (!data->space.elements) return MICA_OK;
    if (data->layout == H5_COMPACT) {
        put(r, 0, data->compact, data->space.elements);
        return MICA_OK;
    }
    if (data->layout == H5_CONTIGUOUS && data->address != H5_UNDEFINED)
        return read_contiguous(r, err);
    put_fill(r);
    return data->layout == H5_CHUNKED ? h5_chunks(r->dataset, read_chunk, r, err) : MICA_OK;
}

static mica_status read_checked(h5_object *dataset, bool raw, mica_dtype dtype, void *out,
                                size_t bytes, mica_error *err) {
    TRY(h5_load_data(dataset, err));
    const h5_data *data = dataset->data;
    reading r = {.dataset = dataset, .data = data, .raw = raw, .dtype = dtype, .out = out};
    if (!raw) TRY(h5_can_convert(&data->type, dtype, err));
    r.out_bytes = raw ? data->type.size : mica_dtype_size(dtype);
    if (bytes != data->space.elements * r.out_bytes)
        return fail(err, MICA_SHAPE,
                    "holds %" PRIu64 " elements, so %" PRIu64 " bytes as asked for, expected %zu",
                    data->space.elements, data->space.elements * r.out_bytes, bytes);
    mica_status status = read_elements(&r, err);
    free(r.scratch.bytes);
    free(r.scratch.spare);
    return status;
}

mica_status h5_read(h5_object *dataset, mica_dtype dtype, void *out, size_t bytes,
                    mica_error *err) {
    return h5_blame(dataset, err, read_checked(dataset, false, dtype, out, bytes, err));
}

mica_status h5_read_raw(h5_object *dataset, void *out, size_t bytes, mica_error *err) {
    return h5_blame(dataset, err, read_checked(dataset, true, MICA_UINT8, out, bytes, err));
}

static mica_status read_texts(h5_object *dataset, h5_texts *texts, mica_error *err) {
    TRY(h5_load_data(dataset, err));
    const h5_data *data = dataset->data;
    if (!data->space.elements) return MICA_OK;
    if (data->type.kind != H5_STRING)
        return fail(err, MICA_TYPE, "is %s, expected string", data->type.text);
    uint8_t *raw = malloc(data->bytes);
    if (!raw) return fail_memory(err, data->bytes, "strings");
    h5_texts *found = NULL;
    mica_status status = read_checked(dataset, true, MICA_UINT8, raw, data->bytes, err);
    if (status == MICA_OK)
        status = h5_texts_of(dataset->file, &data->type, raw, data->space.elements, &found, err);
    if (status == MICA_OK) *texts = *found;
    free(raw);
    return status;
}

mica_status h5_read_texts(h5_object *dataset, h5_texts *texts, mica_error *err) {
    *texts = (h5_texts){0};
    return h5_blame(dataset, err, read_texts(dataset, texts, err));
}
