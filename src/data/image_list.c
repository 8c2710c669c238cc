/* The list of pictures below class folders. Hidden folders are no classes; links to folders are
 * followed at the top, deeper with follow_links, and never into a folder that one came from. */
#include "data/image_folder.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEEPEST 32

bool is_picture_name(const char *name) {
    static const char *const endings[] = {".jpg", ".jpeg", ".png",  ".bmp",
                                          ".ppm", ".pgm",  ".webp", ".gif"};
    size_t n = strlen(name);
    for (size_t i = 0; i < LENGTH(endings); i++) {
        size_t m = strlen(endings[i]);
        if (n > m && !strcasecmp(name + n - m, endings[i])) return true;
    }
    return false;
}

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

static mica_status add_file(picture_list *list, arena *texts, const char *below, const char *name,
                            uint32_t label, mica_error *err) {
    const char *path = path_join(texts, below, name);
    if (!path || !grow(&list->file, &list->room, list->count + 1, sizeof *list->file))
        return fail_memory(err, list->count * sizeof *list->file, name);
    list->file[list->count++] = (picture_file){path, label};
    return MICA_OK;
}

static mica_status walk(const file_tree *t, const char *below, const way *before, int depth,
                        uint32_t label, arena *texts, picture_list *list, mica_error *err) {
    arena a = {0};
    char **names;
    size_t count = 0;
    way here = {.before = before};
    if (tree_identity(t, below, here.identity) && goes_in_a_circle(&here)) return MICA_OK;
    mica_status status = tree_list(t, below, &a, &names, &count, err);
    for (size_t i = 0; i < count && status == MICA_OK; i++)
        if (is_picture_name(names[i])) status = add_file(list, texts, below, names[i], label, err);
    for (size_t i = 0; i < count && status == MICA_OK && depth < DEEPEST; i++) {
        const char *deeper = path_join(texts, below, names[i]);
        if (!deeper) status = fail_no_memory(err, below);
        else if (tree_is_own_folder(t, deeper))
            status = walk(t, deeper, &here, depth + 1, label, texts, list, err);
    }
    arena_free(&a);
    return status;
}

/* Folders in the order of their paths' bytes, then files in that of their names', as Python sorts
 * what os.walk gives. */
static int by_folder(const void *a, const void *b) {
    const char *x = ((const picture_file *)a)->path, *y = ((const picture_file *)b)->path;
    const char *of_x = strrchr(x, '/'), *of_y = strrchr(y, '/');
    size_t n = of_x ? (size_t)(of_x - x) : 0, m = of_y ? (size_t)(of_y - y) : 0;
    int order = memcmp(x, y, n < m ? n : m);
    if (order || n != m) return order ? order : n < m ? -1 : 1;
    return strcmp(x + n, y + n);
}

static mica_status add_folder(const file_tree *t, const char *folder, uint32_t label, arena *texts,
                              picture_list *list, mica_error *err) {
    size_t first = list->count;
    TRY(walk(t, folder, NULL, 0, label, texts, list, err));
    if (list->count > first)
        qsort(list->file + first, list->count - first, sizeof *list->file, by_folder);
    return MICA_OK;
}

static mica_status choose_classes(const char *root, const json_t *chosen, arena *texts,
                                  picture_list *list, mica_error *err) {
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
static mica_status list_classes(const file_tree *t, const char *wanted, arena *texts,
                                picture_list *list, mica_error *err) {
    char **names;
    size_t count;
    TRY(tree_list(t, "", texts, &names, &count, err));
    list->classes = names; /* those that are classes move to the front */
    for (size_t i = 0; i < count; i++)
        if (names[i][0] != '.' && tree_is_folder(t, names[i]))
            names[list->class_count++] = names[i];
    if (!wanted) return MICA_OK;
    json_t *chosen = json_loads(wanted, 0, NULL);
    mica_status status = json_array_size(chosen)
                             ? choose_classes(t->root, chosen, texts, list, err)
                             : fail(err, MICA_VALUE,
                                    "%s: class_names is %s, expected a list of names", t->root,
                                    wanted);
    json_decref(chosen);
    return status;
}

mica_status list_pictures(const file_tree *t, const mica_image_folder_options *o, arena *texts,
                          picture_list *list, mica_error *err) {
    *list = (picture_list){0};
    if (labels_are_given(o)) {
        TRY(add_folder(t, "", 0, texts, list, err));
        return give_labels(t->root, o, texts, list, err);
    }
    TRY(list_classes(t, o->class_names, texts, list, err));
    for (int i = 0; i < list->class_count; i++)
        TRY(add_folder(t, list->classes[i], (uint32_t)i, texts, list, err));
    if (list->count) return MICA_OK;
    return fail(err, MICA_FORMAT,
                "%s: no pictures in class folders: %d folders, expected root/class/picture.jpg",
                t->root, list->class_count);
}

/* ---- what a folder holds ---- */

static bool folder_has_picture(const file_tree *t, const char *folder, int depth) {
    arena a = {0};
    char **names;
    size_t count;
    bool found = false;
    if (tree_list(t, folder, &a, &names, &count, NULL) != MICA_OK) count = 0;
    for (size_t i = 0; i < count && !found; i++) found = is_picture_name(names[i]);
    for (size_t i = 0; i < count && !found && depth < DEEPEST; i++) {
        const char *path = path_join(&a, folder, names[i]);
        found = path && tree_is_own_folder(t, path) && folder_has_picture(t, path, depth + 1);
    }
    arena_free(&a);
    return found;
}

bool has_pictures(const file_tree *t, const char *folder) {
    arena a = {0};
    char **names;
    size_t count;
    bool found = false;
    if (tree_list(t, folder, &a, &names, &count, NULL) != MICA_OK) count = 0;
    for (size_t i = 0; i < count && !found; i++) {
        const char *path = path_join(&a, folder, names[i]);
        found = path && names[i][0] != '.' && tree_is_folder(t, path) &&
                folder_has_picture(t, path, 0);
    }
    arena_free(&a);
    return found;
}

/* The only folder beside no picture, where it holds folders of pictures and none itself; NULL:
 * there is no such. */
static const char *wrapping_folder(const file_tree *t, arena *a) {
    char **names;
    size_t count;
    const char *folder = NULL;
    if (tree_list(t, "", a, &names, &count, NULL) != MICA_OK) return NULL;
    for (size_t i = 0; i < count; i++) {
        if (is_picture_name(names[i])) return NULL;
        if (names[i][0] == '.' || !tree_is_folder(t, names[i])) continue;
        if (folder) return NULL;
        folder = names[i];
    }
    if (!folder || tree_list(t, folder, a, &names, &count, NULL) != MICA_OK) return NULL;
    for (size_t i = 0; i < count; i++)
        if (is_picture_name(names[i])) return NULL;
    return has_pictures(t, folder) ? folder : NULL;
}

bool enter_wrapping_folders(file_tree *t, arena *texts) {
    const char *folder;
    for (int i = 0; i < DEEPEST && (folder = wrapping_folder(t, texts)); i++)
        if (!tree_enter(t, folder, texts)) return false;
    return true;
}
