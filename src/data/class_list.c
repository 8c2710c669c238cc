/* The list of files below class folders. Hidden folders are no classes; links to folders are
 * followed at the top only, so that no circle is walked. */
#include "data/class_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEEPEST 32

static bool is_own_folder(const char *path) {
    struct stat facts;
    return lstat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static mica_status add_file(class_list *list, arena *texts, const char *below, const char *name,
                            uint32_t label, mica_error *err) {
    const char *path = path_join(texts, below, name);
    if (!path || !grow(&list->file, &list->room, list->count + 1, sizeof *list->file))
        return fail_memory(err, list->count * sizeof *list->file, name);
    list->file[list->count++] = (class_file){path, label};
    return MICA_OK;
}

/* Files of the folder first, then those of its folders, as a sorted os.walk. */
static mica_status walk(const char *root, const char *below, int depth, uint32_t label,
                        const file_kind *kind, arena *texts, class_list *list, mica_error *err) {
    arena a = {0};
    char **names;
    size_t count = 0;
    const char *folder = path_join(&a, root, below);
    mica_status status = folder ? folder_list(folder, &a, &names, &count, err)
                                : fail_no_memory(err, below);
    for (size_t i = 0; i < count && status == MICA_OK; i++)
        if (kind->is_name(names[i])) status = add_file(list, texts, below, names[i], label, err);
    for (size_t i = 0; i < count && status == MICA_OK && depth < DEEPEST; i++) {
        const char *path = path_join(&a, folder, names[i]),
                   *deeper = path_join(texts, below, names[i]);
        if (!path || !deeper) status = fail_no_memory(err, below);
        else if (is_own_folder(path))
            status = walk(root, deeper, depth + 1, label, kind, texts, list, err);
    }
    arena_free(&a);
    return status;
}

static mica_status choose_classes(const char *root, const json_t *chosen, arena *texts,
                                  class_list *list, mica_error *err) {
    size_t count = json_array_size(chosen);
    char **names = arena_take(texts, count * sizeof *names);
    if (!names) return fail_no_memory(err, root);
    for (size_t k = 0; k < count; k++) {
        const char *name = json_string_value(json_array_get(chosen, k));
        for (int i = 0; i < list->class_count && name; i++)
            if (!strcmp(name, list->classes[i])) names[k] = list->classes[i];
        if (!names[k])
            return fail(err, MICA_VALUE, "%s: class_names has '%s', but there is no such folder",
                        root, name ? name : "what is no text");
        for (size_t i = 0; i < k; i++)
            if (names[i] == names[k])
                return fail(err, MICA_VALUE, "%s: class_names has '%s' twice", root, name);
    }
    list->classes = names;
    list->class_count = (int)count;
    return MICA_OK;
}

/* The names of the class folders, in the order of the classes. */
static mica_status list_classes(const char *root, const char *wanted, arena *texts,
                                class_list *list, mica_error *err) {
    char **names;
    size_t count;
    TRY(folder_list(root, texts, &names, &count, err));
    list->classes = names; /* those that are classes move to the front */
    for (size_t i = 0; i < count; i++) {
        const char *path = path_join(texts, root, names[i]);
        if (!path) return fail_no_memory(err, root);
        if (names[i][0] != '.' && file_is_folder(path)) names[list->class_count++] = names[i];
    }
    if (!wanted) return MICA_OK;
    json_t *chosen = json_loads(wanted, 0, NULL);
    mica_status status = json_array_size(chosen)
                             ? choose_classes(root, chosen, texts, list, err)
                             : fail(err, MICA_VALUE,
                                    "%s: class_names is %s, expected a list of names", root,
                                    wanted);
    json_decref(chosen);
    return status;
}

static mica_status list_files(const char *root, const class_choice *c, const file_kind *kind,
                              arena *texts, class_list *list, mica_error *err) {
    *list = (class_list){0};
    TRY(list_classes(root, c->class_names, texts, list, err));
    for (int i = 0; i < list->class_count; i++)
        TRY(walk(root, list->classes[i], 0, (uint32_t)i, kind, texts, list, err));
    if (list->count) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s: no %s in class folders: %d folders, expected root/class/%s",
                root, kind->what, list->class_count, kind->example);
}

static bool folder_has_file(const char *folder, int depth, const file_kind *kind) {
    arena a = {0};
    char **names;
    size_t count;
    bool found = false;
    if (folder_list(folder, &a, &names, &count, NULL) != MICA_OK) count = 0;
    for (size_t i = 0; i < count && !found; i++) found = kind->is_name(names[i]);
    for (size_t i = 0; i < count && !found && depth < DEEPEST; i++) {
        const char *path = path_join(&a, folder, names[i]);
        found = path && is_own_folder(path) && folder_has_file(path, depth + 1, kind);
    }
    arena_free(&a);
    return found;
}

bool has_class_files(const char *root, const file_kind *kind) {
    arena a = {0};
    char **names;
    size_t count;
    bool found = false;
    if (folder_list(root, &a, &names, &count, NULL) != MICA_OK) count = 0;
    for (size_t i = 0; i < count && !found; i++) {
        const char *path = path_join(&a, root, names[i]);
        found = path && names[i][0] != '.' && file_is_folder(path) &&
                folder_has_file(path, 0, kind);
    }
    arena_free(&a);
    return found;
}

/* root/train or root/test, where both are there; else root. */
const char *class_root(const source_request *r, const file_kind *kind, arena *a) {
    static const char *const tests[] = {"test", "validation", "val"};
    const char *train = path_join(a, r->path, "train");
    if (!train || !has_class_files(train, kind)) return r->path;
    for (size_t i = 0; i < LENGTH(tests); i++) {
        const char *test = path_join(a, r->path, tests[i]);
        if (test && has_class_files(test, kind)) return r->part == MICA_TEST ? test : train;
    }
    return r->path;
}

bool class_folder_probe(const char *path, const file_kind *kind) {
    char train[4096];
    if (!file_is_folder(path)) return false;
    snprintf(train, sizeof train, "%s/train", path);
    return has_class_files(path, kind) || has_class_files(train, kind);
}

/* The subset by name, else the validation files are the test part. A folder with parts of its own
 * is split only by name. */
static mica_status split(const source_request *r, const class_choice *c, const file_kind *kind,
                         const char *root, mica_dataset *d, class_list *list, mica_error *err) {
    if (c->subset && !(c->validation_split > 0))
        return fail(err, MICA_VALUE, "%s: subset '%s' needs a validation_split above 0", root,
                    c->subset);
    if (!(c->validation_split > 0)) return MICA_OK;
    if (!c->subset && strcmp(root, r->path)) return MICA_OK;
    bool validation = c->subset ? !strcmp(c->subset, "validation") : r->part == MICA_TEST;
    if (!c->no_shuffle) d->by_class = false;
    return class_split(list, c, validation, kind, root, err);
}

mica_status class_files(const source_request *r, const class_choice *c, const file_kind *kind,
                        const char *root, mica_dataset *d, class_list *list, mica_error *err) {
    TRY(list_files(root, c, kind, &d->texts, list, err));
    d->class_names = list->classes;
    d->classes = list->class_count;
    return split(r, c, kind, root, d, list, err);
}

bool class_path(const class_list *list, const char *root, size_t i, char path[4096]) {
    return snprintf(path, 4096, "%s/%s", root, list->file[i].path) < 4096;
}
