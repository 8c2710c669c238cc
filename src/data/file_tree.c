/* Folders and archives as one: see file_tree.h. */
#include "data/file_tree.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool joined(const char *folder, const char *path, char out[4096]) {
    if (*path == '/') folder = ""; /* of a list of files, which may name them so */
    const char *slash = *folder && *path ? "/" : "";
    return snprintf(out, 4096, "%s%s%s", folder, slash, path) < 4096;
}

bool tree_path(const file_tree *t, const char *path, char out[4096]) {
    return joined(t->root, path, out);
}

/* Where the file is: on disk, or in the archive. */
static mica_status place(const file_tree *t, const char *path, char out[4096], mica_error *err) {
    if (joined(t->members ? t->below : t->root, path, out)) return MICA_OK;
    return fail(err, MICA_IO, "%s/%.200s …: the path is too long", t->root, path);
}

bool tree_enter(file_tree *t, const char *folder, arena *a) {
    t->root = path_join(a, t->root, folder);
    if (t->members) t->below = *t->below ? path_join(a, t->below, folder) : arena_text(a, folder);
    return t->root && (!t->members || t->below);
}

mica_status tree_list(const file_tree *t, const char *folder, arena *a, char ***names,
                      size_t *count, mica_error *err) {
    char path[4096];
    TRY(place(t, folder, path, err));
    return t->members ? members_list(t->members, path, a, names, count, err)
                      : folder_list(path, a, names, count, err);
}

bool tree_is_folder(const file_tree *t, const char *path) {
    char full[4096];
    if (place(t, path, full, NULL) != MICA_OK) return false;
    return t->members ? members_kind(t->members, full) == MEMBER_FOLDER : file_is_folder(full);
}

bool tree_is_own_folder(const file_tree *t, const char *path) {
    char full[4096];
    struct stat facts;
    if (t->members || t->follow_links) return tree_is_folder(t, path);
    return place(t, path, full, NULL) == MICA_OK && lstat(full, &facts) == 0 &&
           S_ISDIR(facts.st_mode);
}

bool tree_identity(const file_tree *t, const char *path, uint64_t identity[2]) {
    char full[4096];
    struct stat facts;
    if (t->members || place(t, path, full, NULL) != MICA_OK || stat(full, &facts)) return false;
    identity[0] = facts.st_dev, identity[1] = facts.st_ino;
    return true;
}

mica_status tree_size(const file_tree *t, const char *path, uint64_t *size, mica_error *err) {
    char full[4096];
    file_reader r;
    TRY(place(t, path, full, err));
    if (t->members) return members_size(t->members, full, size, err);
    TRY(file_open(&r, full, err));
    *size = r.size;
    file_close(&r);
    return MICA_OK;
}

mica_status tree_read(const file_tree *t, const char *path, file_bytes *out, size_t *room,
                      mica_error *err) {
    char full[4096];
    TRY(place(t, path, full, err));
    return t->members ? members_read(t->members, full, out, room, err)
                      : file_read_of_many(full, out, room, err);
}
