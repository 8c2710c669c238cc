/* Version 2 B-trees: dense links and attributes, huge objects, chunks. Records of one size lie in
 * leaves and between the children of internal nodes, in order.
 * The width of a child's record counts follows from how many records each level can hold.
 * Source: HDF5 File Format Specification, III.A.2. */
#include "codec/hdf5/internal.h"

#define MAX_DEPTH 16

typedef struct tree {
    h5_file *file;
    unsigned type, record_bytes, depth;
    uint64_t node_bytes, root, root_records;
    unsigned count_bytes; /* of the number of records in a child */
    unsigned
        total_bytes[MAX_DEPTH + 1]; /* of the number of records at and below a node, by level */
    h5_walk walk;
} tree;

static unsigned pointer_bytes(const tree *t, unsigned level) {
    return t->file->offset_bytes + t->count_bytes + t->total_bytes[level - 1];
}

static mica_status measure_levels(tree *t, h5_cursor *cursor, mica_error *err) {
    if (t->depth > MAX_DEPTH || !t->record_bytes || t->node_bytes < 10 + t->record_bytes)
        return fail(err, MICA_FORMAT,
                    "B-tree at byte %" PRIu64 ": depth %u, records of %u bytes, nodes of %" PRIu64,
                    cursor->place, t->depth, t->record_bytes, t->node_bytes);
    uint64_t most = (t->node_bytes - 10) / t->record_bytes, total = most;
    t->count_bytes = h5_bytes_to_hold(most);
    for (unsigned level = 1; level <= t->depth; level++) {
        unsigned pointer = pointer_bytes(t, level);
        if (t->node_bytes < 10 + pointer)
            return fail(err, MICA_FORMAT, "B-tree at byte %" PRIu64 ": nodes of %" PRIu64 " bytes",
                        cursor->place, t->node_bytes);
        most = (t->node_bytes - 10 - pointer) / (t->record_bytes + pointer);
        if (!h5_multiply(most + 1, total, &total) || total > UINT64_MAX - most)
            total = UINT64_MAX - most;
        total += most;
        t->total_bytes[level] = h5_bytes_to_hold(total);
    }
    return MICA_OK;
}

static mica_status open_tree(h5_file *file, uint64_t address, unsigned type, tree *t,
                             mica_error *err) {
    h5_cursor cursor;
    *t = (tree){.file = file, .type = type, .walk = h5_walk_start(file, "B-tree")};
    uint64_t size = 16 + file->offset_bytes + 2 + file->length_bytes + 4;
    TRY(h5_checked_block(file, address, size, "BTHD", "B-tree header", &cursor, err));
    TRY(h5_expect_version(&cursor, 0, 0, NULL, err));
    unsigned found = (unsigned)h5_take(&cursor, 1);
    t->node_bytes = h5_take(&cursor, 4);
    t->record_bytes = (unsigned)h5_take(&cursor, 2);
    t->depth = (unsigned)h5_take(&cursor, 2);
    h5_take(&cursor, 2); /* when to split and merge */
    t->root = h5_take_offset(&cursor);
    t->root_records = h5_take(&cursor, 2);
    TRY(h5_check(&cursor, err));
    if (found != type)
        return fail(err, MICA_FORMAT, "B-tree at byte %" PRIu64 ": type %u, expected %u",
                    cursor.place, found, type);
    return measure_levels(t, &cursor, err);
}

/* A cursor over `records` records, then (level > 0) over records + 1 pointers. */
static mica_status open_node(tree *t, uint64_t address, unsigned level, uint64_t records,
                             h5_cursor *cursor, mica_error *err) {
    uint64_t size = 10 + records * t->record_bytes;
    if (level) size += (records + 1) * pointer_bytes(t, level);
    if (size > t->node_bytes)
        return fail(err, MICA_FORMAT,
                    "B-tree node at byte %" PRIu64 ": %" PRIu64 " records do not fit in %" PRIu64
                    " bytes",
                    address + t->file->base, records, t->node_bytes);
    TRY(h5_walk_take(&t->walk, size, err));
    TRY(h5_checked_block(t->file, address, size, level ? "BTIN" : "BTLF", "B-tree node", cursor,
                         err));
    TRY(h5_expect_version(cursor, 0, 0, NULL, err));
    unsigned type = (unsigned)h5_take(cursor, 1);
    if (type != t->type)
        return fail(err, MICA_FORMAT, "B-tree node at byte %" PRIu64 ": type %u, expected %u",
                    cursor->place, type, t->type);
    return MICA_OK;
}

static h5_cursor take_record(tree *t, h5_cursor *node) {
    return h5_cursor_over(t->file, h5_take_bytes(node, t->record_bytes), t->record_bytes,
                          "B-tree record");
}

static void take_pointer(tree *t, h5_cursor *pointers, unsigned level, uint64_t *child,
                         uint64_t *records) {
    *child = h5_take_offset(pointers);
    *records = h5_take(pointers, t->count_bytes);
    h5_take(pointers, t->total_bytes[level - 1]);
}

static mica_status walk_node(tree *t, uint64_t address, unsigned level, uint64_t records,
                             h5_btree2_visitor *visit, void *context, mica_error *err) {
    h5_cursor node;
    TRY(open_node(t, address, level, records, &node, err));
    h5_cursor pointers = node;
    h5_take_bytes(&pointers, records * t->record_bytes);
    for (uint64_t i = 0; i <= records; i++) {
        uint64_t child, below;
        if (level) {
            take_pointer(t, &pointers, level, &child, &below);
            TRY(walk_node(t, child, level - 1, below, visit, context, err));
        }
        if (i == records) break;
        h5_cursor record = take_record(t, &node);
        TRY(visit(context, &record, err));
    }
    return MICA_OK;
}

mica_status h5_btree2_walk(h5_file *file, uint64_t address, unsigned type, h5_btree2_visitor *visit,
                           void *context, mica_error *err) {
    tree t;
    TRY(open_tree(file, address, type, &t, err));
    if (t.root == H5_UNDEFINED) return MICA_OK; /* it holds nothing */
    return walk_node(&t, t.root, t.depth, t.root_records, visit, context, err);
}

mica_status h5_btree2_find(h5_file *file, uint64_t address, unsigned type,
                           h5_btree2_compare *compare, const void *context, h5_cursor *record,
                           bool *found, mica_error *err) {
    tree t;
    *found = false;
    TRY(open_tree(file, address, type, &t, err));
    if (t.root == H5_UNDEFINED) return MICA_OK;
    uint64_t at = t.root, records = t.root_records;
    for (unsigned level = t.depth;; level--) {
        h5_cursor node;
        uint64_t i = 0;
        TRY(open_node(&t, at, level, records, &node, err));
        h5_cursor pointers = node;
        h5_take_bytes(&pointers, records * t.record_bytes);
        for (; i < records; i++) {
            *record = take_record(&t, &node);
            int order = compare(context, *record);
            if (!order) return *found = true, MICA_OK;
            if (order < 0) break;
        }
        if (!level) return MICA_OK;
        h5_take_bytes(&pointers, i * pointer_bytes(&t, level));
        take_pointer(&t, &pointers, level, &at, &records);
    }
}
