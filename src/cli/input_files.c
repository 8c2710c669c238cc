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
    static const char *const endings[] = {".png",  ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm",
                                          ".webp", ".wav", ".flac", ".npy", ".npz", NULL};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && endings[i]; i++)
        if (!strcasecmp(dot, endings[i])) return name[0] != '.';
    return texts && dot && !strcasecmp(dot, ".txt") && name[0] != '.';
}

typedef struct listing {
    const common_options *c;
    input_files *s;
    bool texts;
    mica_error first; /* of the folders that could not be read */
} listing;

/* Memory ends it; anything else that is wrong with a folder leaves that one out. The first is told
 * once it is known that it is not the only thing there is to tell. */
static mica_status leave_out(listing *l, mica_status status, const mica_error *why,
                             mica_error *err) {
    if (status == MICA_MEMORY) return *err = *why, status;
    if (l->s->unread++ == 0) return l->first = *why, MICA_OK;
    if (l->s->unread == 2) warn(l->c, "%s", l->first.message);
    warn(l->c, "%s", why->message);
    return MICA_OK;
}

/* What is in the folder and the folders in it, by name. */
static mica_status add_folder(listing *l, const char *folder, int depth, mica_error *err) {
    enum { DEEPEST = 16 };
    input_files *s = l->s;
    char **names;
    size_t count = 0;
    mica_error own = {0};
    mica_status status = folder_list(folder, &s->texts, &names, &count, &own);
    if (status != MICA_OK) return leave_out(l, status, &own, err);
    for (size_t i = 0; i < count; i++) {
        const char *path = path_join(&s->texts, folder, names[i]);
        if (!path) return fail_no_memory(err, folder);
        if (file_is_folder(path) && names[i][0] != '.' && depth < DEEPEST)
            TRY(add_folder(l, path, depth + 1, err));
        else if (is_input(names[i], l->texts) && file_exists(path)) TRY(add_file(s, path, err));
    }
    return MICA_OK;
}

static mica_status add_argument(listing *l, const char *path, mica_error *err) {
    mica_error own = {0};
    const size_t files = l->s->count, unread = l->s->unread;
    if (!file_is_folder(path)) return add_file(l->s, path, err);
    TRY(add_folder(l, path, 0, err));
    if (l->s->count > files || l->s->unread > unread) return MICA_OK;
    fail(&own, MICA_IO,
         "%s: this folder holds no pictures (PNG, JPEG, WebP, BMP, PPM), no sounds (WAV, FLAC) "
         "and no .npy, .npz or .txt",
         path);
    return leave_out(l, MICA_IO, &own, err);
}

mica_status input_files_list(const common_options *c, int from, bool texts, input_files *s,
                             mica_error *err) {
    listing l = {.c = c, .s = s, .texts = texts};
    for (int i = from; i < c->arguments; i++) TRY(add_argument(&l, c->argument[i], err));
    if (!s->unread) return MICA_OK;
    if (s->count && s->unread == 1) warn(c, "%s", l.first.message);
    *err = l.first;
    if (s->count) return MICA_OK;
    if (s->unread == 1) return l.first.code;
    return fail(err, l.first.code, "%zu folders, and nothing to predict in them", s->unread);
}

void input_files_free(input_files *s) {
    arena_free(&s->texts);
    free(s->at);
}
