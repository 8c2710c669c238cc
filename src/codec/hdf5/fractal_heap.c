/* Fractal heaps: where dense groups and objects with many attributes keep their links and
 * attributes. An object's id says where it lies: inside the id (tiny), at an offset of a space that
 * blocks of doubling size make up (managed), or alone in the file (huge).
 * Source: HDF5 File Format Specification, III.G. */
#include "codec/hdf5/internal.h"

#include <stdlib.h>
#include <string.h>

static mica_status take_fields(h5_fractal_heap *heap, h5_cursor *cursor, mica_error *err) {
    heap->id_bytes = (unsigned)h5_take(cursor, 2);
    unsigned filters = (unsigned)h5_take(cursor, 2);
    heap->checksums = h5_take(cursor, 1) & 2;
    uint64_t max_object = h5_take(cursor, 4);
    h5_take_length(cursor); /* next huge id */
    heap->huge_tree = h5_take_offset(cursor);
    h5_take_length(cursor);                                  /* free space */
    h5_take_offset(cursor);                                  /* its manager */
    for (unsigned i = 0; i < 8; i++) h5_take_length(cursor); /* sizes and numbers of objects */
    heap->width = (unsigned)h5_take(cursor, 2);
    heap->start_block = h5_take_length(cursor);
    heap->max_direct = h5_take_length(cursor);
    heap->heap_bits = (unsigned)h5_take(cursor, 2);
    h5_take(cursor, 2); /* rows at the start */
    heap->root = h5_take_offset(cursor);
    heap->rows = (unsigned)h5_take(cursor, 2);
    TRY(h5_check(cursor, err));
    if (filters)
        return fail(err, MICA_UNSUPPORTED, "fractal heap at byte %" PRIu64 ": is filtered",
                    cursor->place);
    heap->offset_bytes = (heap->heap_bits + 7) / 8;
    unsigned direct = h5_bytes_to_hold(heap->max_direct), object = h5_bytes_to_hold(max_object);
    heap->length_bytes = direct < object ? direct : object;
    heap->block_header = 5 + heap->file->offset_bytes + heap->offset_bytes;
    return MICA_OK;
}

static bool is_power(uint64_t value) { return value && !(value & (value - 1)); }

mica_status h5_open_fractal_heap(h5_file *file, uint64_t address, h5_fractal_heap *heap,
                                 mica_error *err) {
    h5_cursor cursor;
    *heap = (h5_fractal_heap){
        .file = file, .address = address, .walk = h5_walk_start(file, "fractal heap")};
    uint64_t size = 26 + 3 * file->offset_bytes + 12 * file->length_bytes;
    TRY(h5_checked_block(file, address, size, "FRHP", "fractal heap", &cursor, err));
    TRY(h5_expect_version(&cursor, 0, 0, NULL, err));
    TRY(take_fields(heap, &cursor, err));
    if (is_power(heap->start_block) && is_power(heap->max_direct) && is_power(heap->width) &&
        heap->start_block <= heap->max_direct && heap->heap_bits <= 64 && heap->heap_bits &&
        h5_log2(heap->max_direct) <= heap->heap_bits && heap->max_direct <= UINT64_MAX / 65536 &&
        heap->id_bytes)
        return MICA_OK;
    return fail(err, MICA_FORMAT,
                "fractal heap at byte %" PRIu64 ": %u blocks a row of %" PRIu64 " to %" PRIu64
                " bytes, %u bits, ids of %u bytes",
                cursor.place, heap->width, heap->start_block, heap->max_direct, heap->heap_bits,
                heap->id_bytes);
}

/* Finds row and column of an offset in a doubling table; *start and *size of the block there. */
static unsigned find_cell(const h5_fractal_heap *heap, uint64_t offset, unsigned *column,
                          uint64_t *start, uint64_t *size) {
    uint64_t first_row = heap->start_block * heap->width;
    unsigned row = offset < first_row ? 0 : h5_log2(offset / first_row) + 1;
    uint64_t row_start = row ? first_row << (row - 1) : 0;
    *size = row ? heap->start_block << (row - 1) : heap->start_block;
    *column = (unsigned)((offset - row_start) / *size);
    *start = row_start + *column * *size;
    return row;
}

static mica_status no_block(const h5_fractal_heap *heap, uint64_t offset, mica_error *err) {
    return fail(err, MICA_FORMAT,
                "fractal heap at byte %" PRIu64 ": no block holds its offset %" PRIu64,
                heap->address + heap->file->base, offset);
}

static unsigned direct_rows(const h5_fractal_heap *heap) {
    return h5_log2(heap->max_direct) - h5_log2(heap->start_block) + 2;
}

/* One step down: the child of the indirect block that covers *offset (made relative to it). */
static mica_status step_down(h5_fractal_heap *heap, uint64_t *address, unsigned *rows,
                             uint64_t *offset, uint64_t *size, bool *direct, mica_error *err) {
    h5_cursor cursor;
    unsigned column, row, most = direct_rows(heap);
    uint64_t start;
    row = find_cell(heap, *offset, &column, &start, size);
    if (row >= *rows || *rows > 65 + most) return no_block(heap, *offset, err);
    unsigned cells = *rows * heap->width;
    uint64_t bytes = heap->block_header + (uint64_t)cells * heap->file->offset_bytes + 4;
    TRY(h5_checked_block(heap->file, *address, bytes, "FHIB", "fractal heap block", &cursor, err));
    TRY(h5_expect_version(&cursor, 0, 0, NULL, err));
    cursor.at = cursor.start + heap->block_header;
    h5_take_bytes(&cursor, (uint64_t)(row * heap->width + column) * heap->file->offset_bytes);
    *address = h5_take_offset(&cursor);
    TRY(h5_check(&cursor, err));
    if (*address == H5_UNDEFINED) return no_block(heap, *offset, err);
    *offset -= start;
    *direct = row < most;
    if (!*direct) *rows = h5_log2(*size) - h5_log2(heap->start_block * heap->width) + 1;
    return MICA_OK;
}

/* The block's checksum covers all of it, with its own four bytes as zeros. */
static mica_status check_direct_block(h5_fractal_heap *heap, uint64_t address, uint64_t size,
                                      mica_error *err) {
    static char seen;
    h5_cursor cursor;
    TRY(h5_cursor_at(heap->file, address, size, "fractal heap block", &cursor, err));
    if (h5_map_find(&heap->file->verified, address) == &seen) return MICA_OK;
    TRY(h5_expect_signature(&cursor, "FHDB", err));
    TRY(h5_expect_version(&cursor, 0, 0, NULL, err));
    if (heap->checksums && size >= heap->block_header + 4) {
        uint8_t *copy = malloc(size);
        if (!copy) return fail_memory(err, size, "fractal heap block");
        memcpy(copy, cursor.start, size);
        memset(copy + heap->block_header, 0, 4);
        uint32_t expected = h5_lookup3(copy, size);
        free(copy);
        cursor.at = cursor.start + heap->block_header;
        TRY(h5_expect_checksum(&cursor, expected, err));
    }
    return h5_map_put(&heap->file->verified, address, &seen, err);
}

static mica_status managed_object(h5_fractal_heap *heap, h5_cursor *id, h5_cursor *object,
                                  mica_error *err) {
    uint64_t offset = h5_take(id, heap->offset_bytes), length = h5_take(id, heap->length_bytes);
    uint64_t address = heap->root, size = heap->start_block, sought = offset;
    unsigned rows = heap->rows;
    bool direct = !rows;
    TRY(h5_check(id, err));
    if (address == H5_UNDEFINED) return no_block(heap, sought, err);
    for (unsigned depth = 0; !direct; depth++) {
        if (depth > 64) return no_block(heap, sought, err);
        TRY(step_down(heap, &address, &rows, &offset, &size, &direct, err));
    }
    unsigned header = heap->block_header + (heap->checksums ? 4 : 0);
    if (offset < header || offset > size || length > size - offset)
        return fail(err, MICA_FORMAT,
                    "fractal heap at byte %" PRIu64 ": object of %" PRIu64
                    " bytes at offset %" PRIu64 " does not lie in its block",
                    heap->address + heap->file->base, length, sought);
    TRY(check_direct_block(heap, address, size, err));
    return h5_cursor_at(heap->file, address + offset, length, "fractal heap object", object, err);
}

static int compare_huge(const void *context, h5_cursor record) {
    h5_take_offset(&record);
    h5_take_length(&record);
    uint64_t sought = *(const uint64_t *)context, found = h5_take_length(&record);
    return sought < found ? -1 : sought > found;
}

/* Its address and length stand in the id where they fit, else in a B-tree under a number. */
static mica_status huge_object(h5_fractal_heap *heap, h5_cursor *id, h5_cursor *object,
                               mica_error *err) {
    h5_cursor record = *id;
    if (heap->id_bytes - 1 < heap->file->offset_bytes + heap->file->length_bytes) {
        bool found;
        unsigned bytes = heap->id_bytes - 1 < heap->file->length_bytes ? heap->id_bytes - 1
                                                                       : heap->file->length_bytes;
        uint64_t number = h5_take(id, bytes);
        TRY(h5_check(id, err));
        TRY(h5_btree2_find(heap->file, heap->huge_tree, 1, compare_huge, &number, &record, &found,
                           err));
        if (!found)
            return fail(err, MICA_FORMAT,
                        "fractal heap at byte %" PRIu64 ": no huge object %" PRIu64,
                        heap->address + heap->file->base, number);
    }
    uint64_t address = h5_take_offset(&record), length = h5_take_length(&record);
    TRY(h5_check(&record, err));
    return h5_cursor_at(heap->file, address, length, "huge object", object, err);
}

mica_status h5_fractal_object(h5_fractal_heap *heap, h5_cursor *id, h5_cursor *object,
                              mica_error *err) {
    uint64_t place = h5_place(id);
    const uint8_t *bytes = h5_take_bytes(id, heap->id_bytes);
    TRY(h5_check(id, err));
    h5_cursor body = h5_cursor_over(heap->file, bytes, heap->id_bytes, "fractal heap id");
    unsigned head = (unsigned)h5_take(&body, 1), kind = head >> 4 & 3;
    if (head >> 6 || kind > 2)
        return fail(err, MICA_FORMAT, "fractal heap id at byte %" PRIu64 ": begins with %02x",
                    place, head);
    if (kind == 0) TRY(managed_object(heap, &body, object, err));
    if (kind == 1) TRY(huge_object(heap, &body, object, err));
    if (kind == 2) {
        uint64_t length = head & 15;
        if (heap->id_bytes > 17) length = length << 8 | h5_take(&body, 1);
        bytes = h5_take_bytes(&body, length + 1);
        TRY(h5_check(&body, err));
        *object = h5_cursor_over(heap->file, bytes, length + 1, "fractal heap object");
    }
    return h5_walk_take(&heap->walk, h5_left(object), err);
}
