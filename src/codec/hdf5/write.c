/* The writer's own tree: groups, datasets and attributes by name. */
#include "base/memory.h"
#include "codec/hdf5/writing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

mica_status h5_writer_open(h5_writer **writer, mica_error *err) {
    *writer = calloc(1, sizeof **writer);
    if (!*writer) return fail_memory(err, sizeof **writer, "HDF5 writer");
    (*writer)->root.is_group = true;
    return MICA_OK;
}

static void free_node(h5_node *node) {
    for (size_t i = 0; i < node->child_count; i++) {
        free_node(node->children[i]);
        free(node->children[i]);
    }
    for (size_t i = 0; i < node->attribute_count; i++) {
        free(node->attributes[i].name);
        free(node->attributes[i].owned);
    }
    free(node->children);
    free(node->attributes);
    free(node->name);
}

void h5_writer_close(h5_writer **writer) {
    if (!*writer) return;
    free_node(&(*writer)->root);
    free(*writer);
    *writer = NULL;
}

/* ---- the tree ---- */

/* Where a name is among the children, or would be. */
static size_t place_of(const h5_node *group, const char *name, size_t bytes, bool *found) {
    size_t low = 0, high = group->child_count;
    *found = false;
    while (low < high && !*found) {
        size_t middle = (low + high) / 2;
        const char *other = group->children[middle]->name;
        int order = strncmp(name, other, bytes);
        if (!order && other[bytes]) order = -1;
        if (!order) *found = true, low = middle;
        else if (order < 0) high = middle;
        else low = middle + 1;
    }
    return low;
}

static h5_node *find_child(const h5_node *group, const char *name, size_t bytes) {
    bool found;
    size_t at = place_of(group, name, bytes, &found);
    return found ? group->children[at] : NULL;
}

static mica_status add_child(h5_node *group, const char *name, size_t bytes, bool is_group,
                             h5_node **child, mica_error *err) {
    bool found;
    size_t at = place_of(group, name, bytes, &found);
    bool room = grow(&group->children, &group->child_room, group->child_count + 1,
                     sizeof *group->children);
    *child = room ? calloc(1, sizeof **child) : NULL;
    if (*child) (*child)->name = strndup(name, bytes);
    if (!*child || !(*child)->name) {
        free(*child);
        return fail_memory(err, sizeof **child + bytes, "HDF5 writer");
    }
    (*child)->is_group = is_group;
    memmove(group->children + at + 1, group->children + at,
            (group->child_count - at) * sizeof *group->children);
    group->children[at] = *child;
    group->child_count++;
    return MICA_OK;
}

static mica_status check_path(const char *path, mica_error *err) {
    if (*path != '/')
        return fail(err, MICA_VALUE, "HDF5 path \"%s\": expected one that begins with /", path);
    for (const char *at = path; at; at = strchr(at + 1, '/')) {
        size_t bytes = strcspn(at + 1, "/");
        if ((!bytes && path[1]) || (bytes == 1 && at[1] == '.'))
            return fail(err, MICA_VALUE, "HDF5 path \"%s\": a part is empty or \".\"", path);
    }
    return MICA_OK;
}

/* The node at a path. Groups that are missing on the way are made; the last part, where it is
 * missing, becomes a group or a dataset. */
static mica_status make(h5_writer *writer, const char *path, bool is_group, h5_node **node,
                        bool *made, mica_error *err) {
    *node = &writer->root;
    *made = false;
    TRY(check_path(path, err));
    for (const char *at = path + 1; *at;) {
        size_t bytes = strcspn(at, "/");
        bool last = !at[bytes];
        if (!(*node)->is_group)
            return fail(err, MICA_VALUE, "HDF5 path \"%s\": \"%s\" is a dataset, expected a group",
                        path, (*node)->name);
        h5_node *child = find_child(*node, at, bytes);
        *made = !child;
        if (!child) TRY(add_child(*node, at, bytes, !last || is_group, &child, err));
        *node = child;
        at += bytes + !last;
    }
    return MICA_OK;
}

mica_status h5_write_group(h5_writer *writer, const char *path, mica_error *err) {
    h5_node *node;
    bool made;
    TRY(make(writer, path, true, &node, &made, err));
    if (node->is_group) return MICA_OK;
    return fail(err, MICA_VALUE, "HDF5 path \"%s\": is a dataset already, expected a group", path);
}

/* ---- values ---- */

static mica_status fill_value(h5_value *value, const char *path, mica_dtype dtype, unsigned rank,
                              const int64_t *dims, const void *data, mica_error *err) {
    *value = (h5_value){.dtype = dtype, .rank = rank, .data = data};
    value->bytes = value->element_bytes = mica_dtype_size(dtype);
    if (!value->bytes)
        return fail(err, MICA_TYPE, "HDF5 path \"%s\": unknown type %d", path, (int)dtype);
    if (rank > H5_MAX_RANK)
        return fail(err, MICA_SHAPE, "HDF5 path \"%s\": rank %u, expected at most %d", path, rank,
                    H5_MAX_RANK);
    for (unsigned i = 0; i < rank; i++) {
        value->dims[i] = dims[i];
        if (dims[i] < 0 || __builtin_mul_overflow(value->bytes, (size_t)dims[i], &value->bytes) ||
            value->bytes > SIZE_MAX / 2)
            return fail(err, MICA_SHAPE, "HDF5 path \"%s\": dim %u is %" PRId64, path, i, dims[i]);
    }
    return MICA_OK;
}

mica_status h5_write_dataset(h5_writer *writer, const char *path, mica_dtype dtype, unsigned rank,
                             const int64_t *dims, const void *data, mica_error *err) {
    h5_node *node;
    h5_value value;
    bool made;
    TRY(fill_value(&value, path, dtype, rank, dims, data, err));
    TRY(make(writer, path, false, &node, &made, err));
    if (!made) return fail(err, MICA_VALUE, "HDF5 path \"%s\": is there already", path);
    node->value = value;
    return MICA_OK;
}

/* ---- attributes ---- */

static mica_status find(h5_writer *writer, const char *path, h5_node **node, mica_error *err) {
    TRY(check_path(path, err));
    *node = &writer->root;
    for (const char *at = path + 1; *at && *node;) {
        size_t bytes = strcspn(at, "/");
        *node = find_child(*node, at, bytes);
        at += bytes + (at[bytes] == '/');
    }
    return *node ? MICA_OK : fail(err, MICA_NAME, "HDF5 path \"%s\": was not made", path);
}

/* Takes over attribute->owned. */
static mica_status add_attribute(h5_node *node, const char *path, const char *name,
                                 h5_new_attribute attribute, mica_error *err) {
    size_t at = 0;
    mica_status status = MICA_OK;
    attribute.name = strdup(name);
    while (at < node->attribute_count && strcmp(node->attributes[at].name, name) < 0) at++;
    if (!attribute.name || !grow(&node->attributes, &node->attribute_room,
                                 node->attribute_count + 1, sizeof attribute))
        status = fail_memory(err, sizeof attribute, "HDF5 writer");
    else if (!*name || strlen(name) > 65000 ||
             (at < node->attribute_count && !strcmp(node->attributes[at].name, name)))
        status = fail(err, MICA_VALUE, "HDF5 path \"%s\": attribute \"%.200s\" %s", path, name,
                      !*name || strlen(name) > 65000 ? "has no name or a long one"
                                                     : "is there already");
    else if (h5_attribute_bytes(&attribute) > H5_ATTRIBUTE_MAX)
        status = fail(
            err, MICA_VALUE,
            "HDF5 path \"%s\": attribute \"%.200s\" takes %zu bytes, HDF5 allows %d (split it)",
            path, name, h5_attribute_bytes(&attribute), H5_ATTRIBUTE_MAX);
    if (status != MICA_OK) {
        free(attribute.name);
        free(attribute.owned);
        return status;
    }
    memmove(node->attributes + at + 1, node->attributes + at,
            (node->attribute_count - at) * sizeof attribute);
    node->attributes[at] = attribute;
    node->attribute_count++;
    return MICA_OK;
}

static mica_status own(h5_new_attribute *attribute, const void *bytes, size_t size,
                       mica_error *err) {
    attribute->value.data = attribute->owned = calloc(size + 1, 1);
    if (!attribute->owned) return fail_memory(err, size + 1, "HDF5 attribute");
    if (size && bytes) memcpy(attribute->owned, bytes, size);
    return MICA_OK;
}

mica_status h5_write_text(h5_writer *writer, const char *path, const char *name, const char *text,
                          mica_error *err) {
    h5_node *node;
    size_t bytes = strlen(text);
    h5_new_attribute attribute = {
        .value = {.kind = H5_VALUE_LONG_TEXT, .element_bytes = 16, .bytes = bytes}};
    TRY(find(writer, path, &node, err));
    if (bytes > UINT32_MAX)
        return fail(err, MICA_VALUE,
                    "HDF5 path \"%s\": attribute \"%s\" has %zu bytes, expected below 4 GiB", path,
                    name, bytes);
    TRY(own(&attribute, text, bytes, err));
    return add_attribute(node, path, name, attribute, err);
}

mica_status h5_write_texts(h5_writer *writer, const char *path, const char *name,
                           const char *const *texts, size_t count, mica_error *err) {
    h5_node *node;
    size_t width = 1;
    for (size_t i = 0; i < count; i++)
        if (strlen(texts[i]) > width) width = strlen(texts[i]);
    h5_new_attribute attribute = {
        .value = {.kind = H5_VALUE_TEXTS, .element_bytes = width, .rank = 1}};
    h5_value *value = &attribute.value;
    value->dims[0] = (int64_t)count;
    TRY(find(writer, path, &node, err));
    if (width > UINT32_MAX || __builtin_mul_overflow(width, count, &value->bytes))
        return fail(err, MICA_VALUE, "HDF5 path \"%s\": attribute \"%s\" is too large", path, name);
    TRY(own(&attribute, NULL, value->bytes, err));
    for (size_t i = 0; i < count; i++)
        memcpy((char *)attribute.owned + i * width, texts[i], strlen(texts[i]));
    return add_attribute(node, path, name, attribute, err);
}

mica_status h5_write_numbers(h5_writer *writer, const char *path, const char *name,
                             mica_dtype dtype, unsigned rank, const int64_t *dims, const void *data,
                             mica_error *err) {
    h5_node *node;
    h5_new_attribute attribute = {0};
    TRY(find(writer, path, &node, err));
    TRY(fill_value(&attribute.value, path, dtype, rank, dims, data, err));
    TRY(own(&attribute, data, attribute.value.bytes, err));
    return add_attribute(node, path, name, attribute, err);
}
