/* The root of class folders: a folder or an archive, the part in it, and its files. See
 * class_folder.h. */
#include "data/class_folder.h"

#include <stdlib.h>
#include <string.h>

#define DEEPEST 32

/* The only folder beside no file of the kind, where it holds class folders, two at least where such
 * a file lies beside them (a README.txt of texts); NULL: there is no such. */
static const char *wrapping_folder(const file_tree *t, const file_kind *kind, arena *a) {
    char **names;
    size_t count;
    const char *folder = NULL;
    bool own = false;
    if (tree_list(t, "", a, &names, &count, NULL) != MICA_OK) return NULL;
    for (size_t i = 0; i < count; i++) {
        if (kind->is_name(names[i])) return NULL;
        if (names[i][0] == '.' || !tree_is_folder(t, names[i])) continue;
        if (folder) return NULL;
        folder = names[i];
    }
    if (!folder || tree_list(t, folder, a, &names, &count, NULL) != MICA_OK) return NULL;
    for (size_t i = 0; i < count; i++) own |= kind->is_name(names[i]);
    return count_class_folders(t, folder, kind, own ? 2 : 1) == (own ? 2 : 1) ? folder : NULL;
}

/* Archives often hold one folder with all in it: its class folders are those that count. False: no
 * memory. */
static bool enter_wrapping_folders(file_tree *t, const file_kind *kind, arena *texts) {
    const char *folder;
    for (int i = 0; i < DEEPEST && (folder = wrapping_folder(t, kind, texts)); i++)
        if (!tree_enter(t, folder, texts)) return false;
    return true;
}

/* root/train or root/test, where both are there; NULL: the root itself. */
static const char *part_folder(const file_tree *t, const file_kind *kind, mica_part part) {
    static const char *const tests[] = {"test", "validation", "val"};
    if (!has_class_files(t, "train", kind)) return NULL;
    for (size_t i = 0; i < LENGTH(tests); i++)
        if (has_class_files(t, tests[i], kind)) return part == MICA_TEST ? tests[i] : "train";
    return NULL;
}

static member_choice keep_kind(void *kind, const char *path) {
    return ((const file_kind *)kind)->is_name(path) ? MEMBER_KEEP : MEMBER_SKIP;
}

/* The root of a list of files is the folder that it lies in. */
static mica_status open_table(class_list *list, const source_request *r, arena *texts,
                              mica_error *err) {
    const char *slash = strrchr(r->path, '/');
    const size_t length = slash ? (size_t)(slash - r->path) : 0;
    char *root = slash ? arena_text(texts, r->path) : arena_text(texts, ".");
    if (!root) return fail_no_memory(err, r->path);
    if (slash) root[length ? length : 1] = 0;
    list->table = r->path;
    list->tree.root = root;
    if (!class_labels_are_given(&list->choice)) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: labels are given, and its column class has others", r->path);
}

/* The folder or archive, and which of its folders is the root. */
static mica_status open_tree(class_list *list, const source_request *r, arena *texts,
                             mica_error *err) {
    file_tree *t = &list->tree;
    if (!file_is_folder(r->path) && is_archive_path(r->path)) {
        TRY(members_open(&list->members, r->path, keep_kind, (void *)list->kind, err));
        *t = tree_of_archive(&list->members);
    }
    if (class_table_probe(r->path, NULL)) return open_table(list, r, texts, err);
    t->follow_links = list->choice.follow_links;
    bool memory = !t->members || enter_wrapping_folders(t, list->kind, texts);
    const bool given = class_labels_are_given(&list->choice); /* of all files, whatever folder */
    const char *part = given ? NULL : part_folder(t, list->kind, r->part);
    list->has_parts = part != NULL;
    if (part) memory = memory && tree_enter(t, part, texts);
    return memory ? MICA_OK : fail_no_memory(err, r->path);
}

/* The subset by name, else the validation files are the test part. A folder with parts of its own
 * is split only by name. */
static mica_status split(class_list *list, mica_part part, mica_dataset *d, mica_error *err) {
    const class_choice *c = &list->choice;
    if (c->subset && !(c->validation_split > 0))
        return fail(err, MICA_VALUE, "%s: subset '%s' needs a validation_split above 0",
                    list->tree.root, c->subset);
    if (!(c->validation_split > 0)) return MICA_OK;
    if (!c->subset && list->has_parts) return MICA_OK;
    bool validation = c->subset ? !strcmp(c->subset, "validation") : part == MICA_TEST;
    if (!c->no_shuffle) d->by_class = false;
    return class_split(list, validation, err);
}

mica_status class_open(class_list *list, const source_request *r, const class_choice *c,
                       const file_kind *kind, mica_dataset *d, mica_error *err) {
    *list = (class_list){.kind = kind, .choice = *c, .tree = tree_of_folder(d->origin)};
    d->files = list;
    TRY(open_tree(list, r, &d->texts, err));
    TRY(class_list_files(list, &d->texts, err));
    d->class_names = list->classes;
    d->classes = list->classes ? list->class_count : 0;
    d->has_parts = list->has_parts;
    if (!list->known) class_warn_empty(d, list);
    return split(list, r->part, d, err);
}

void class_close(class_list *list) {
    free(list->file);
    if (list->tree.members) members_close(&list->members);
}

bool class_folder_probe(const char *path, const file_kind *kind) {
    const file_tree t = tree_of_folder(path);
    if (!file_is_folder(path)) return class_table_probe(path, kind);
    if (!has_class_files(&t, "", kind) && !has_class_files(&t, "train", kind)) return false;
    const file_kind *most = folder_kind(path);
    return !most || most == kind;
}
