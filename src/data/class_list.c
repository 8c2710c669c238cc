/* The list of files below class folders. Hidden folders are no classes; links to folders are
 * followed at the top, deeper with follow_links, and never into a folder that one came from. */
#include "data/class_folder.h"

#include <stdlib.h>
#include <string.h>

#define DEEPEST 32

/* The folders on the way to one that is walked. */
typedef struct way {
    uint64_t identity[2];
    const struct way *before;
} way;

static bool goes_in_a_circle(const way *w) {
    for (const way *b = w->before; b; b = b->before)
        if (b->identity[0] == w->identity[0] && b->identity[1] == w->identity[1]) return true;
    return false;
}

static mica_status add_file(class_list *list, arena *texts, const char *below, const char *name,
                            uint32_t label, mica_error *err) {
    const char *path = path_join(texts, below, name);
    if (!path || !grow(&list->file, &list->room, list->count + 1, sizeof *list->file))
        return fail_memory(err, list->count * sizeof *list->file, name);
    list->file[list->count++] = (class_file){path, label};
    return MICA_OK;
}

static mica_status walk(class_list *list, const char *below, const way *before, int depth,
                        uint32_t label, arena *texts, mica_error *err) {
    const file_tree *t = &list->tree;
    arena a = {0};
    char **names;
    size_t count = 0;
    way here = {.before = before};
    if (tree_identity(t, below, here.identity) && goes_in_a_circle(&here)) return MICA_OK;
    mica_status status = tree_list(t, below, &a, &names, &count, err);
    for (size_t i = 0; i < count && status == MICA_OK; i++)
        if (list->kind->is_name(names[i]))
            status = add_file(list, texts, below, names[i], label, err);
    for (size_t i = 0; i < count && status == MICA_OK && depth < DEEPEST; i++) {
        const char *deeper = path_join(texts, below, names[i]);
        if (!deeper) status = fail_no_memory(err, below);
        else if (tree_is_own_folder(t, deeper))
            status = walk(list, deeper, &here, depth + 1, label, texts, err);
    }
    arena_free(&a);
    return status;
}

/* Folders in the order of their paths' bytes, then files in that of their names', as Python sorts
 * what os.walk gives. */
static int by_folder(const void *a, const void *b) {
    const char *x = ((const class_file *)a)->path, *y = ((const class_file *)b)->path;
    const char *of_x = strrchr(x, '/'), *of_y = strrchr(y, '/');
    size_t n = of_x ? (size_t)(of_x - x) : 0, m = of_y ? (size_t)(of_y - y) : 0;
    int order = memcmp(x, y, n < m ? n : m);
    if (order || n != m) return order ? order : n < m ? -1 : 1;
    return strcmp(x + n, y + n);
}

static mica_status add_folder(class_list *list, const char *folder, uint32_t label, arena *texts,
                              mica_error *err) {
    size_t first = list->count;
    TRY(walk(list, folder, NULL, 0, label, texts, err));
    if (list->count > first)
        qsort(list->file + first, list->count - first, sizeof *list->file, by_folder);
    return MICA_OK;
}

/* ---- what a folder holds ---- */

static bool folder_has_file(const file_tree *t, const char *folder, int depth,
                            const file_kind *kind) {
    arena a = {0};
    char **names;
    size_t count;
    bool found = false;
    if (tree_list(t, folder, &a, &names, &count, NULL) != MICA_OK) count = 0;
    for (size_t i = 0; i < count && !found; i++) found = kind->is_name(names[i]);
    for (size_t i = 0; i < count && !found && depth < DEEPEST; i++) {
        const char *path = path_join(&a, folder, names[i]);
        found = path && tree_is_own_folder(t, path) && folder_has_file(t, path, depth + 1, kind);
    }
    arena_free(&a);
    return found;
}

/* ---- classes ---- */

static mica_status choose_classes(class_list *list, const json_t *chosen, arena *texts,
                                  mica_error *err) {
    const char *root = list->tree.root;
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

/* The classes that a model was trained on: a folder may be missing here, but none may be there
 * that is no class of the model's. */
static mica_status take_known(class_list *list, const json_t *known, arena *texts,
                              mica_error *err) {
    const size_t count = json_array_size(known);
    char **names = arena_take(texts, (count + 1) * sizeof *names);
    bool memory = names != NULL;
    for (size_t k = 0; k < count && memory; k++) {
        const char *name = json_string_value(json_array_get(known, k));
        memory = (names[k] = arena_text(texts, name ? name : "")) != NULL;
    }
    if (!memory) return fail_no_memory(err, list->tree.root);
    for (int i = 0; i < list->class_count; i++) {
        size_t k = 0;
        while (k < count && strcmp(names[k], list->classes[i]) != 0) k++;
        if (k == count &&
            (list->table || folder_has_file(&list->tree, list->classes[i], 0, list->kind)))
            return fail(err, MICA_VALUE,
                        "%s: class folder '%s' is none of the %zu classes that the model was "
                        "trained on (%s%s%s%s)",
                        list->table ? list->table : list->tree.root, list->classes[i], count,
                        names[0], count > 1 ? ", " : "", count > 1 ? names[1] : "",
                        count > 2 ? ", …" : "");
    }
    list->classes = names;
    list->class_count = (int)count;
    list->known = true;
    return MICA_OK;
}

/* Of all classes those that are wanted, in the order that they are wanted in. */
static mica_status want_classes(class_list *list, arena *texts, mica_error *err) {
    const char *wanted = list->choice.class_names;
    if (!wanted) return MICA_OK;
    json_t *chosen = json_loads(wanted, 0, NULL), *known = json_object_get(chosen, "known");
    mica_status status = json_array_size(known)    ? take_known(list, known, texts, err)
                         : json_array_size(chosen) ? choose_classes(list, chosen, texts, err)
                                                   : fail(err, MICA_VALUE,
                                                          "%s: class_names is %s, expected a list "
                                                          "of names",
                                                          list->tree.root, wanted);
    json_decref(chosen);
    return status;
}

/* The names of the class folders, in the order of the classes. */
static mica_status list_classes(class_list *list, arena *texts, mica_error *err) {
    const file_tree *t = &list->tree;
    char **names;
    size_t count;
    TRY(tree_list(t, "", texts, &names, &count, err));
    list->classes = names; /* those that are classes move to the front */
    for (size_t i = 0; i < count; i++)
        if (names[i][0] != '.' && tree_is_folder(t, names[i]))
            names[list->class_count++] = names[i];
    return want_classes(list, texts, err);
}

static mica_status list_table(class_list *list, arena *texts, mica_error *err) {
    char **class;
    mica_status status = class_table_read(list, &class, texts, err);
    if (status == MICA_OK) status = want_classes(list, texts, err);
    if (status == MICA_OK) status = class_table_label(list, class, err);
    free(class);
    if (status != MICA_OK || list->count) return status;
    return fail(err, MICA_FORMAT, "%s: no file is of these classes", list->table);
}

mica_status class_list_files(class_list *list, arena *texts, mica_error *err) {
    if (class_labels_are_given(&list->choice)) {
        TRY(add_folder(list, "", 0, texts, err));
        return class_give_labels(list, texts, err);
    }
    if (list->table) return list_table(list, texts, err);
    TRY(list_classes(list, texts, err));
    for (int i = 0; i < list->class_count; i++)
        if (!list->known || tree_is_folder(&list->tree, list->classes[i]))
            TRY(add_folder(list, list->classes[i], (uint32_t)i, texts, err));
    if (list->count) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s: no %s in class folders: %d folders, expected root/class/%s",
                list->tree.root, list->kind->what, list->class_count, list->kind->example);
}

/* ---- what folders hold ---- */

int count_class_folders(const file_tree *t, const char *folder, const file_kind *kind, int most) {
    arena a = {0};
    char **names;
    size_t count;
    int found = 0;
    if (tree_list(t, folder, &a, &names, &count, NULL) != MICA_OK) count = 0;
    for (size_t i = 0; i < count && found < most; i++) {
        const char *path = path_join(&a, folder, names[i]);
        found += path && names[i][0] != '.' && tree_is_folder(t, path) &&
                 folder_has_file(t, path, 0, kind);
    }
    arena_free(&a);
    return found;
}

bool has_class_files(const file_tree *t, const char *folder, const file_kind *kind) {
    return count_class_folders(t, folder, kind, 1) == 1;
}
