/* The list of pictures below class folders. Hidden folders are no classes; links to folders are
 * followed at the top only, so that no circle is walked. */
#include "data/image_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

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

static bool is_own_folder(const char *path) {
    struct stat facts;
    return lstat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static mica_status add_file(picture_list *list, arena *texts, const char *below, const char *name,
                            uint32_t label, mica_error *err) {
    const char *path = path_join(texts, below, name);
    if (!path || !grow(&list->file, &list->room, list->count + 1, sizeof *list->file))
        return fail_memory(err, list->count * sizeof *list->file, name);
    list->file[list->count++] = (picture_file){path, label};
    return MICA_OK;
}

/* Pictures of the folder first, then those of its folders, as a sorted os.walk. */
static mica_status walk(const char *root, const char *below, int depth, uint32_t label,
                        arena *texts, picture_list *list, mica_error *err) {
    arena a = {0};
    char **names;
    size_t count = 0;
    const char *folder = path_join(&a, root, below);
    mica_status status = folder ? folder_list(folder, &a, &names, &count, err)
                                : fail_no_memory(err, below);
    for (size_t i = 0; i < count && status == MICA_OK; i++)
        if (is_picture_name(names[i])) status = add_file(list, texts, below, names[i], label, err);
    for (size_t i = 0; i < count && status == MICA_OK && depth < DEEPEST; i++) {
        const char *path = path_join(&a, folder, names[i]),
                   *deeper = path_join(texts, below, names[i]);
        if (!path || !deeper) status = fail_no_memory(err, below);
        else if (is_own_folder(path))
            status = walk(root, deeper, depth + 1, label, texts, list, err);
    }
    arena_free(&a);
    return status;
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
static mica_status list_classes(const char *root, const char *wanted, arena *texts,
                                picture_list *list, mica_error *err) {
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

mica_status list_pictures(const char *root, const char *class_names, arena *texts,
                          picture_list *list, mica_error *err) {
    *list = (picture_list){0};
    TRY(list_classes(root, class_names, texts, list, err));
    for (int i = 0; i < list->class_count; i++)
        TRY(walk(root, list->classes[i], 0, (uint32_t)i, texts, list, err));
    if (list->count) return MICA_OK;
    return fail(err, MICA_FORMAT,
                "%s: no pictures in class folders: %d folders, expected root/class/picture.jpg",
                root, list->class_count);
}

static bool folder_has_picture(const char *folder, int depth) {
    arena a = {0};
    char **names;
    size_t count;
    bool found = false;
    if (folder_list(folder, &a, &names, &count, NULL) != MICA_OK) count = 0;
    for (size_t i = 0; i < count && !found; i++) found = is_picture_name(names[i]);
    for (size_t i = 0; i < count && !found && depth < DEEPEST; i++) {
        const char *path = path_join(&a, folder, names[i]);
        found = path && is_own_folder(path) && folder_has_picture(path, depth + 1);
    }
    arena_free(&a);
    return found;
}

bool has_pictures(const char *root) {
    arena a = {0};
    char **names;
    size_t count;
    bool found = false;
    if (folder_list(root, &a, &names, &count, NULL) != MICA_OK) count = 0;
    for (size_t i = 0; i < count && !found; i++) {
        const char *path = path_join(&a, root, names[i]);
        found = path && names[i][0] != '.' && file_is_folder(path) && folder_has_picture(path, 0);
    }
    arena_free(&a);
    return found;
}
