/* The links of a group: from its symbol table (old), its link messages (compact), or its fractal
 * heap (dense). Sorted by name; by creation too where the group tracks it.
 * Source: HDF5 File Format Specification, III.B to III.C, IV.A.2.c, IV.A.2.g. */
#include "codec/hdf5/internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct loading {
    h5_object *group;
    h5_link *links;
    size_t count, room;
    h5_local_heap names;  /* old groups */
    h5_fractal_heap heap; /* dense groups */
    h5_walk tables;
} loading;

static mica_status add_link(loading *l, const void *name, uint64_t bytes, h5_link link,
                            mica_error *err) {
    char *text;
    void *items = l->links;
    if (!bytes || memchr(name, 0, bytes) || memchr(name, '/', bytes))
        return fail(err, MICA_FORMAT, "a link has an impossible name (%" PRIu64 " bytes)", bytes);
    TRY(h5_grow(l->group->file, &items, l->count, &l->room, sizeof link, err));
    l->links = items;
    TRY(h5_keep_text(l->group->file, name, bytes, &text, err));
    link.name = text;
    l->links[l->count++] = link;
    return MICA_OK;
}

/* ---- old groups ---- */

static mica_status read_symbols(void *context, h5_cursor *key, uint64_t address, mica_error *err) {
    loading *l = context;
    h5_file *file = l->group->file;
    h5_cursor cursor;
    (void)key;
    TRY(h5_cursor_at(file, address, 8, "symbol table", &cursor, err));
    TRY(h5_expect_signature(&cursor, "SNOD", err));
    TRY(h5_expect_version(&cursor, 1, 1, NULL, err));
    h5_take(&cursor, 1);
    unsigned symbols = (unsigned)h5_take(&cursor, 2);
    uint64_t size = (uint64_t)symbols * (2 * file->offset_bytes + 24);
    TRY(h5_walk_take(&l->tables, 8 + size, err));
    TRY(h5_cursor_at(file, address + 8, size, "symbol table", &cursor, err));
    for (unsigned i = 0; i < symbols; i++) {
        const char *name;
        h5_link link = {.creation_order = -1};
        uint64_t offset = h5_take_offset(&cursor);
        link.address = h5_take_offset(&cursor);
        link.kind = h5_take(&cursor, 4) == 2 ? H5_SOFT_LINK
                                             : H5_HARD_LINK; /* what its cache holds */
        h5_take_bytes(&cursor, 4 + 16);
        TRY(h5_local_text(&l->names, offset, &name, err));
        TRY(add_link(l, name, strlen(name), link, err));
    }
    return h5_check(&cursor, err);
}

static mica_status load_symbol_table(loading *l, const h5_message *message, mica_error *err) {
    h5_cursor cursor;
    h5_file *file = l->group->file;
    TRY(h5_open_message(l->group, message, "symbol table message", &cursor, err));
    uint64_t tree = h5_take_offset(&cursor), heap = h5_take_offset(&cursor);
    TRY(h5_check(&cursor, err));
    TRY(h5_open_local_heap(file, heap, &l->names, err));
    return h5_btree1_walk(file, tree, 0, file->length_bytes, read_symbols, l, err);
}

/* ---- new groups ---- */

static mica_status read_link(loading *l, h5_cursor *cursor, mica_error *err) {
    h5_link link = {.creation_order = -1};
    uint64_t place = h5_place(cursor);
    TRY(h5_expect_version(cursor, 1, 1, NULL, err));
    unsigned flags = (unsigned)h5_take(cursor, 1);
    unsigned kind = flags & 8 ? (unsigned)h5_take(cursor, 1) : 0;
    if (flags & 4) link.creation_order = (int64_t)h5_take(cursor, 8);
    if (flags & 16) h5_take(cursor, 1); /* character set: bytes either way */
    uint64_t bytes = h5_take(cursor, 1u << (flags & 3));
    const uint8_t *name = h5_take_bytes(cursor, bytes);
    if (kind == 0) link.address = h5_take_offset(cursor);
    TRY(h5_check(cursor, err));
    if (link.creation_order < -1 || (flags & 4 && link.creation_order < 0))
        return fail(err, MICA_FORMAT, "link at byte %" PRIu64 ": creation order %" PRId64, place,
                    link.creation_order);
    link.kind = kind == 0    ? H5_HARD_LINK
                : kind == 1  ? H5_SOFT_LINK
                : kind == 64 ? H5_EXTERNAL_LINK
                             : H5_OTHER_LINK;
    return add_link(l, name, bytes, link, err);
}

static mica_status read_dense_link(void *context, h5_cursor *record, mica_error *err) {
    loading *l = context;
    h5_cursor object;
    h5_take_bytes(record, 4); /* hash of the name */
    TRY(h5_fractal_object(&l->heap, record, &object, err));
    object.what = "link";
    return read_link(l, &object, err);
}

static mica_status load_dense(loading *l, const h5_message *message, mica_error *err) {
    h5_cursor cursor;
    TRY(h5_open_message(l->group, message, "link info message", &cursor, err));
    TRY(h5_expect_version(&cursor, 0, 0, NULL, err));
    unsigned flags = (unsigned)h5_take(&cursor, 1);
    if (flags & 1) h5_take(&cursor, 8); /* largest creation order */
    uint64_t heap = h5_take_offset(&cursor), by_name = h5_take_offset(&cursor);
    TRY(h5_check(&cursor, err));
    if (heap == H5_UNDEFINED) return MICA_OK;
    TRY(h5_open_fractal_heap(l->group->file, heap, &l->heap, err));
    return h5_btree2_walk(l->group->file, by_name, 5, read_dense_link, l, err);
}

static mica_status load_all(loading *l, mica_error *err) {
    const h5_object *group = l->group;
    for (size_t i = 0; i < group->count; i++) {
        const h5_message *message = &group->messages[i];
        h5_cursor cursor;
        if (message->type == H5_MSG_SYMBOL_TABLE) TRY(load_symbol_table(l, message, err));
        if (message->type == H5_MSG_LINK_INFO) TRY(load_dense(l, message, err));
        if (message->type != H5_MSG_LINK) continue;
        TRY(h5_open_message(group, message, "link message", &cursor, err));
        TRY(read_link(l, &cursor, err));
    }
    return MICA_OK;
}

/* ---- order ---- */

static int by_name(const void *a, const void *b) {
    return strcmp(((const h5_link *)a)->name, ((const h5_link *)b)->name);
}

static int by_creation(const void *a, const void *b) {
    int64_t x = ((const h5_link *)a)->creation_order, y = ((const h5_link *)b)->creation_order;
    return x < y ? -1 : x > y;
}

static mica_status sort_links(loading *l, h5_link_table *table, mica_error *err) {
    void *copy;
    table->by_name = l->links;
    table->count = l->count;
    if (!l->count) return MICA_OK;
    qsort(l->links, l->count, sizeof *l->links, by_name);
    table->tracked = true;
    for (size_t i = 0; i < l->count; i++) {
        table->tracked &= l->links[i].creation_order >= 0;
        if (i && !strcmp(l->links[i - 1].name, l->links[i].name))
            return fail(err, MICA_FORMAT, "two links are named \"%s\"", l->links[i].name);
    }
    if (!table->tracked) return MICA_OK;
    TRY(h5_keep(l->group->file, l->count * sizeof *l->links, &copy, err));
    table->by_creation = copy;
    memcpy(table->by_creation, l->links, l->count * sizeof *l->links);
    qsort(table->by_creation, l->count, sizeof *l->links, by_creation);
    return MICA_OK;
}

mica_status h5_load_links(h5_object *group, mica_error *err) {
    void *memory;
    if (group->links) return MICA_OK;
    loading l = {.group = group, .tables = h5_walk_start(group->file, "symbol tables")};
    TRY(load_all(&l, err));
    TRY(h5_keep(group->file, sizeof *group->links, &memory, err));
    TRY(sort_links(&l, memory, err));
    group->links = memory;
    return MICA_OK;
}

mica_status h5_links(h5_object *group, h5_order order, const h5_link **links, size_t *count,
                     mica_error *err) {
    *links = NULL;
    *count = 0;
    if (!h5_is_group(group))
        return h5_blame(group, err, fail(err, MICA_TYPE, "is no group, expected one"));
    TRY(h5_blame(group, err, h5_load_links(group, err)));
    const h5_link_table *table = group->links;
    if (order == H5_BY_CREATION && table->count && !table->tracked)
        return h5_blame(group, err, fail(err, MICA_STATE, "does not track the order of creation"));
    *links = order == H5_BY_NAME ? table->by_name : table->by_creation;
    *count = table->count;
    return MICA_OK;
}
