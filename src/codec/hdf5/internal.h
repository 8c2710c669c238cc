/* What the files of the HDF5 reader share. Order: bytes, structures, objects, data. */
#ifndef CODEC_HDF5_INTERNAL_H
#define CODEC_HDF5_INTERNAL_H

#include "base/error.h"
#include "codec/hdf5.h"

#include <inttypes.h>

#define H5_UNDEFINED UINT64_MAX /* the address of what is not there */

/* ---- file.c: the bytes of the file ---- */

/* Addresses to pointers, open addressing (map.c). */
typedef struct h5_map {
    uint64_t *keys;
    void **values;
    size_t used, room;
} h5_map;

void *h5_map_find(const h5_map *map, uint64_t key);
mica_status h5_map_put(h5_map *map, uint64_t key, void *value, mica_error *err);
void h5_map_free(h5_map *map);

typedef struct h5_block {
    struct h5_block *next, **link;
    uint64_t charge; /* what it took from the budget */
    max_align_t data[];
} h5_block;

struct h5_file {
    char *name;
    const uint8_t *bytes; /* of the file from its superblock on */
    uint64_t size;        /* how many those are */
    uint64_t base;        /* where the superblock lies in the file; addresses count from there */
    int descriptor;       /* -1 when read from memory */
    uint8_t *region;      /* room for the whole file, filled page by page as structures are read */
    uint8_t *present;     /* a byte per page: is it filled? */
    h5_block *blocks;     /* all that lives as long as the file */
    uint64_t budget;      /* bytes that may still be allocated for it */
    unsigned offset_bytes, length_bytes;
    uint64_t root;      /* address of the root group's header */
    h5_map objects;     /* by address of their header */
    h5_map collections; /* global heap collections by address */
    h5_map verified;    /* blocks whose checksum was found right */
};

/* Zeroed memory that lives until h5_close, or until h5_release. */
mica_status h5_keep(h5_file *file, uint64_t bytes, void **memory, mica_error *err);
void h5_release(h5_file *file, void *memory);
/* Makes room for one more item in a list from h5_keep. */
mica_status h5_grow(h5_file *file, void **items, size_t count, size_t *room, size_t item_bytes,
                    mica_error *err);
mica_status h5_keep_text(h5_file *file, const void *bytes, size_t size, char **text,
                         mica_error *err);
/* A pointer to bytes of the file. FORMAT where the file does not hold them. */
mica_status h5_bytes(h5_file *file, uint64_t address, uint64_t size, const char *what,
                     const uint8_t **bytes, mica_error *err);
/* The same, copied. */
mica_status h5_copy(h5_file *file, uint64_t address, uint64_t size, const char *what, void *out,
                    mica_error *err);
mica_status h5_read_superblock(h5_file *file, mica_error *err);

/* ---- cursor.c: reading fields in order ---- */

typedef struct h5_cursor {
    const uint8_t *at, *end, *start;
    uint64_t place; /* file position of start, for messages */
    unsigned offset_bytes, length_bytes;
    bool overrun; /* a read went past the end; all reads after it give 0 */
    const char *what;
} h5_cursor;

mica_status h5_cursor_at(h5_file *file, uint64_t address, uint64_t size, const char *what,
                         h5_cursor *cursor, mica_error *err);
/* A cursor within bytes already read. */
h5_cursor h5_cursor_over(const h5_file *file, const uint8_t *bytes, uint64_t size,
                         const char *what);
uint64_t h5_take(h5_cursor *cursor, unsigned bytes); /* little-endian, at most 8 bytes */
uint64_t h5_take_offset(h5_cursor *cursor);          /* all ones give H5_UNDEFINED */
uint64_t h5_take_length(h5_cursor *cursor);
const uint8_t *h5_take_bytes(h5_cursor *cursor, uint64_t bytes); /* NULL past the end */
uint64_t h5_left(const h5_cursor *cursor);
uint64_t h5_place(const h5_cursor *cursor); /* file position of the next byte */
/* FORMAT where a read went past the end. */
mica_status h5_check(const h5_cursor *cursor, mica_error *err);
mica_status h5_expect_signature(h5_cursor *cursor, const char *signature, mica_error *err);
mica_status h5_expect_version(h5_cursor *cursor, unsigned low, unsigned high, unsigned *version,
                              mica_error *err);
/* A block that starts with a signature and ends in a checksum: the cursor stands after the
 * signature and ends before the checksum. */
mica_status h5_checked_block(h5_file *file, uint64_t address, uint64_t size, const char *signature,
                             const char *what, h5_cursor *cursor, mica_error *err);
/* The next four bytes are that checksum; that of all bytes before the cursor. */
mica_status h5_expect_checksum(h5_cursor *cursor, uint32_t expected, mica_error *err);
uint32_t h5_checksum_so_far(const h5_cursor *cursor);

uint32_t h5_lookup3(const void *bytes, size_t size); /* Jenkins, initial value 0 */
uint32_t h5_fletcher32(const uint8_t *bytes, size_t size);

/* Parts of one tree or list do not overlap, so together they are no larger than the file: what
 * takes more goes in circles. */
typedef struct h5_walk {
    uint64_t left;
    const char *what;
} h5_walk;

h5_walk h5_walk_start(const h5_file *file, const char *what);
mica_status h5_walk_take(h5_walk *walk, uint64_t bytes, mica_error *err);

bool h5_multiply(uint64_t a, uint64_t b, uint64_t *product); /* false where it overflows */
unsigned h5_log2(uint64_t value);                            /* rounded down; 0 for 0 */
unsigned h5_bytes_to_hold(uint64_t limit);                   /* bytes of a field for 0..limit */

/* ---- object headers (header.c) ---- */

enum {
    H5_MSG_DATASPACE = 0x01,
    H5_MSG_LINK_INFO = 0x02,
    H5_MSG_DATATYPE = 0x03,
    H5_MSG_OLD_FILL = 0x04,
    H5_MSG_FILL = 0x05,
    H5_MSG_LINK = 0x06,
    H5_MSG_EXTERNAL = 0x07,
    H5_MSG_LAYOUT = 0x08,
    H5_MSG_FILTERS = 0x0b,
    H5_MSG_ATTRIBUTE = 0x0c,
    H5_MSG_CONTINUATION = 0x10,
    H5_MSG_SYMBOL_TABLE = 0x11,
    H5_MSG_ATTRIBUTE_INFO = 0x15,
};

typedef struct h5_message {
    uint16_t type;
    uint8_t flags;
    uint32_t size;
    const uint8_t *bytes;
} h5_message;

typedef struct h5_link_table {
    h5_link *by_name, *by_creation;
    size_t count;
    bool tracked;
} h5_link_table;

typedef struct h5_attribute_table {
    h5_attribute *items;
    size_t count;
} h5_attribute_table;

typedef struct h5_data h5_data;

struct h5_object {
    h5_file *file;
    char *path;
    uint64_t address;
    h5_message *messages;
    size_t count;
    h5_link_table *links; /* these three are filled when first asked for */
    h5_attribute_table *attributes;
    h5_data *data;
};

mica_status h5_read_header(h5_object *object, mica_error *err);
/* The first message of that type, or NULL. */
const h5_message *h5_message_of(const h5_object *object, unsigned type);
/* A cursor over the message; UNSUPPORTED where its body is shared (lies elsewhere). */
mica_status h5_open_message(const h5_object *object, const h5_message *message, const char *what,
                            h5_cursor *cursor, mica_error *err);

/* ---- structures ---- */

mica_status h5_parse_space(h5_cursor *cursor, h5_space *space, uint64_t *maximum, mica_error *err);
mica_status h5_parse_type(h5_cursor *cursor, h5_type *type, mica_error *err);

/* Version 1 B-trees (btree1.c): calls visit with the key before each child of the leaves. */
typedef mica_status h5_btree1_visitor(void *context, h5_cursor *key, uint64_t child,
                                      mica_error *err);
mica_status h5_btree1_walk(h5_file *file, uint64_t address, unsigned type, uint64_t key_bytes,
                           h5_btree1_visitor *visit, void *context, mica_error *err);

/* Version 2 B-trees (btree2.c). The cursor holds one record. */
typedef mica_status h5_btree2_visitor(void *context, h5_cursor *record, mica_error *err);
mica_status h5_btree2_walk(h5_file *file, uint64_t address, unsigned type, h5_btree2_visitor *visit,
                           void *context, mica_error *err);
/* The record for which compare gives 0 (below 0: the one sought lies before it); NULL if none. */
typedef int h5_btree2_compare(const void *context, h5_cursor record);
mica_status h5_btree2_find(h5_file *file, uint64_t address, unsigned type,
                           h5_btree2_compare *compare, const void *context, h5_cursor *record,
                           bool *found, mica_error *err);

/* Local heaps of old groups, global heaps of variable-length strings (heap.c). */
typedef struct h5_local_heap {
    const uint8_t *bytes;
    uint64_t size, place;
} h5_local_heap;

mica_status h5_open_local_heap(h5_file *file, uint64_t address, h5_local_heap *heap,
                               mica_error *err);
mica_status h5_local_text(const h5_local_heap *heap, uint64_t offset, const char **text,
                          mica_error *err);
mica_status h5_global_object(h5_file *file, uint64_t address, uint32_t index, const uint8_t **bytes,
                             uint64_t *size, mica_error *err);

/* Fractal heaps of dense links and attributes (fractal_heap.c). */
typedef struct h5_fractal_heap {
    h5_file *file;
    uint64_t address, root, huge_tree, start_block, max_direct;
    unsigned id_bytes, offset_bytes, length_bytes, heap_bits, width, rows, block_header;
    bool checksums;
    h5_walk walk;
} h5_fractal_heap;

mica_status h5_open_fractal_heap(h5_file *file, uint64_t address, h5_fractal_heap *heap,
                                 mica_error *err);
mica_status h5_fractal_object(h5_fractal_heap *heap, h5_cursor *id, h5_cursor *object,
                              mica_error *err);

/* ---- objects ---- */

mica_status h5_load_links(h5_object *group, mica_error *err);
mica_status h5_load_attributes(h5_object *object, mica_error *err);
/* The strings among `elements` raw elements. */
mica_status h5_texts_of(h5_file *file, const h5_type *type, const uint8_t *raw, uint64_t elements,
                        h5_texts **texts, mica_error *err);
/* Puts "FILE: OBJECT: " before an error. */
mica_status h5_blame(const h5_object *object, mica_error *err, mica_status code);

/* ---- data ---- */

typedef enum h5_layout_kind { H5_COMPACT, H5_CONTIGUOUS, H5_CHUNKED } h5_layout_kind;
typedef enum h5_index {
    H5_INDEX_BTREE1 = 0,
    H5_INDEX_SINGLE = 1,
    H5_INDEX_IMPLICIT = 2,
    H5_INDEX_FIXED = 3,
    H5_INDEX_EXTENSIBLE = 4,
    H5_INDEX_BTREE2 = 5
} h5_index;

#define H5_MAX_FILTERS 32
typedef struct h5_filter {
    uint16_t id;
    uint32_t value; /* its first parameter: element size of shuffle */
} h5_filter;

struct h5_data {
    h5_type type;
    h5_space space;
    uint64_t maximum[H5_MAX_RANK]; /* of the dims; UINT64_MAX is unlimited */
    uint64_t bytes;                /* of all elements, as in the file */
    h5_layout_kind layout;
    uint64_t address; /* of the data, or of the chunk index */
    const uint8_t *compact;
    h5_index index;
    bool whole_edges;            /* chunks over the edge are stored unfiltered */
    uint64_t chunk[H5_MAX_RANK]; /* dims of a chunk */
    uint64_t chunk_bytes;
    uint64_t single_bytes; /* the only chunk's stored size and filter mask */
    uint32_t single_mask;
    unsigned filter_count;
    h5_filter filters[H5_MAX_FILTERS];
    const uint8_t *fill; /* one element, NULL for zeros */
};

mica_status h5_load_data(h5_object *dataset, mica_error *err);
mica_status h5_parse_layout(h5_object *dataset, h5_data *data, mica_error *err);
mica_status h5_parse_filters(h5_object *dataset, h5_data *data, mica_error *err);
mica_status h5_parse_fill(h5_object *dataset, h5_data *data, mica_error *err);

typedef struct h5_chunk {
    uint64_t address, stored; /* bytes in the file */
    uint32_t mask;            /* bit i: filter i was not applied */
    uint64_t at[H5_MAX_RANK]; /* element coordinates of its first element */
} h5_chunk;

typedef mica_status h5_chunk_visitor(void *context, const h5_chunk *chunk, mica_error *err);
/* Visits every stored chunk that lies in the extent. */
mica_status h5_chunks(h5_object *dataset, h5_chunk_visitor *visit, void *context, mica_error *err);

/* Chunk arrays give (element number, address, stored bytes, mask) to this. */
typedef struct h5_array_walk {
    h5_file *file;
    const h5_data *data;
    uint64_t unfiltered; /* stored bytes where the index does not say */
    h5_walk walk;
    void *context;
    mica_status (*visit)(void *context, uint64_t number, uint64_t address, uint64_t stored,
                         uint32_t mask, mica_error *err);
} h5_array_walk;

mica_status h5_walk_elements(h5_array_walk *walk, h5_cursor *cursor, uint64_t first, uint64_t count,
                             unsigned element_bytes, bool filtered, mica_error *err);
mica_status h5_walk_fixed_array(h5_array_walk *walk, uint64_t address, mica_error *err);
mica_status h5_walk_extensible_array(h5_array_walk *walk, uint64_t address, mica_error *err);

/* Undoes the filters of a chunk: *bytes (size *size) is replaced by data->chunk_bytes bytes. */
typedef struct h5_scratch {
    uint8_t *bytes, *spare;
    size_t size, room, spare_room;
} h5_scratch;

mica_status h5_unfilter(const h5_data *data, uint32_t mask, h5_scratch *scratch, mica_error *err);
mica_status h5_scratch_room(uint8_t **bytes, size_t *room, size_t wanted, mica_error *err);

/* Converts n elements of the file to dtype. */
void h5_convert(const h5_type *type, const uint8_t *from, mica_dtype dtype, void *to, size_t n);
mica_status h5_can_convert(const h5_type *type, mica_dtype dtype, mica_error *err);

#endif
