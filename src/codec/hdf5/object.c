/* Objects: finding them by path, one handle for each. */
#include "codec/hdf5/internal.h"

#include <stdlib.h>
#include <string.h>

mica_status h5_blame(const h5_object *object, mica_error *err, mica_status code) {
    if (code == MICA_OK) return code;
    return fail_within(err, code, "%s: %s", object->file->name, object->path);
}

const char *h5_path(const h5_object *object) { return object->path; }

bool h5_is_group(const h5_object *object) {
    return h5_message_of(object, H5_MSG_SYMBOL_TABLE) || h5_message_of(object, H5_MSG_LINK_INFO) ||
           h5_message_of(object, H5_MSG_LINK);
}

bool h5_is_dataset(const h5_object *object) {
    return !h5_is_group(object) && h5_message_of(object, H5_MSG_LAYOUT);
}

/* Names come from the file: what a terminal would obey becomes '?'. */
static mica_status path_of(h5_object *parent, const char *name, size_t bytes, char **path,
                           mica_error *err) {
    void *memory;
    const char *above = parent ? parent->path : "";
    size_t length = strcmp(above, "/") ? strlen(above) : 0;
    if (length > 4096) length = 4096; /* in messages only; a deep path must not cost its square */
    TRY(h5_keep(parent->file, length + bytes + 2, &memory, err));
    char *at = *path = memory;
    for (size_t i = 0; i < length; i++) *at++ = above[i];
    *at++ = '/';
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)name[i];
        *at++ = c < 32 || c == 127 ? '?' : name[i];
    }
    return MICA_OK;
}

static mica_status fill_object(h5_object *object, h5_object *parent, const char *name, size_t bytes,
                               mica_error *err) {
    if (parent) TRY(path_of(parent, name, bytes, &object->path, err));
    else TRY(h5_keep_text(object->file, "/", 1, &object->path, err));
    mica_status status = h5_read_header(object, err);
    if (status != MICA_OK) return fail_within(err, status, "%s", object->path);
    return h5_map_put(&object->file->objects, object->address, object, err);
}

static mica_status object_at(h5_file *file, uint64_t address, h5_object *parent, const char *name,
                             size_t bytes, h5_object **object, mica_error *err) {
    void *memory;
    *object = h5_map_find(&file->objects, address);
    if (*object) return MICA_OK;
    TRY(h5_keep(file, sizeof **object, &memory, err));
    h5_object *o = memory;
    o->file = file;
    o->address = address;
    mica_status status = fill_object(o, parent, name, bytes, err);
    if (status != MICA_OK) {
        h5_release(file, o->messages);
        h5_release(file, o->path);
        h5_release(file, o);
        return fail_within(err, status, "%s", file->name);
    }
    *object = o;
    return MICA_OK;
}

static mica_status root_of(h5_file *file, h5_object **root, mica_error *err) {
    return object_at(file, file->root, NULL, NULL, 0, root, err);
}

static const h5_link *link_named(const h5_link_table *table, const char *name, size_t bytes) {
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *found = table->by_name[middle].name;
        int order = strncmp(name, found, bytes);
        if (!order && found[bytes]) order = -1;
        if (!order) return &table->by_name[middle];
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return NULL;
}

/* One step of a path; *child is NULL where there is no such link. */
static mica_status step(h5_object *group, const char *name, size_t bytes, h5_object **child,
                        mica_error *err) {
    static const char *const kinds[] = {"hard", "soft", "external", "user-defined"};
    *child = NULL;
    if (!h5_is_group(group)) return MICA_OK;
    TRY(h5_blame(group, err, h5_load_links(group, err)));
    const h5_link *link = link_named(group->links, name, bytes);
    if (!link) return MICA_OK;
    if (link->kind == H5_HARD_LINK)
        return object_at(group->file, link->address, group, name, bytes, child, err);
    fail(err, MICA_UNSUPPORTED,
         "\"%.*s\" is a link of kind %s, expected a hard link (others are not followed)",
         (int)(bytes > 200 ? 200 : bytes), name, kinds[link->kind]);
    return h5_blame(group, err, MICA_UNSUPPORTED);
}

/* Goes as far as the path leads: *object is NULL where a part is missing, and *rest that part. */
static mica_status follow(h5_object *from, const char *path, h5_object **object, h5_object **last,
                          const char **rest, mica_error *err) {
    *object = NULL;
    *last = from;
    if (*path == '/') TRY(root_of(from->file, last, err));
    for (;;) {
        while (*path == '/') path++;
        *rest = path;
        size_t bytes = strcspn(path, "/");
        if (!bytes) break;
        h5_object *child;
        TRY(step(*last, path, bytes, &child, err));
        if (!child) return MICA_OK;
        *last = child;
        path += bytes;
    }
    *object = *last;
    return MICA_OK;
}

mica_status h5_look_in(h5_object *group, const char *path, h5_object **object, mica_error *err) {
    h5_object *last;
    const char *rest;
    return follow(group, path, object, &last, &rest, err);
}

mica_status h5_find_in(h5_object *group, const char *path, h5_object **object, mica_error *err) {
    h5_object *last;
    const char *rest;
    TRY(follow(group, path, object, &last, &rest, err));
    if (*object) return MICA_OK;
    return h5_blame(
        last, err,
        fail(err, MICA_NAME,
             h5_is_group(last) ? "holds no \"%.*s\"" : "is no group, so holds no \"%.*s\"",
             (int)strcspn(rest, "/"), rest));
}

mica_status h5_find(h5_file *file, const char *path, h5_object **object, mica_error *err) {
    h5_object *root;
    *object = NULL;
    TRY(root_of(file, &root, err));
    return h5_find_in(root, path, object, err);
}
