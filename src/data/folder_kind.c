/* Which kind of files a folder's class folders hold, where there are some of several: see
 * class_folder.h. */
#include "data/class_folder.h"

#include <stdio.h>
#include <string.h>

#define DEEPEST 32

typedef struct folder_census {
    const file_tree *tree;
    int64_t count[FILE_KINDS];
    char first[FILE_KINDS][256];
} folder_census;

static void count_file(folder_census *c, const char *name, const char *path) {
    const int k = file_kind_number(name);
    if (k >= 0 && !c->count[k]++) snprintf(c->first[k], sizeof c->first[k], "%s", path);
}

/* The files of a folder and of those below it; `root`: only of those below it. */
static void count_below(folder_census *c, const char *folder, int depth, bool root) {
    arena a = {0};
    char **names;
    size_t count;
    if (tree_list(c->tree, folder, &a, &names, &count, NULL) != MICA_OK) count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *path = path_join(&a, folder, names[i]);
        if (!path) break;
        const bool file = !root && file_kind_number(names[i]) >= 0;
        const bool enter = root ? names[i][0] != '.' && tree_is_folder(c->tree, path)
                                : !file && depth < DEEPEST && tree_is_own_folder(c->tree, path);
        if (enter) count_below(c, path, depth + 1, false);
        else if (file) count_file(c, names[i], path);
    }
    arena_free(&a);
}

static folder_census census_of(const file_tree *t) {
    folder_census c = {.tree = t};
    count_below(&c, "", 0, true);
    return c;
}

/* Texts, which lie beside others to describe them, come last where there are as many. */
const file_kind *folder_kind(const char *path) {
    static const int order[FILE_KINDS] = {0, 2, 1};
    const file_tree t = tree_of_folder(path);
    const folder_census c = census_of(&t);
    int most = order[0];
    for (int i = 1; i < FILE_KINDS; i++)
        if (c.count[order[i]] > c.count[most]) most = order[i];
    return c.count[most] ? file_kinds[most] : NULL;
}

int64_t folder_strays(const char *path, const char *source, char first[256]) {
    const file_tree t = tree_of_folder(path);
    const folder_census c = census_of(&t);
    int64_t strays = 0;
    for (int k = 0; k < FILE_KINDS; k++) {
        if (!strcmp(file_kinds[k]->source, source)) continue;
        if (!strays && c.count[k]) memcpy(first, c.first[k], sizeof c.first[k]);
        strays += c.count[k];
    }
    return strays;
}
