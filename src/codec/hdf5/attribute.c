/* Attributes: messages of the header, or (many of them) objects of a fractal heap.
 * Source: HDF5 File Format Specification, IV.A.2.m, IV.A.2.v. */
#include "codec/hdf5/internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct loading {
    h5_object *object;
    h5_attribute *items;
    size_t count, room;
    h5_fractal_heap heap;
} loading;

typedef struct parts {
    const uint8_t *name, *type, *space;
    uint64_t name_bytes, type_bytes, space_bytes;
} parts;

static uint64_t padded(uint64_t bytes, unsigned version) {
    return version == 1 ? (bytes + 7) / 8 * 8 : bytes;
}

static mica_status take_parts(h5_cursor *cursor, parts *p, mica_error *err) {
    unsigned version;
    TRY(h5_expect_version(cursor, 1, 3, &version, err));
    unsigned flags = (unsigned)h5_take(cursor, 1);
    p->name_bytes = h5_take(cursor, 2);
    p->type_bytes = h5_take(cursor, 2);
    p->space_bytes = h5_take(cursor, 2);
    if (version == 3) h5_take(cursor, 1); /* character set of the name: bytes either way */
    p->name = h5_take_bytes(cursor, padded(p->name_bytes, version));
    p->type = h5_take_bytes(cursor, padded(p->type_bytes, version));
    p->space = h5_take_bytes(cursor, padded(p->space_bytes, version));
    TRY(h5_check(cursor, err));
    if (!p->name_bytes || p->name[p->name_bytes - 1])
        return fail(err, MICA_FORMAT, "attribute at byte %" PRIu64 ": its name does not end",
                    cursor->place);
    if (version > 1 && flags & 3)
        return fail(
            err, MICA_UNSUPPORTED,
            "attribute \"%s\" at byte %" PRIu64
            ": its type is shared with another object (a committed type?), expected its own",
            (const char *)p->name, cursor->place);
    return MICA_OK;
}

static mica_status read_attribute(loading *l, h5_cursor *cursor, mica_error *err) {
    h5_file *file = l->object->file;
    h5_attribute attribute = {0};
    parts p;
    char *name;
    void *items = l->items;
    TRY(take_parts(cursor, &p, err));
    h5_cursor type = h5_cursor_over(file, p.type, p.type_bytes, "datatype");
    h5_cursor space = h5_cursor_over(file, p.space, p.space_bytes, "dataspace");
    TRY(h5_parse_type(&type, &attribute.type, err));
    TRY(h5_parse_space(&space, &attribute.space, NULL, err));
    attribute.place = h5_place(cursor);
    uint64_t bytes;
    if (!h5_multiply(attribute.space.elements, attribute.type.size, &bytes)) bytes = UINT64_MAX;
    attribute.data = h5_take_bytes(cursor, bytes);
    TRY(h5_check(cursor, err));
    TRY(h5_grow(file, &items, l->count, &l->room, sizeof attribute, err));
    l->items = items;
    TRY(h5_keep_text(file, p.name, p.name_bytes - 1, &name, err));
    attribute.name = name;
    l->items[l->count++] = attribute;
    return MICA_OK;
}

static mica_status read_dense_attribute(void *context, h5_cursor *record, mica_error *err) {
    loading *l = context;
    h5_cursor object, flags = *record;
    h5_take_bytes(&flags, l->heap.id_bytes);
    if (h5_take(&flags, 1) & 2)
        return fail(err, MICA_UNSUPPORTED,
                    "an attribute at byte %" PRIu64 " is shared, expected its own", record->place);
    TRY(h5_fractal_object(&l->heap, record, &object, err));
    object.what = "attribute";
    return read_attribute(l, &object, err);
}

static mica_status load_dense(loading *l, const h5_message *message, mica_error *err) {
    h5_cursor cursor;
    TRY(h5_open_message(l->object, message, "attribute info message", &cursor, err));
    TRY(h5_expect_version(&cursor, 0, 0, NULL, err));
    unsigned flags = (unsigned)h5_take(&cursor, 1);
    if (flags & 1) h5_take(&cursor, 2); /* largest creation order */
    uint64_t heap = h5_take_offset(&cursor), by_name = h5_take_offset(&cursor);
    TRY(h5_check(&cursor, err));
    if (heap == H5_UNDEFINED) return MICA_OK;
    TRY(h5_open_fractal_heap(l->object->file, heap, &l->heap, err));
    return h5_btree2_walk(l->object->file, by_name, 8, read_dense_attribute, l, err);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const h5_attribute *)a)->name, ((const h5_attribute *)b)->name);
}

mica_status h5_load_attributes(h5_object *object, mica_error *err) {
    loading l = {.object = object};
    void *memory;
    if (object->attributes) return MICA_OK;
    for (size_t i = 0; i < object->count; i++) {
        const h5_message *message = &object->messages[i];
        h5_cursor cursor;
        if (message->type == H5_MSG_ATTRIBUTE_INFO) TRY(load_dense(&l, message, err));
        if (message->type != H5_MSG_ATTRIBUTE) continue;
        TRY(h5_open_message(object, message, "attribute", &cursor, err));
        TRY(read_attribute(&l, &cursor, err));
    }
    TRY(h5_keep(object->file, sizeof *object->attributes, &memory, err));
    if (l.count) qsort(l.items, l.count, sizeof *l.items, by_name);
    for (size_t i = 1; i < l.count; i++)
        if (!strcmp(l.items[i - 1].name, l.items[i].name))
            return fail(err, MICA_FORMAT, "two attributes are named \"%s\"", l.items[i].name);
    object->attributes = memory;
    *object->attributes = (h5_attribute_table){l.items, l.count};
    return MICA_OK;
}

/* ---- reading ---- */

mica_status h5_attributes(h5_object *object, const h5_attribute **attributes, size_t *count,
                          mica_error *err) {
    *attributes = NULL;
    *count = 0;
    TRY(h5_blame(object, err, h5_load_attributes(object, err)));
    *attributes = object->attributes->items;
    *count = object->attributes->count;
    return MICA_OK;
}

static mica_status look(h5_object *object, const char *name, h5_attribute **attribute,
                        mica_error *err) {
    *attribute = NULL;
    TRY(h5_blame(object, err, h5_load_attributes(object, err)));
    h5_attribute key = {.name = name};
    if (object->attributes->count)
        *attribute = bsearch(&key, object->attributes->items, object->attributes->count, sizeof key,
                             by_name);
    return MICA_OK;
}

mica_status h5_attribute_look(h5_object *object, const char *name, const h5_attribute **attribute,
                              mica_error *err) {
    h5_attribute *found;
    TRY(look(object, name, &found, err));
    *attribute = found;
    return MICA_OK;
}

static mica_status find(h5_object *object, const char *name, h5_attribute **attribute,
                        mica_error *err) {
    TRY(look(object, name, attribute, err));
    if (*attribute) return MICA_OK;
    return h5_blame(object, err, fail(err, MICA_NAME, "has no attribute \"%s\"", name));
}

static mica_status blame(h5_object *object, const char *name, mica_error *err, mica_status status) {
    if (status == MICA_OK) return status;
    fail_within(err, status, "attribute \"%s\"", name);
    return h5_blame(object, err, status);
}

mica_status h5_attribute_texts(h5_object *object, const char *name, h5_texts *texts,
                               mica_error *err) {
    h5_attribute *a;
    *texts = (h5_texts){0};
    TRY(find(object, name, &a, err));
    if (!a->space.elements) return MICA_OK;
    if (!a->texts)
        TRY(blame(object, name, err,
                  h5_texts_of(object->file, &a->type, a->data, a->space.elements, &a->texts, err)));
    *texts = *a->texts;
    return MICA_OK;
}

mica_status h5_attribute_text(h5_object *object, const char *name, const char **text,
                              mica_error *err) {
    h5_texts texts;
    *text = NULL;
    TRY(h5_attribute_texts(object, name, &texts, err));
    if (texts.count != 1)
        return blame(object, name, err,
                     fail(err, MICA_SHAPE, "holds %zu strings, expected one", texts.count));
    *text = texts.at[0];
    return MICA_OK;
}

mica_status h5_attribute_numbers(h5_object *object, const char *name, mica_dtype dtype, void *out,
                                 size_t count, mica_error *err) {
    h5_attribute *a;
    TRY(find(object, name, &a, err));
    if (a->space.elements != count)
        return blame(object, name, err,
                     fail(err, MICA_SHAPE, "holds %" PRIu64 " numbers, expected %zu",
                          a->space.elements, count));
    if (!count) return MICA_OK;
    TRY(blame(object, name, err, h5_can_convert(&a->type, dtype, err)));
    h5_convert(&a->type, a->data, dtype, out, count);
    return MICA_OK;
}
