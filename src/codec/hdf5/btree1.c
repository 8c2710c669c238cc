/* Version 1 B-trees: names of old groups (type 0), chunks (type 1).
 * A node of level n holds keys around children of level n - 1; a leaf's children are what is looked
 * for. Levels fall at every step, and the nodes together must fit in the file, so no cycle holds.
 * Source: HDF5 File Format Specification, III.A.1. */
#include "codec/hdf5/internal.h"

typedef struct walking {
    h5_file *file;
    unsigned type;
    uint64_t key_bytes;
    h5_walk walk;
    h5_btree1_visitor *visit;
    void *context;
} walking;

/* The node's level in *level, checked against `expected` (-1: any), and a cursor at its first key.
 */
static mica_status open_node(walking *w, uint64_t address, int expected, unsigned *level,
                             unsigned *children, h5_cursor *cursor, mica_error *err) {
    uint64_t prefix = 8 + 2 * w->file->offset_bytes;
    TRY(h5_cursor_at(w->file, address, prefix, "B-tree node", cursor, err));
    TRY(h5_expect_signature(cursor, "TREE", err));
    unsigned type = (unsigned)h5_take(cursor, 1);
    *level = (unsigned)h5_take(cursor, 1);
    *children = (unsigned)h5_take(cursor, 2);
    if (type != w->type || (expected >= 0 && *level != (unsigned)expected))
        return fail(err, MICA_FORMAT,
                    "B-tree node at byte %" PRIu64
                    ": type %u, level %u, expected type %u, level %d",
                    cursor->place, type, *level, w->type, expected < 0 ? (int)*level : expected);
    uint64_t size = *children * (w->key_bytes + w->file->offset_bytes) + w->key_bytes;
    TRY(h5_walk_take(&w->walk, prefix + size, err));
    return h5_cursor_at(w->file, address + prefix, size, "B-tree node", cursor, err);
}

static mica_status walk_node(walking *w, uint64_t address, int expected, mica_error *err) {
    h5_cursor cursor;
    unsigned level, children;
    TRY(open_node(w, address, expected, &level, &children, &cursor, err));
    for (unsigned i = 0; i < children; i++) {
        h5_cursor key = h5_cursor_over(w->file, h5_take_bytes(&cursor, w->key_bytes), w->key_bytes,
                                       "B-tree key");
        uint64_t child = h5_take_offset(&cursor);
        if (level) TRY(walk_node(w, child, (int)level - 1, err));
        else TRY(w->visit(w->context, &key, child, err));
    }
    return MICA_OK;
}

mica_status h5_btree1_walk(h5_file *file, uint64_t address, unsigned type, uint64_t key_bytes,
                           h5_btree1_visitor *visit, void *context, mica_error *err) {
    walking w = {file, type, key_bytes, h5_walk_start(file, "B-tree"), visit, context};
    return walk_node(&w, address, -1, err);
}
