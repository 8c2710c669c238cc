/* What the files of the HDF5 writer share. All lengths and addresses take 8 bytes. */
#ifndef CODEC_HDF5_WRITING_H
#define CODEC_HDF5_WRITING_H

#include "base/error.h"
#include "codec/hdf5.h"
#include "codec/hdf5_write.h"

/* As the superblock says: half the entries of a symbol table, half the children of a tree node. */
#define H5_LEAF_K 4
#define H5_NODE_K 16
#define H5_TABLE_ENTRIES (2 * H5_LEAF_K)
#define H5_NODE_CHILDREN (2 * H5_NODE_K)
#define H5_TABLE_BYTES (8 + H5_TABLE_ENTRIES * 40)
#define H5_NODE_BYTES (24 + H5_NODE_CHILDREN * 8 + (H5_NODE_CHILDREN + 1) * 8)
#define H5_TREE_LEVELS 12 /* 32^12 tables are never reached */

typedef enum h5_value_kind { H5_VALUE_NUMBERS, H5_VALUE_TEXTS, H5_VALUE_LONG_TEXT } h5_value_kind;

/* What an attribute or dataset holds. */
typedef struct h5_value {
    h5_value_kind kind;
    mica_dtype dtype;
    unsigned rank;
    int64_t dims[H5_MAX_RANK];
    size_t element_bytes, bytes; /* in the file; of the text, for LONG_TEXT */
    const void *data;
    uint64_t heap;       /* a long text: the address of its heap, */
    uint32_t heap_index; /* and its number in there, 0 where it is empty */
} h5_value;

typedef struct h5_new_attribute {
    char *name;
    void *owned;
    h5_value value;
} h5_new_attribute;

typedef struct h5_node {
    char *name;
    bool is_group;
    struct h5_node **children; /* sorted by name */
    size_t child_count, child_room;
    h5_new_attribute *attributes; /* sorted by name */
    size_t attribute_count, attribute_room;
    h5_value value; /* of a dataset */
    /* Set by h5_place_all. */
    uint64_t name_offset; /* in the heap of its parent */
    uint64_t header, header_bytes, heap, heap_bytes, tables, data;
    uint64_t tree[H5_TREE_LEVELS]; /* address of the first node of each level, leaves first */
    uint64_t nodes[H5_TREE_LEVELS];
    unsigned levels;
    uint64_t table_count;
} h5_node;

struct h5_writer {
    h5_node root;
    uint64_t size;
};

/* Bytes of one structure on its way to the sink. */
typedef struct h5_output {
    h5_sink *sink;
    void *context;
    uint64_t position;
    uint8_t *bytes;
    size_t used, room;
    mica_status status; /* of the first append that failed */
} h5_output;

void h5_append(h5_output *out, const void *bytes, size_t size);
void h5_append_number(h5_output *out, uint64_t value, unsigned bytes);
void h5_append_zeros(h5_output *out, size_t size);
void h5_append_padding(h5_output *out, size_t start); /* to a multiple of 8 from start on */
mica_status h5_flush(h5_output *out, uint64_t expected_position, mica_error *err);

/* Messages (write_message.c). The size of each is a multiple of 8 and includes its own header. */
size_t h5_type_bytes(const h5_value *value);
size_t h5_attribute_bytes(const h5_new_attribute *attribute);
size_t h5_messages_bytes(const h5_node *node);
size_t h5_message_count(const h5_node *node);
void h5_append_messages(h5_output *out, const h5_node *node);

/* How many of the attributes from `first` on share one global heap, and its size; 0 at the end. */
size_t h5_pack_texts(const h5_node *node, size_t first, uint64_t *bytes);

/* Gives every structure its address (write_place.c). */
void h5_place_all(h5_writer *writer);

#endif
