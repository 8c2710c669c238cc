/* Files below a root that a source of data reads: a folder, or an archive that is read as the
 * folder which unpacking would make (codec/archive.h). Paths are below the root, "" is the root. */
#ifndef DATA_FILE_TREE_H
#define DATA_FILE_TREE_H

#include "codec/archive.h"

typedef struct file_tree {
    const char *root;               /* for messages and reports: root/path */
    const char *below;              /* of the root in the archive */
    const archive_members *members; /* NULL: a folder */
    bool follow_links;              /* to folders below the root's own */
} file_tree;

static inline file_tree tree_of_folder(const char *path) { return (file_tree){.root = path}; }
static inline file_tree tree_of_archive(const archive_members *m) {
    return (file_tree){.root = m->name, .below = "", .members = m};
}
/* The tree whose root is a folder of this one; texts into the arena. False: no memory. */
bool tree_enter(file_tree *t, const char *folder, arena *a);

/* The names in a folder, in the order of their bytes. */
mica_status tree_list(const file_tree *t, const char *folder, arena *a, char ***names,
                      size_t *count, mica_error *err);
bool tree_is_folder(const file_tree *t, const char *path);     /* links are followed */
bool tree_is_own_folder(const file_tree *t, const char *path); /* where follow_links says so */
/* Which folder it is, by whatever links one came; false: in archives nothing leads to another. */
bool tree_identity(const file_tree *t, const char *path, uint64_t identity[2]);
mica_status tree_size(const file_tree *t, const char *path, uint64_t *size, mica_error *err);
/* As file_read_of_many: sample_is_broken tells whose fault it is where it fails. Any thread. */
mica_status tree_read(const file_tree *t, const char *path, file_bytes *out, size_t *room,
                      mica_error *err);
/* The path for messages: root/path. */
bool tree_path(const file_tree *t, const char *path, char out[4096]);

#endif
