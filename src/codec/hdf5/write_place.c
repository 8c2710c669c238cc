/* Gives every structure of the new file its address, in the order in which they are sent:
 * an object's header, its long texts, then a group's tree, names, tables and children, or a
 * dataset's data. */
#include "codec/hdf5/internal.h"
#include "codec/hdf5/writing.h"

#include <string.h>

#define HEAP_MIN 4096 /* bytes of a global heap; smaller ones are refused by the HDF5 library */
#define HEAP_HEAD 16

static uint64_t padded(uint64_t bytes) { return (bytes + 7) / 8 * 8; }

static bool in_heap(const h5_new_attribute *attribute) {
    return attribute->value.kind == H5_VALUE_LONG_TEXT && attribute->value.bytes;
}

size_t h5_pack_texts(const h5_node *node, size_t first, uint64_t *bytes) {
    size_t i = first;
    *bytes = HEAP_HEAD;
    for (; i < node->attribute_count; i++) {
        if (!in_heap(&node->attributes[i])) continue;
        uint64_t more = 16 + padded(node->attributes[i].value.bytes);
        if (*bytes > HEAP_HEAD && *bytes + more > HEAP_MIN) break;
        *bytes += more;
    }
    if (*bytes == HEAP_HEAD) return 0;
    if (*bytes < HEAP_MIN) *bytes = HEAP_MIN;
    return i - first;
}

static uint64_t take(h5_writer *writer, uint64_t bytes) {
    uint64_t address = writer->size;
    writer->size += padded(bytes);
    return address;
}

static void place_texts(h5_writer *writer, h5_node *node) {
    uint64_t bytes;
    for (size_t first = 0, count; (count = h5_pack_texts(node, first, &bytes)); first += count) {
        uint64_t address = take(writer, bytes);
        uint32_t index = 0;
        for (size_t i = first; i < first + count; i++) {
            if (!in_heap(&node->attributes[i])) continue;
            node->attributes[i].value.heap = address;
            node->attributes[i].value.heap_index = ++index;
        }
    }
}

/* Tables of 8 names, leaves of 32 tables, and levels above until one node is left. */
static void place_group(h5_writer *writer, h5_node *group) {
    group->table_count = (group->child_count + H5_TABLE_ENTRIES - 1) / H5_TABLE_ENTRIES;
    uint64_t below = group->table_count;
    group->levels = 0;
    do {
        uint64_t nodes = below ? (below + H5_NODE_CHILDREN - 1) / H5_NODE_CHILDREN : 1;
        group->nodes[group->levels] = below = nodes;
        group->tree[group->levels++] = take(writer, nodes * H5_NODE_BYTES);
    } while (below > 1);
    group->heap_bytes = 8; /* the empty name */
    for (size_t i = 0; i < group->child_count; i++) {
        group->children[i]->name_offset = group->heap_bytes;
        group->heap_bytes += padded(strlen(group->children[i]->name) + 1);
    }
    group->heap = take(writer, 32 + group->heap_bytes);
    group->tables = take(writer, group->table_count * H5_TABLE_BYTES);
}

static void place(h5_writer *writer, h5_node *node) {
    node->header_bytes = 16 + h5_messages_bytes(node);
    node->header = take(writer, node->header_bytes);
    place_texts(writer, node);
    if (!node->is_group) {
        node->data = node->value.bytes ? take(writer, node->value.bytes) : H5_UNDEFINED;
        return;
    }
    place_group(writer, node);
    for (size_t i = 0; i < node->child_count; i++) place(writer, node->children[i]);
}

void h5_place_all(h5_writer *writer) {
    writer->size = 96; /* the superblock */
    place(writer, &writer->root);
}

mica_status h5_writer_size(h5_writer *writer, uint64_t *bytes, mica_error *err) {
    (void)err;
    h5_place_all(writer);
    *bytes = writer->size;
    return MICA_OK;
}
