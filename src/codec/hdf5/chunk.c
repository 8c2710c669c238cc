/* The chunks of a dataset, under each of the six kinds of index.
 * Source: HDF5 File Format Specification, III.A, VII (appendix C). */
#include "codec/hdf5/internal.h"

typedef struct visiting {
    h5_object *dataset;
    const h5_data *data;
    h5_chunk_visitor *visit;
    void *context;
    h5_walk stored;               /* chunks do not overlap either */
    uint64_t counts[H5_MAX_RANK]; /* chunks along each dim of `order`, the maximum extent's */
    unsigned order[H5_MAX_RANK];  /* dims from the slowest on, in which an array numbers chunks */
} visiting;

static mica_status visit_chunk(visiting *v, const h5_chunk *chunk, mica_error *err) {
    const h5_data *data = v->data;
    for (unsigned i = 0; i < data->space.rank; i++)
        if (chunk->at[i] >= (uint64_t)data->space.dims[i])
            return MICA_OK; /* left from a larger extent */
    TRY(h5_walk_take(&v->stored, chunk->stored, err));
    return v->visit(v->context, chunk, err);
}

/* Coordinates from the number of a chunk in an array. */
static mica_status visit_numbered(void *context, uint64_t number, uint64_t address, uint64_t stored,
                                  uint32_t mask, mica_error *err) {
    visiting *v = context;
    const h5_data *data = v->data;
    h5_chunk chunk = {.address = address, .stored = stored, .mask = mask};
    for (unsigned i = data->space.rank; i-- > 0;) {
        unsigned dim = v->order[i];
        uint64_t scaled = i ? number % v->counts[i] : number;
        number = i ? number / v->counts[i] : 0;
        if (!h5_multiply(scaled, data->chunk[dim], &chunk.at[dim])) chunk.at[dim] = UINT64_MAX;
    }
    return visit_chunk(v, &chunk, err);
}

/* Extensible arrays count along the unlimited dim slowest. */
static mica_status number_chunks(visiting *v, bool extensible, mica_error *err) {
    const h5_data *data = v->data;
    unsigned first = 0, rank = data->space.rank;
    while (extensible && first < rank && data->maximum[first] != UINT64_MAX) first++;
    if (first == rank)
        return fail(err, MICA_FORMAT,
                    "its chunks lie in an extensible array, but no dim is unlimited");
    for (unsigned i = 0; i < rank; i++) {
        unsigned dim = v->order[i] = i == 0 ? first : i <= first ? i - 1 : i;
        v->counts[i] = data->maximum[dim] / data->chunk[dim] +
                       (data->maximum[dim] % data->chunk[dim] != 0);
        if (i && (!v->counts[i] || data->maximum[dim] == UINT64_MAX))
            return fail(err, MICA_FORMAT,
                        "its chunks lie in an array, but dim %u has the maximum %" PRIu64, dim,
                        data->maximum[dim]);
    }
    return MICA_OK;
}

static mica_status visit_btree1(void *context, h5_cursor *key, uint64_t child, mica_error *err) {
    visiting *v = context;
    const h5_data *data = v->data;
    h5_chunk chunk = {.address = child};
    chunk.stored = h5_take(key, 4);
    chunk.mask = (uint32_t)h5_take(key, 4);
    for (unsigned i = 0; i < data->space.rank; i++) {
        chunk.at[i] = h5_take(key, 8);
        if (chunk.at[i] % data->chunk[i])
            return fail(err, MICA_FORMAT,
                        "chunk at byte %" PRIu64 ": begins at %" PRIu64
                        " of dim %u, expected a multiple of %" PRIu64,
                        key->place, chunk.at[i], i, data->chunk[i]);
    }
    TRY(h5_check(key, err));
    return visit_chunk(v, &chunk, err);
}

static mica_status visit_btree2(void *context, h5_cursor *record, mica_error *err) {
    visiting *v = context;
    const h5_data *data = v->data;
    unsigned rank = data->space.rank;
    h5_chunk chunk = {.stored = data->chunk_bytes};
    chunk.address = h5_take_offset(record);
    if (data->filter_count) { /* type 11: size in what is left, mask, coordinates */
        uint64_t width = h5_left(record) - 4 - 8 * rank;
        if (h5_left(record) < 4 + 8 * rank || width < 1 || width > 8)
            return fail(err, MICA_FORMAT,
                        "chunk record at byte %" PRIu64 ": %" PRIu64 " bytes for rank %u",
                        record->place, h5_left(record), rank);
        chunk.stored = h5_take(record, (unsigned)width);
        chunk.mask = (uint32_t)h5_take(record, 4);
    }
    for (unsigned i = 0; i < rank; i++)
        if (!h5_multiply(h5_take(record, 8), data->chunk[i], &chunk.at[i]))
            chunk.at[i] = UINT64_MAX;
    TRY(h5_check(record, err));
    return visit_chunk(v, &chunk, err);
}

/* All chunks of the maximum extent, one after the other, unfiltered. */
static mica_status visit_implicit(visiting *v, mica_error *err) {
    const h5_data *data = v->data;
    uint64_t chunks = 1, bytes;
    const uint8_t *start;
    TRY(number_chunks(v, false, err));
    for (unsigned i = 0; i < data->space.rank; i++)
        if (!h5_multiply(chunks, v->counts[i], &chunks)) chunks = UINT64_MAX;
    if (!h5_multiply(chunks, data->chunk_bytes, &bytes) || bytes > v->dataset->file->size)
        return fail(err, MICA_FORMAT,
                    "%" PRIu64 " chunks of %" PRIu64 " bytes are more than the file holds", chunks,
                    data->chunk_bytes);
    TRY(h5_bytes(v->dataset->file, data->address, 0, "chunks", &start, err));
    for (uint64_t i = 0; i < chunks; i++)
        TRY(visit_numbered(v, i, data->address + i * data->chunk_bytes, data->chunk_bytes, 0, err));
    return MICA_OK;
}

static mica_status visit_array(visiting *v, mica_error *err) {
    h5_file *file = v->dataset->file;
    bool extensible = v->data->index == H5_INDEX_EXTENSIBLE;
    h5_array_walk walk = {.file = file,
                          .unfiltered = v->data->chunk_bytes,
                          .walk = h5_walk_start(file, "chunk array"),
                          .context = v,
                          .visit = visit_numbered};
    TRY(number_chunks(v, extensible, err));
    return extensible ? h5_walk_extensible_array(&walk, v->data->address, err)
                      : h5_walk_fixed_array(&walk, v->data->address, err);
}

mica_status h5_chunks(h5_object *dataset, h5_chunk_visitor *visit, void *context, mica_error *err) {
    const h5_data *data = dataset->data;
    h5_file *file = dataset->file;
    visiting v = {.dataset = dataset,
                  .data = data,
                  .visit = visit,
                  .context = context,
                  .stored = h5_walk_start(file, "chunks")};
    if (data->address == H5_UNDEFINED) return MICA_OK; /* nothing was ever written */
    switch (data->index) {
    case H5_INDEX_SINGLE:
        return visit_chunk(&v,
                           &(h5_chunk){.address = data->address,
                                       .stored = data->single_bytes,
                                       .mask = data->single_mask},
                           err);
    case H5_INDEX_IMPLICIT: return visit_implicit(&v, err);
    case H5_INDEX_FIXED:
    case H5_INDEX_EXTENSIBLE: return visit_array(&v, err);
    case H5_INDEX_BTREE2:
        return h5_btree2_walk(file, data->address, data->filter_count ? 11 : 10, visit_btree2, &v,
                              err);
    case H5_INDEX_BTREE1: break;
    }
    return h5_btree1_walk(file, data->address, 1, 8 + 8 * (data->space.rank + 1), visit_btree1, &v,
                          err);
}
