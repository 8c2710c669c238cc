/* See stored_model.h. */
#include "store/stored_model.h"

#include "base/file.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "store/folders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

static bool ends_in(const char *text, const char *end) {
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcmp(text + n - m, end);
}

static bool name_fits(const char *name) {
    const size_t length = strlen(name);
    if (!length || length > NAME_ROOM || *name == '.' || ends_in(name, ".lock")) return false;
    for (const char *at = name; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == 127 || strchr("/\\:", *at)) return false;
    return !utf8_invalid(name, length);
}

mica_status check_model_name(const char *name, mica_error *err) {
    if (name_fits(name)) return MICA_OK;
    return fail(
        err, MICA_VALUE,
        "\"%.80s\" cannot be a model's name: expected up to %d bytes of text without / \\ : "
        "and spaces, that begins with no dot and does not end in .lock",
        name, NAME_ROOM);
}

mica_status store_names(const char *repository, arena *a, char ***names, size_t *count,
                        mica_error *err) {
    size_t kept = 0;
    TRY(folder_list(repository, a, names, count, err));
    for (size_t i = 0; i < *count; i++) {
        const char *path = path_join(a, repository, (*names)[i]);
        if (!path) return fail_no_memory(err, repository);
        if (name_fits((*names)[i]) && file_is_folder(path)) (*names)[kept++] = (*names)[i];
    }
    *count = kept;
    return MICA_OK;
}

/* ---- versions ---- */

/* 0: that is no number of a version, as it is written. */
static int64_t number_of(const char *name) {
    const size_t length = strlen(name);
    if (*name == '0' || length > 16 || strspn(name, "0123456789") != length) return 0;
    const int64_t number = strtoll(name, NULL, 10);
    return number <= GREATEST_VERSION ? number : 0;
}

/* The file of a folder that mica did not make; NULL: none, or *more than one. */
static mica_status find_file(const char *folder, arena *a, const char **out, bool *more,
                             mica_error *err) {
    char **names;
    size_t count;
    *out = NULL;
    *more = false;
    TRY(folder_list(folder, a, &names, &count, err));
    for (size_t i = 0; i < count; i++) {
        const char *path = version_file_fits(names[i]) ? path_join(a, folder, names[i]) : NULL;
        if (!path || !file_exists(path)) continue;
        *more = *out != NULL;
        *out = names[i];
    }
    return MICA_OK;
}

static const char *folder_of(const stored_model *m, int64_t number, arena *a) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    return path_join(a, m->folder, text);
}

mica_status stored_path(const stored_model *m, const stored_version *v, arena *a, const char **out,
                        mica_error *err) {
    const char *folder = folder_of(m, v->number, a), *file = v->file;
    bool more = false;
    if (!folder) return fail_no_memory(err, m->folder);
    if (!*file) TRY(find_file(folder, a, &file, &more, err));
    if (!file || more)
        return fail(err, MICA_FORMAT, "%s: expected one file model.*, found %s", folder,
                    more ? "more" : "none");
    *out = path_join(a, folder, file);
    return *out ? MICA_OK : fail_no_memory(err, m->folder);
}

mica_status stored_check_sum(const stored_version *v, const char *path, mica_error *err) {
    char sum[65];
    int64_t bytes;
    if (!v->sha256[0]) return MICA_OK;
    TRY(file_sum(path, sum, &bytes, err));
    if (!strcmp(sum, v->sha256)) return MICA_OK;
    return fail(err, MICA_MISMATCH,
                "%s was changed after it was published: its sha256 is %s, expected %s", path, sum,
                v->sha256);
}

bool stored_lives(const stored_version *v) { return !v->retired && !v->deleted && !v->missing; }

int64_t stored_default(const stored_model *m) {
    const stored_alias *champion = index_alias(&m->index, CHAMPION);
    if (champion) return champion->version;
    for (size_t i = m->index.versions; i--;)
        if (stored_lives(&m->index.version[i])) return m->index.version[i].number;
    return 0;
}

static mica_status fail_unknown(const stored_model *m, const char *version, mica_error *err) {
    strbuf there = {0};
    for (size_t i = 0; i < m->index.versions; i++)
        if (!m->index.version[i].deleted && !m->index.version[i].missing)
            strbuf_add(&there, "%s%lld", there.length ? ", " : "",
                       (long long)m->index.version[i].number);
    for (size_t i = 0; i < m->index.aliases; i++)
        strbuf_add(&there, "%s%s", there.length ? ", " : "", m->index.alias[i].name);
    mica_status status = fail(err, MICA_NAME, "model \"%s\" has no version \"%.80s\"; it has %s",
                              m->name, version, there.data ? there.data : "none");
    strbuf_free(&there);
    return status;
}

mica_status stored_find(const stored_model *m, const char *version, stored_version **out,
                        mica_error *err) {
    const stored_alias *alias = index_alias(&m->index, version);
    const int64_t number = alias ? alias->version : number_of(version);
    *out = number ? index_version(&m->index, number) : NULL;
    if (*out && !(*out)->deleted && !(*out)->missing) return MICA_OK;
    return fail_unknown(m, version, err);
}

/* ---- opening ---- */

static mica_status read_index(stored_model *m, mica_error *err) {
    file_bytes text;
    arena a = {0};
    const char *path = path_join(&a, m->folder, INDEX_FILE);
    mica_status status = path ? MICA_OK : fail_no_memory(err, m->folder);
    m->indexed = path && file_exists(path);
    if (m->indexed && status == MICA_OK) {
        status = file_read(path, &text, err);
        if (status == MICA_OK) {
            status = index_read((char *)text.data, text.size, path, &m->index, err);
            free(text.data);
        }
    }
    arena_free(&a);
    return status;
}

static mica_status add_folders(stored_model *m, mica_error *err) {
    arena a = {0};
    char **names;
    size_t count = 0;
    for (size_t i = 0; i < m->index.versions; i++) m->index.version[i].missing = true;
    mica_status status = folder_list(m->folder, &a, &names, &count, err);
    for (size_t i = 0; i < count && status == MICA_OK; i++) {
        const int64_t number = number_of(names[i]);
        const char *path = number ? path_join(&a, m->folder, names[i]) : NULL;
        if (!path || !file_is_folder(path)) continue;
        stored_version *v = index_version(&m->index, number);
        if (v) v->missing = false;
        else if (!(v = index_add_version(&m->index, number)))
            status = fail_no_memory(err, m->folder);
        else v->found = true;
    }
    arena_free(&a);
    return status;
}

mica_status stored_open(const char *repository, const char *name, stored_model *out,
                        mica_error *err) {
    *out = (stored_model){0};
    TRY(check_model_name(name, err));
    out->folder = path_join(&out->texts, repository, name);
    out->name = arena_text(&out->texts, name);
    mica_status status = out->folder && out->name ? MICA_OK : fail_no_memory(err, name);
    if (status == MICA_OK && !file_is_folder(out->folder))
        status = fail(err, MICA_NAME, "%s: there is no model \"%s\"", repository, name);
    if (status == MICA_OK) status = read_index(out, err);
    if (status == MICA_OK) status = add_folders(out, err);
    if (status != MICA_OK) stored_close(out);
    return status;
}

void stored_close(stored_model *m) {
    index_clear(&m->index);
    arena_free(&m->texts);
    *m = (stored_model){0};
}
