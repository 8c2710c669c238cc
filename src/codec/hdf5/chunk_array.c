/* Chunk indexes that are arrays: fixed ones (no dim is unlimited) and extensible ones (one is).
 * An element is the address of a chunk, and with filters its stored bytes and filter mask. Long
 * blocks are cut into pages, of which a bit map says which were ever written.
 * Source: HDF5 File Format Specification, VII.C and VII.D. */
#include "codec/hdf5/internal.h"

mica_status h5_walk_elements(h5_array_walk *walk, h5_cursor *cursor, uint64_t first, uint64_t count,
                             unsigned element_bytes, bool filtered, mica_error *err) {
    for (uint64_t i = 0; i < count; i++) {
        uint64_t stored = walk->unfiltered, address = h5_take_offset(cursor);
        uint32_t mask = 0;
        if (filtered) {
            stored = h5_take(cursor, element_bytes - cursor->offset_bytes - 4);
            mask = (uint32_t)h5_take(cursor, 4);
        }
        TRY(h5_check(cursor, err));
        if (address != H5_UNDEFINED)
            TRY(walk->visit(walk->context, first + i, address, stored, mask, err));
    }
    return MICA_OK;
}

/* What both kinds of array say about their elements. */
typedef struct array {
    h5_array_walk *walk;
    unsigned element_bytes;
    bool filtered;
    uint64_t page; /* elements of a page */
} array;

static mica_status take_element_kind(array *a, h5_cursor *cursor, mica_error *err) {
    unsigned client = (unsigned)h5_take(cursor, 1);
    a->element_bytes = (unsigned)h5_take(cursor, 1);
    TRY(h5_check(cursor, err));
    a->filtered = client == 1;
    unsigned extra = a->element_bytes - cursor->offset_bytes;
    if (client > 1 || a->element_bytes < cursor->offset_bytes ||
        (a->filtered ? extra < 5 || extra > 12 : extra))
        return fail(err, MICA_FORMAT, "%s at byte %" PRIu64 ": elements of kind %u and %u bytes",
                    cursor->what, cursor->place, client, a->element_bytes);
    return MICA_OK;
}

static bool bit_is_set(const uint8_t *bits, uint64_t i) { return bits[i / 8] & 0x80 >> i % 8; }

/* Pages lie behind their block's own checksum, each with one of its own. */
static mica_status walk_pages(array *a, uint64_t address, uint64_t first, uint64_t count,
                              const uint8_t *bits, uint64_t first_bit, const char *what,
                              mica_error *err) {
    for (uint64_t page = 0, done = 0; done < count; page++, done += a->page) {
        h5_cursor cursor;
        uint64_t here = count - done < a->page ? count - done : a->page;
        uint64_t bytes = here * a->element_bytes;
        if (bit_is_set(bits, first_bit + page)) {
            TRY(h5_walk_take(&a->walk->walk, bytes + 4, err));
            TRY(h5_cursor_at(a->walk->file, address, bytes + 4, what, &cursor, err));
            h5_cursor end = cursor;
            h5_take_bytes(&end, bytes);
            TRY(h5_expect_checksum(&end, h5_checksum_so_far(&end), err));
            TRY(h5_walk_elements(a->walk, &cursor, first + done, here, a->element_bytes,
                                 a->filtered, err));
        }
        address += bytes + 4;
    }
    return MICA_OK;
}

/* ---- fixed arrays ---- */

static mica_status walk_fixed_block(array *a, uint64_t address, uint64_t count, mica_error *err) {
    h5_cursor cursor;
    h5_file *file = a->walk->file;
    const char *what = "fixed array block";
    bool paged = count > a->page;
    uint64_t pages = paged ? (count - 1) / a->page + 1 : 0, body;
    if (!h5_multiply(count, a->element_bytes, &body) || body > file->size)
        return fail(err, MICA_FORMAT, "%s: %" PRIu64 " elements are more than the file holds", what,
                    count);
    uint64_t size = 6 + file->offset_bytes + (paged ? (pages + 7) / 8 : body) + 4;
    TRY(h5_walk_take(&a->walk->walk, size, err));
    TRY(h5_checked_block(file, address, size, "FADB", what, &cursor, err));
    TRY(h5_expect_version(&cursor, 0, 0, NULL, err));
    h5_take(&cursor, 1);
    h5_take_offset(&cursor);
    if (paged) return walk_pages(a, address + size, 0, count, cursor.at, 0, what, err);
    return h5_walk_elements(a->walk, &cursor, 0, count, a->element_bytes, a->filtered, err);
}

mica_status h5_walk_fixed_array(h5_array_walk *walk, uint64_t address, mica_error *err) {
    h5_cursor cursor;
    array a = {.walk = walk};
    uint64_t size = 8 + walk->file->length_bytes + walk->file->offset_bytes + 4;
    TRY(h5_checked_block(walk->file, address, size, "FAHD", "fixed array", &cursor, err));
    TRY(h5_expect_version(&cursor, 0, 0, NULL, err));
    TRY(take_element_kind(&a, &cursor, err));
    unsigned bits = (unsigned)h5_take(&cursor, 1);
    uint64_t count = h5_take_length(&cursor), block = h5_take_offset(&cursor);
    TRY(h5_check(&cursor, err));
    if (bits > 40)
        return fail(err, MICA_FORMAT, "fixed array at byte %" PRIu64 ": pages of 2^%u elements",
                    cursor.place, bits);
    a.page = (uint64_t)1 << bits;
    return block == H5_UNDEFINED || !count ? MICA_OK : walk_fixed_block(&a, block, count, err);
}

/* ---- extensible arrays ----
 * Super block s stands for 2^(s/2) data blocks of 2^((s+1)/2) * `least` elements. The index block
 * holds the first elements, the data blocks of the first super blocks, and the other super blocks.
 */

typedef struct extensible {
    array a;
    unsigned bits, in_index, least, pointers, offset_bytes, supers;
} extensible;

static mica_status walk_data_block(extensible *x, uint64_t address, uint64_t first, uint64_t count,
                                   const uint8_t *bits, uint64_t first_bit, mica_error *err) {
    h5_cursor cursor;
    h5_file *file = x->a.walk->file;
    const char *what = "extensible array block";
    uint64_t prefix = 6 + file->offset_bytes + x->offset_bytes;
    uint64_t size = prefix + (bits ? 0 : count * x->a.element_bytes) + 4;
    TRY(h5_walk_take(&x->a.walk->walk, size, err));
    TRY(h5_checked_block(file, address, size, "EADB", what, &cursor, err));
    TRY(h5_expect_version(&cursor, 0, 0, NULL, err));
    if (bits) return walk_pages(&x->a, address + size, first, count, bits, first_bit, what, err);
    cursor.at = cursor.start + prefix;
    return h5_walk_elements(x->a.walk, &cursor, first, count, x->a.element_bytes, x->a.filtered,
                            err);
}

static uint64_t blocks_of(unsigned super) { return (uint64_t)1 << super / 2; }
static uint64_t block_elements(const extensible *x, unsigned super) {
    return (uint64_t)x->least << (super + 1) / 2;
}
/* Number of the first element of a super block. */
static uint64_t first_of(const extensible *x, unsigned super) {
    return x->in_index + (((uint64_t)1 << super) - 1) * x->least;
}

static mica_status walk_super_block(extensible *x, uint64_t address, unsigned super,
                                    mica_error *err) {
    h5_cursor cursor;
    h5_file *file = x->a.walk->file;
    uint64_t blocks = blocks_of(super), elements = block_elements(x, super),
             first = first_of(x, super);
    bool paged = elements > x->a.page;
    uint64_t bitmap = paged ? blocks * ((elements / x->a.page + 7) / 8) : 0;
    uint64_t prefix = 6 + file->offset_bytes + x->offset_bytes;
    uint64_t size = prefix + bitmap + blocks * file->offset_bytes + 4;
    TRY(h5_walk_take(&x->a.walk->walk, size, err));
    TRY(h5_checked_block(file, address, size, "EASB", "extensible array super block", &cursor,
                         err));
    TRY(h5_expect_version(&cursor, 0, 0, NULL, err));
    const uint8_t *bits = paged ? cursor.start + prefix : NULL;
    cursor.at = cursor.start + prefix + bitmap;
    for (uint64_t i = 0; i < blocks; i++, first += elements) {
        uint64_t block = h5_take_offset(&cursor);
        if (block == H5_UNDEFINED) continue;
        TRY(walk_data_block(x, block, first, elements, bits, paged ? i * (elements / x->a.page) : 0,
                            err));
    }
    return MICA_OK;
}

static mica_status walk_index_block(extensible *x, uint64_t address, mica_error *err) {
    h5_cursor cursor;
    h5_file *file = x->a.walk->file;
    unsigned inside = 2 * h5_log2(x->pointers), blocks = 2 * (x->pointers - 1);
    if (inside > x->supers) inside = x->supers;
    uint64_t prefix = 6 + file->offset_bytes;
    uint64_t size = prefix + (uint64_t)x->in_index * x->a.element_bytes +
                    ((uint64_t)blocks + x->supers - inside) * file->offset_bytes + 4;
    TRY(h5_walk_take(&x->a.walk->walk, size, err));
    TRY(h5_checked_block(file, address, size, "EAIB", "extensible array index", &cursor, err));
    TRY(h5_expect_version(&cursor, 0, 0, NULL, err));
    cursor.at = cursor.start + prefix;
    TRY(h5_walk_elements(x->a.walk, &cursor, 0, x->in_index, x->a.element_bytes, x->a.filtered,
                         err));
    for (unsigned super = 0; super < inside; super++)
        for (uint64_t i = 0; i < blocks_of(super); i++) {
            uint64_t block = h5_take_offset(&cursor), elements = block_elements(x, super);
            if (block == H5_UNDEFINED || cursor.overrun) continue;
            if (elements > x->a.page)
                return fail(err, MICA_UNSUPPORTED,
                            "extensible array at byte %" PRIu64 ": pages in its index",
                            cursor.place);
            TRY(walk_data_block(x, block, first_of(x, super) + i * elements, elements, NULL, 0,
                                err));
        }
    for (unsigned super = inside; super < x->supers; super++) {
        uint64_t block = h5_take_offset(&cursor);
        if (block != H5_UNDEFINED && !cursor.overrun) TRY(walk_super_block(x, block, super, err));
    }
    return h5_check(&cursor, err);
}

mica_status h5_walk_extensible_array(h5_array_walk *walk, uint64_t address, mica_error *err) {
    h5_cursor cursor;
    extensible x = {.a.walk = walk};
    uint64_t size = 12 + 6 * walk->file->length_bytes + walk->file->offset_bytes + 4;
    TRY(h5_checked_block(walk->file, address, size, "EAHD", "extensible array", &cursor, err));
    TRY(h5_expect_version(&cursor, 0, 0, NULL, err));
    TRY(take_element_kind(&x.a, &cursor, err));
    x.bits = (unsigned)h5_take(&cursor, 1);
    x.in_index = (unsigned)h5_take(&cursor, 1);
    x.least = (unsigned)h5_take(&cursor, 1);
    x.pointers = (unsigned)h5_take(&cursor, 1);
    unsigned page_bits = (unsigned)h5_take(&cursor, 1);
    for (unsigned i = 0; i < 6; i++) h5_take_length(&cursor); /* statistics */
    uint64_t block = h5_take_offset(&cursor);
    TRY(h5_check(&cursor, err));
    if (!x.least || x.least & (x.least - 1) || x.pointers < 2 || x.pointers & (x.pointers - 1) ||
        x.bits > 60 || x.bits < h5_log2(x.least) || page_bits > 40)
        return fail(err, MICA_FORMAT,
                    "extensible array at byte %" PRIu64
                    ": 2^%u elements, blocks of %u, %u pointers, pages of 2^%u",
                    cursor.place, x.bits, x.least, x.pointers, page_bits);
    x.a.page = (uint64_t)1 << page_bits;
    x.offset_bytes = (x.bits + 7) / 8;
    x.supers = 1 + x.bits - h5_log2(x.least);
    return block == H5_UNDEFINED ? MICA_OK : walk_index_block(&x, block, err);
}
