/* See input_files.h. */
#include "cli/input_files.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static mica_status add_file(input_files *s, const char *path, mica_error *err) {
    if (!path || !grow(&s->at, &s->room, s->count + 1, sizeof *s->at))
        return fail_no_memory(err, "a list of files");
    s->at[s->count++] = path;
    return MICA_OK;
}

static bool is_input(const char *name, bool texts) {
    static const char *const endings[] = {".png", ".jpg", ".jpeg", ".bmp", ".ppm",
                                          ".pgm", ".npy", ".npz",  NULL};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && endings[i]; i++)
        if (!strcasecmp(dot, endings[i])) return name[0] != '.';
    return texts && dot && !strcasecmp(dot, ".txt") && name[0] != '.';
}

/* What is in the folder and the folders in it, by name. */
static mica_status add_folder(input_files *s, const char *folder, bool texts, int depth,
                              mica_error *err) {
    enum { DEEPEST = 16 };
    char **names;
    size_t count = 0;
    TRY(folder_list(folder, &s->texts, &names, &count, err));
    for (size_t i = 0; i < count; i++) {
        const char *path = path_join(&s->texts, folder, names[i]);
        if (!path) return fail_no_memory(err, folder);
        if (file_is_folder(path) && names[i][0] != '.' && depth < DEEPEST)
            TRY(add_folder(s, path, texts, depth + 1, err));
        else if (is_input(names[i], texts) && file_exists(path)) TRY(add_file(s, path, err));
    }
    return MICA_OK;
}

mica_status input_files_list(const common_options *c, int from, bool texts, input_files *s,
                             mica_error *err) {
    for (int i = from; i < c->arguments; i++) {
        size_t before = s->count;
        if (!file_is_folder(c->argument[i])) {
            TRY(add_file(s, c->argument[i], err));
            continue;
        }
        TRY(add_folder(s, c->argument[i], texts, 0, err));
        if (s->count == before)
            return fail(err, MICA_IO,
                        "%s: this folder holds no pictures (PNG, JPEG, BMP, PPM) and "
                        "no .npy, .npz or .txt",
                        c->argument[i]);
    }
    return MICA_OK;
}

void input_files_free(input_files *s) {
    arena_free(&s->texts);
    free(s->at);
}
