/* Sends the structures of the new file in the order of their addresses.
 * Source: HDF5 File Format Specification, II.A (superblock 0), III.A to III.E. */
#include "codec/hdf5/internal.h"
#include "codec/hdf5/writing.h"

#include <stdlib.h>
#include <string.h>

static uint64_t min_of(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* An entry of a symbol table; for a group its tree and heap are cached in it. */
static void append_entry(h5_output *out, const h5_node *node) {
    h5_append_number(out, node->name_offset, 8);
    h5_append_number(out, node->header, 8);
    h5_append_number(out, node->is_group, 8);
    h5_append_number(out, node->is_group ? node->tree[node->levels - 1] : 0, 8);
    h5_append_number(out, node->is_group ? node->heap : 0, 8);
}

static mica_status send_superblock(h5_output *out, const h5_writer *writer, mica_error *err) {
    h5_append(out, "\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0", 16);
    h5_append_number(out, H5_LEAF_K, 2);
    h5_append_number(out, H5_NODE_K, 2);
    h5_append_number(out, 0, 4);
    h5_append_number(out, 0, 8);
    h5_append_number(out, H5_UNDEFINED, 8); /* free space */
    h5_append_number(out, writer->size, 8);
    h5_append_number(out, H5_UNDEFINED, 8); /* driver */
    append_entry(out, &writer->root);
    return h5_flush(out, 0, err);
}

static mica_status send_header(h5_output *out, const h5_node *node, mica_error *err) {
    h5_append_number(out, 1, 2);
    h5_append_number(out, h5_message_count(node), 2);
    h5_append_number(out, 1, 4); /* references */
    h5_append_number(out, node->header_bytes - 16, 8);
    h5_append_messages(out, node);
    return h5_flush(out, node->header, err);
}

static mica_status send_texts(h5_output *out, const h5_node *node, mica_error *err) {
    uint64_t bytes;
    for (size_t first = 0, count; (count = h5_pack_texts(node, first, &bytes)); first += count) {
        h5_append(out, "GCOL\1\0\0\0", 8);
        h5_append_number(out, bytes, 8);
        uint64_t address = 0;
        for (size_t i = first; i < first + count; i++) {
            const h5_value *value = &node->attributes[i].value;
            if (value->kind != H5_VALUE_LONG_TEXT || !value->bytes) continue;
            address = value->heap;
            h5_append_number(out, value->heap_index, 8);
            h5_append_number(out, value->bytes, 8);
            h5_append(out, value->data, value->bytes);
            h5_append_padding(out, 0);
        }
        uint64_t rest = out->used < bytes ? bytes - out->used : 0; /* an object of number 0: free */
        if (rest >= 16) {
            h5_append_number(out, 0, 8);
            h5_append_number(out, rest, 8);
            rest -= 16;
        }
        h5_append_zeros(out, rest);
        TRY(h5_flush(out, address, err));
    }
    return MICA_OK;
}

/* The key before table i: the name of the last child in the table before it; "" before the first.
 */
static uint64_t key_before(const h5_node *group, uint64_t table) {
    uint64_t children = min_of(table * H5_TABLE_ENTRIES, group->child_count);
    return children ? group->children[children - 1]->name_offset : 0;
}

static void append_tree_node(h5_output *out, const h5_node *group, unsigned level,
                             uint64_t number) {
    size_t start = out->used;
    uint64_t below = level ? group->nodes[level - 1] : group->table_count;
    uint64_t first = number * H5_NODE_CHILDREN, last = min_of(first + H5_NODE_CHILDREN, below);
    uint64_t address = group->tree[level] + number * H5_NODE_BYTES,
             tables = 1; /* under one child */
    for (unsigned i = 0; i < level; i++) tables *= H5_NODE_CHILDREN;
    h5_append(out, "TREE", 5);
    h5_append_number(out, level, 1);
    h5_append_number(out, last - first, 2);
    h5_append_number(out, number ? address - H5_NODE_BYTES : H5_UNDEFINED, 8);
    h5_append_number(out, number + 1 < group->nodes[level] ? address + H5_NODE_BYTES : H5_UNDEFINED,
                     8);
    h5_append_number(out, key_before(group, first * tables), 8);
    for (uint64_t child = first; child < last; child++) {
        h5_append_number(out,
                         level ? group->tree[level - 1] + child * H5_NODE_BYTES
                               : group->tables + child * H5_TABLE_BYTES,
                         8);
        h5_append_number(out, key_before(group, (child + 1) * tables), 8);
    }
    h5_append_zeros(out, H5_NODE_BYTES - (out->used - start));
}

static mica_status send_heap(h5_output *out, const h5_node *group, mica_error *err) {
    h5_append(out, "HEAP\0\0\0\0", 8);
    h5_append_number(out, group->heap_bytes, 8);
    h5_append_number(out, 1, 8); /* no free room */
    h5_append_number(out, group->heap + 32, 8);
    h5_append_zeros(out, 8);
    for (size_t i = 0; i < group->child_count; i++) {
        h5_append(out, group->children[i]->name, strlen(group->children[i]->name) + 1);
        h5_append_padding(out, 0);
    }
    return h5_flush(out, group->heap, err);
}

static mica_status send_tables(h5_output *out, const h5_node *group, mica_error *err) {
    for (uint64_t table = 0; table < group->table_count; table++) {
        uint64_t first = table * H5_TABLE_ENTRIES,
                 last = min_of(first + H5_TABLE_ENTRIES, group->child_count);
        h5_append(out, "SNOD\1", 6);
        h5_append_number(out, last - first, 2);
        for (uint64_t i = first; i < last; i++) append_entry(out, group->children[i]);
        h5_append_zeros(out, H5_TABLE_BYTES - out->used);
        TRY(h5_flush(out, group->tables + table * H5_TABLE_BYTES, err));
    }
    return MICA_OK;
}

static mica_status send_data(h5_output *out, const h5_node *node, mica_error *err) {
    static const uint8_t zeros[8];
    size_t bytes = node->value.bytes, padding = (8 - bytes % 8) % 8;
    if (!bytes) return MICA_OK;
    TRY(h5_flush(out, node->data, err));
    TRY(out->sink(out->context, node->value.data, bytes, err));
    if (padding) TRY(out->sink(out->context, zeros, padding, err));
    out->position += bytes + padding;
    return MICA_OK;
}

static mica_status send_node(h5_output *out, const h5_node *node, mica_error *err) {
    TRY(send_header(out, node, err));
    TRY(send_texts(out, node, err));
    if (!node->is_group) return send_data(out, node, err);
    for (unsigned level = 0; level < node->levels; level++)
        for (uint64_t i = 0; i < node->nodes[level]; i++) {
            append_tree_node(out, node, level, i);
            TRY(h5_flush(out, node->tree[level] + i * H5_NODE_BYTES, err));
        }
    TRY(send_heap(out, node, err));
    TRY(send_tables(out, node, err));
    for (size_t i = 0; i < node->child_count; i++) TRY(send_node(out, node->children[i], err));
    return MICA_OK;
}

/* Headers count their messages in 16 bits. */
static mica_status check_counts(const h5_node *node, mica_error *err) {
    if (h5_message_count(node) > UINT16_MAX || node->header_bytes > UINT32_MAX)
        return fail(err, MICA_VALUE, "HDF5 writer: \"%s\" has %zu attributes, expected below 65536",
                    node->name ? node->name : "/", node->attribute_count);
    for (size_t i = 0; i < node->child_count; i++) TRY(check_counts(node->children[i], err));
    return MICA_OK;
}

mica_status h5_writer_finish(h5_writer *writer, h5_sink *sink, void *context, mica_error *err) {
    h5_output out = {.sink = sink, .context = context};
    h5_place_all(writer);
    TRY(check_counts(&writer->root, err));
    mica_status status = send_superblock(&out, writer, err);
    if (status == MICA_OK) status = send_node(&out, &writer->root, err);
    if (status == MICA_OK) status = h5_flush(&out, writer->size, err);
    free(out.bytes);
    return status;
}
