/* Lists of names in attributes, split where they are long: see keras_h5.h. */
#include "format/keras_h5.h"

#include <stdio.h>
#include <string.h>

static mica_status append(arena *a, h5_texts *all, const h5_texts *part, mica_error *err) {
    size_t count = all->count + part->count;
    const char **joined = arena_take(a, (count + 1) * sizeof *joined);
    if (!joined) return fail_memory(err, count * sizeof *joined, "names");
    if (all->count) memcpy(joined, all->at, all->count * sizeof *joined);
    if (part->count) memcpy(joined + all->count, part->at, part->count * sizeof *joined);
    *all = (h5_texts){joined, count};
    return MICA_OK;
}

mica_status names_read(h5_object *group, const char *list, arena *a, h5_texts *out,
                       mica_error *err) {
    const h5_attribute *found;
    h5_texts part;
    char name[64];
    *out = (h5_texts){NULL, 0};
    TRY(h5_attribute_look(group, list, &found, err));
    if (found) return h5_attribute_texts(group, list, out, err);
    for (int i = 0;; i++) {
        snprintf(name, sizeof name, "%s%d", list, i);
        TRY(h5_attribute_look(group, name, &found, err));
        if (!found && i) return MICA_OK;
        if (!found) return fail(err, MICA_NAME, "%s: no attribute %s", h5_path(group), list);
        TRY(h5_attribute_texts(group, name, &part, err));
        TRY(append(a, out, &part, err));
    }
}

/* NumPy's array_split: the first count % parts parts have one more. */
static size_t part_size(size_t count, size_t parts, size_t i) {
    return count / parts + (i < count % parts);
}

static size_t longest(const char *const *names, size_t count) {
    size_t most = 1;
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) > most) most = strlen(names[i]);
    return most;
}

mica_status names_write(h5_writer *w, const char *path, const char *list, const char *const *names,
                        size_t count, mica_error *err) {
    size_t width = longest(names, count), parts = 1, first = 0;
    char name[64];
    if (width > LIST_LIMIT)
        return fail(err, MICA_VALUE, "%s: a name of %zu bytes, expected at most %d", path, width,
                    LIST_LIMIT);
    while (part_size(count, parts, 0) * width > LIST_LIMIT) parts++;
    if (parts == 1) return h5_write_texts(w, path, list, names, count, err);
    for (size_t i = 0; i < parts; i++) {
        snprintf(name, sizeof name, "%s%zu", list, i);
        TRY(h5_write_texts(w, path, name, names + first, part_size(count, parts, i), err));
        first += part_size(count, parts, i);
    }
    return MICA_OK;
}
