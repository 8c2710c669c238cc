/* Local heaps (names of old groups) and global heaps (strings of variable length).
 * Source: HDF5 File Format Specification, III.D and III.E. */
#include "codec/hdf5/internal.h"

#include <string.h>

mica_status h5_open_local_heap(h5_file *file, uint64_t address, h5_local_heap *heap,
                               mica_error *err) {
    h5_cursor cursor;
    uint64_t size = 8 + 2 * file->length_bytes + file->offset_bytes;
    TRY(h5_cursor_at(file, address, size, "local heap", &cursor, err));
    TRY(h5_expect_signature(&cursor, "HEAP", err));
    TRY(h5_expect_version(&cursor, 0, 0, NULL, err));
    h5_take_bytes(&cursor, 3);
    heap->size = h5_take_length(&cursor);
    h5_take_length(&cursor); /* free list */
    uint64_t data = h5_take_offset(&cursor);
    heap->place = data + file->base;
    return h5_bytes(file, data, heap->size, "local heap data", &heap->bytes, err);
}

mica_status h5_local_text(const h5_local_heap *heap, uint64_t offset, const char **text,
                          mica_error *err) {
    if (offset < heap->size && memchr(heap->bytes + offset, 0, heap->size - offset)) {
        *text = (const char *)heap->bytes + offset;
        return MICA_OK;
    }
    return fail(err, MICA_FORMAT,
                "local heap at byte %" PRIu64 ": no name at offset %" PRIu64 " of %" PRIu64,
                heap->place, offset, heap->size);
}

/* ---- global heap ---- */

typedef struct collection {
    size_t count;
    struct entry {
        const uint8_t *bytes;
        uint64_t size;
        bool used;
    } * objects; /* by index */
} collection;

#define COLLECTION_MIN 4096 /* the HDF5 library writes none below */

/* Runs over the objects of a collection; fills `into` unless that is NULL. */
static mica_status scan_collection(h5_cursor cursor, collection *into, size_t *count,
                                   mica_error *err) {
    unsigned head = (8 + cursor.length_bytes + 7) / 8 * 8;
    *count = 0;
    while (h5_left(&cursor) >= head) {
        uint64_t place = h5_place(&cursor);
        size_t index = (size_t)h5_take(&cursor, 2);
        h5_take(&cursor, 2 + 4); /* references, reserved */
        uint64_t size = h5_take_length(&cursor);
        if (!index) break; /* the rest is free */
        h5_take_bytes(&cursor, head - 8 - cursor.length_bytes);
        const uint8_t *bytes = size < UINT64_MAX - 7 ? h5_take_bytes(&cursor, (size + 7) / 8 * 8)
                                                     : NULL;
        if (!bytes)
            return fail(err, MICA_FORMAT,
                        "global heap object %zu at byte %" PRIu64 ": %" PRIu64
                        " bytes go past the end of its collection",
                        index, place, size);
        if (into) into->objects[index] = (struct entry){bytes, size, true};
        if (index >= *count) *count = index + 1;
    }
    return MICA_OK;
}

static mica_status open_collection(h5_file *file, uint64_t address, collection **out,
                                   mica_error *err) {
    h5_cursor cursor;
    size_t count;
    void *memory;
    uint64_t head = 8 + file->length_bytes;
    TRY(h5_cursor_at(file, address, head, "global heap", &cursor, err));
    TRY(h5_expect_signature(&cursor, "GCOL", err));
    TRY(h5_expect_version(&cursor, 1, 1, NULL, err));
    h5_take_bytes(&cursor, 3);
    uint64_t size = h5_take_length(&cursor);
    if (size < COLLECTION_MIN)
        return fail(err, MICA_FORMAT,
                    "global heap at byte %" PRIu64 ": %" PRIu64 " bytes, expected at least %d",
                    cursor.place, size, COLLECTION_MIN);
    TRY(h5_cursor_at(file, address, size, "global heap", &cursor, err));
    cursor.at += (head + 7) / 8 * 8;
    TRY(scan_collection(cursor, NULL, &count, err));
    TRY(h5_keep(file, sizeof(collection), &memory, err));
    collection *c = memory;
    TRY(h5_keep(file, (uint64_t)count * sizeof *c->objects, &memory, err));
    c->objects = memory;
    TRY(scan_collection(cursor, c, &c->count, err));
    *out = c;
    return h5_map_put(&file->collections, address, c, err);
}

mica_status h5_global_object(h5_file *file, uint64_t address, uint32_t index, const uint8_t **bytes,
                             uint64_t *size, mica_error *err) {
    collection *c = h5_map_find(&file->collections, address);
    if (!c) TRY(open_collection(file, address, &c, err));
    if (index >= c->count || !c->objects[index].used)
        return fail(err, MICA_FORMAT, "global heap at byte %" PRIu64 ": holds no object %" PRIu32,
                    address + file->base, index);
    *bytes = c->objects[index].bytes;
    *size = c->objects[index].size;
    return MICA_OK;
}
