/* The members of an archive by their names: see archive.h. */
#include "codec/archive.h"

#include "base/utf8.h"
#include "codec/text_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool is_archive_path(const char *path) {
    static const char *const endings[] = {".tar",     ".tar.gz", ".tgz",     ".tar.xz", ".txz",
                                          ".tar.zst", ".tzst",   ".tar.bz2", ".tbz2",   ".zip"};
    size_t n = strlen(path);
    for (size_t i = 0; i < LENGTH(endings); i++) {
        size_t k = strlen(endings[i]);
        if (n > k && !strcasecmp(path + n - k, endings[i])) return true;
    }
    return false;
}

/* ---- adding ---- */

/* A copy in UTF-8. Names of Chinese systems are often GB18030, and no archive says so; what is
 * neither stays as it is. */
static char *name_copy(archive_members *m, const char *name) {
    text_file t;
    size_t n = strlen(name);
    if (!utf8_invalid(name, n) || text_file_of(name, n, m->name, NULL, &t, NULL) != MICA_OK)
        return arena_text(&m->texts, name);
    char *copy = arena_take(&m->texts, t.size + 1);
    if (copy) memcpy(copy, t.bytes, t.size);
    if (copy && t.size && copy[t.size - 1] == '\n') copy[t.size - 1] = 0;
    text_file_free(&t);
    return copy;
}

mica_status members_name(archive_members *m, const char *name, const char **out, mica_error *err) {
    char *to = name_copy(m, name), *begin = to;
    if (!to) return fail_no_memory(err, m->name);
    for (const char *at = to; *at;) {
        size_t n = strcspn(at, "/");
        if (n == 2 && at[0] == '.' && at[1] == '.')
            return fail(err, MICA_FORMAT, "%s: the member '%s' leads out of the archive", m->name,
                        name);
        if (n && !(n == 1 && *at == '.')) {
            if (to > begin) *to++ = '/';
            memmove(to, at, n);
            to += n;
        }
        at += n + (at[n] == '/');
    }
    *to = 0;
    *out = begin;
    return MICA_OK;
}

member *members_add(archive_members *m, const char *path, member_kind kind) {
    if (!grow(&m->member, &m->room, m->count + 1, sizeof *m->member)) return NULL;
    member *x = &m->member[m->count];
    *x = (member){.path = path, .kind = kind, .number = m->count++};
    return x;
}

/* ---- finding ---- */

/* The first member whose path is not before `path`. */
static size_t place_of(const archive_members *m, const char *path) {
    size_t low = 0, high = m->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(m->member[middle].path, path) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

static member *find(const archive_members *m, const char *path) {
    size_t at = place_of(m, path);
    return at < m->count && !strcmp(m->member[at].path, path) ? &m->member[at] : NULL;
}

/* The first member below a folder, whose path with / is `below`. */
static size_t first_below(const archive_members *m, const char *below, size_t length) {
    size_t at = place_of(m, below);
    return at < m->count && !strncmp(m->member[at].path, below, length) ? at : m->count;
}

/* "folder/" (of "": ""), in the arena; NULL without memory. */
static const char *with_slash(const char *folder, arena *a) {
    size_t n = strlen(folder);
    char *text = arena_take(a, n + 2);
    if (text) snprintf(text, n + 2, "%s%s", folder, n ? "/" : "");
    return text;
}

member_kind members_kind(const archive_members *m, const char *path) {
    arena a = {0};
    const member *x = find(m, path);
    const char *below = with_slash(path, &a);
    bool folder = !*path || (below && first_below(m, below, strlen(below)) < m->count);
    arena_free(&a);
    return folder ? MEMBER_FOLDER : x ? x->kind : MEMBER_ABSENT;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The different next parts of the paths below a folder. */
static mica_status list_into(const archive_members *m, const char *below, arena *a, char ***names,
                             size_t *count, mica_error *err) {
    const char *before = "";
    size_t length = strlen(below), room = 0, of_before = 0;
    for (size_t i = first_below(m, below, length); i < m->count; i++) {
        const char *path = m->member[i].path;
        if (strncmp(path, below, length)) break;
        const char *part = path + length;
        size_t n = strcspn(part, "/");
        if (!n || (n == of_before && !memcmp(part, before, n))) continue;
        before = part, of_before = n;
        char *name = arena_take(a, n + 1);
        if (!name || !grow(names, &room, *count + 1, sizeof **names))
            return fail_no_memory(err, m->name);
        memcpy(name, part, n);
        (*names)[(*count)++] = name;
    }
    return MICA_OK;
}

mica_status members_list(const archive_members *m, const char *folder, arena *a, char ***names,
                         size_t *count, mica_error *err) {
    char **found = NULL;
    const char *below = with_slash(folder, a);
    *names = NULL;
    *count = 0;
    mica_status status = below ? list_into(m, below, a, &found, count, err)
                               : fail_no_memory(err, m->name);
    if (status == MICA_OK && *count) {
        size_t kept = 1;
        qsort(found, *count, sizeof *found, by_bytes);
        for (size_t i = 1; i < *count; i++) /* a file and a folder of one name */
            if (strcmp(found[i], found[kept - 1])) found[kept++] = found[i];
        *count = kept;
        *names = arena_copy(a, found, kept * sizeof *found);
        if (!*names) status = fail_no_memory(err, m->name);
    }
    free(found);
    return status;
}

/* ---- settling ---- */

static int by_path(const void *a, const void *b) {
    const member *x = a, *y = b;
    int order = strcmp(x->path, y->path);
    return order ? order : x->number < y->number ? -1 : 1;
}

/* A link is what it names; links of links end at the first, as they come in archives. */
static mica_status follow(archive_members *m, member *x, mica_error *err) {
    char text[512];
    const member *target = find(m, x->link);
    if (target && target->kind == MEMBER_FILE && target->kept && !target->link && !target->broken) {
        x->kept = true, x->spooled = target->spooled, x->at = target->at, x->size = target->size;
        return MICA_OK;
    }
    snprintf(text, sizeof text, "a hard link to '%.400s', which is no file that could be read",
             x->link);
    x->broken = arena_text(&m->texts, text);
    return x->broken ? MICA_OK : fail_no_memory(err, m->name);
}

mica_status members_settle(archive_members *m, mica_error *err) {
    size_t kept = 0;
    if (m->count) qsort(m->member, m->count, sizeof *m->member, by_path);
    for (size_t i = 0; i < m->count; i++)
        if (i + 1 == m->count || strcmp(m->member[i].path, m->member[i + 1].path))
            m->member[kept++] = m->member[i];
    m->count = kept;
    for (size_t i = 0; i < kept; i++)
        if (m->member[i].link) TRY(follow(m, &m->member[i], err));
    return MICA_OK;
}

/* ---- reading ---- */

static mica_status find_file(const archive_members *m, const char *path, const member **out,
                             mica_error *err) {
    const member *x = find(m, path);
    if (!x) return fail(err, MICA_FORMAT, "%s/%s: there is no such member", m->name, path);
    if (x->broken) return fail(err, MICA_FORMAT, "%s/%s: %s", m->name, path, x->broken);
    if (x->kind != MEMBER_FILE)
        return fail(err, MICA_FORMAT, "%s/%s: %s, expected a file", m->name, path,
                    x->kind == MEMBER_FOLDER ? "a folder" : "a link or a device");
    *out = x;
    return MICA_OK;
}

mica_status members_size(const archive_members *m, const char *path, uint64_t *size,
                         mica_error *err) {
    const member *x;
    TRY(find_file(m, path, &x, err));
    *size = x->size;
    return MICA_OK;
}

mica_status members_read(const archive_members *m, const char *path, file_bytes *out, size_t *room,
                         mica_error *err) {
    const member *x;
    out->size = 0;
    TRY(find_file(m, path, &x, err));
    if (!x->kept) return fail(err, MICA_INTERNAL, "%s/%s: its bytes were not kept", m->name, path);
    if (x->size >= *room || !out->data) {
        unsigned char *larger = malloc((size_t)x->size + 1);
        if (!larger) return fail_memory(err, x->size, path);
        free(out->data);
        out->data = larger;
        *room = (size_t)x->size + 1;
    }
    TRY(file_read_at(x->spooled ? &m->spool.file : &m->file, x->at, out->data, (size_t)x->size,
                     err));
    out->size = (size_t)x->size;
    return MICA_OK;
}

void members_close(archive_members *m) {
    file_close(&m->file);
    spool_close(&m->spool);
    arena_free(&m->texts);
    free(m->member);
    *m = (archive_members){.file.descriptor = -1, .spool.file.descriptor = -1};
}
