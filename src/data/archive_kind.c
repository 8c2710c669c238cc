/* Which kind of file an archive's class folders hold: see class_folder.h. Names tell; the first
 * bytes of files are looked at only where no name does, for the message. */
#include "base/strbuf.h"
#include "codec/image.h"
#include "codec/sound.h"
#include "data/class_folder.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ENOUGH = 200, MOST_UNKNOWN = 8 };

const file_kind *const file_kinds[FILE_KINDS] = {&picture_kind, &text_kind, &sound_kind};

/* Files about the others lie in many folders. */
static bool is_about_the_data(const char *name) {
    static const char *const names[] = {"readme", "license", "licence", "copying", "notice"};
    for (size_t i = 0; i < LENGTH(names); i++)
        if (!strncasecmp(name, names[i], strlen(names[i]))) return true;
    return false;
}

int file_kind_number(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    bool none = *name == '.' || is_about_the_data(name);
    for (int k = 0; k < FILE_KINDS && !none; k++)
        if (file_kinds[k]->is_name(name)) return k;
    return -1;
}

/* ---- which files are in class folders ---- */

typedef struct census {
    int64_t count[FILE_KINDS];
    const char *first[FILE_KINDS];
    int there; /* kinds that are */
} census;

static bool begins(const char *path, const char *with, size_t n) { return !strncmp(path, with, n); }

/* The length of the folder below the first `from` bytes of all paths, with its '/', where all known
 * files in folders lie in that one, some deeper still; 0: there is no such. */
static size_t lone_folder(const archive_members *m, const char *prefix, size_t from) {
    const char *folder = NULL;
    size_t n = 0;
    bool deeper = false;
    for (size_t i = 0; i < m->count; i++) {
        const char *path = m->member[i].path, *slash;
        if (file_kind_number(path) < 0 || !begins(path, prefix, from)) continue;
        if (!(slash = strchr(path + from, '/'))) continue;
        if (!folder) folder = path, n = (size_t)(slash + 1 - path) - from;
        if (!begins(path + from, folder + from, n)) return 0;
        deeper |= strchr(slash + 1, '/') != NULL;
    }
    return deeper ? n : 0;
}

static bool in_class_folder(const char *below) {
    static const char *const parts[] = {"train/", "test/", "validation/", "val/"};
    for (size_t i = 0; i < LENGTH(parts); i++) {
        const char *behind = below + strlen(parts[i]);
        if (begins(below, parts[i], strlen(parts[i])) && strchr(behind, '/')) return true;
        if (begins(below, parts[i], strlen(parts[i]))) return false;
    }
    return strchr(below, '/') != NULL;
}

/* Files beside the class folders, a licence say, do not count; nor do classes. */
static census count_files(const archive_members *m, bool everywhere) {
    census c = {{0}, {0}, 0};
    const char *prefix = "";
    size_t from = 0, more;
    for (size_t i = 0; i < m->count && !*prefix; i++)
        if (file_kind_number(m->member[i].path) >= 0 && strchr(m->member[i].path, '/'))
            prefix = m->member[i].path;
    while (!everywhere && (more = lone_folder(m, prefix, from))) from += more;
    for (size_t i = 0; i < m->count; i++) {
        const char *path = m->member[i].path;
        int k = m->member[i].kind == MEMBER_FILE ? file_kind_number(path) : -1;
        if (k < 0) continue;
        if (!everywhere && (!begins(path, prefix, from) || !in_class_folder(path + from))) continue;
        if (!c.count[k]++) c.first[k] = path, c.there++;
    }
    return c;
}

/* ---- what is said ---- */

static mica_status fail_mixture(const archive_members *m, const census *c, mica_error *err) {
    strbuf found = {0}, ways = {0};
    for (int k = 0; k < FILE_KINDS; k++) {
        if (!c->count[k]) continue;
        strbuf_add(&found, "%s%lld %s (%s)", found.length ? ", " : "", (long long)c->count[k],
                   file_kinds[k]->what, c->first[k]);
        strbuf_add(&ways, "%s%s:%s", ways.length ? ", " : "", file_kinds[k]->source, m->name);
    }
    mica_status status =
        found.failed || ways.failed
            ? fail_no_memory(err, m->name)
            : fail(err, MICA_FORMAT,
                   "%s: class folders with files of several kinds: %s; say which are meant: %s",
                   m->name, found.data, ways.data);
    strbuf_free(&found), strbuf_free(&ways);
    return status;
}

/* What a file is by its first bytes; NULL: it is not known. */
static const char *kind_by_bytes(const archive_members *m, const char *path) {
    file_bytes file = {0};
    size_t room = 0;
    const char *kind = NULL;
    if (members_read(m, path, &file, &room, NULL) == MICA_OK) {
        image_kind image = image_kind_of(file.data, file.size);
        kind = image != IMAGE_UNKNOWN           ? image_kind_name(image)
               : sound_is(file.data, file.size) ? "sound"
                                                : NULL;
    }
    free(file.data);
    return kind;
}

static mica_status fail_nothing(const archive_members *m, mica_error *err) {
    const char *first = NULL, *kind = NULL;
    int64_t files = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (m->member[i].kind != MEMBER_FILE) continue;
        files++;
        const char *now = m->member[i].kept && !kind ? kind_by_bytes(m, m->member[i].path) : NULL;
        if (now || !first) first = m->member[i].path, kind = now;
    }
    return fail(err, MICA_FORMAT,
                "%s: no pictures, texts or sounds, whose names end as CLASS/picture.jpg, text.txt, "
                "sound.wav; found %lld files%s%s%s%s%s",
                m->name, (long long)files, first ? ", such as " : "", first ? first : "",
                kind ? ", by its first bytes a " : "", kind ? kind : "",
                kind ? " without the ending of one" : "");
}

/* ---- the two questions ---- */

typedef struct looking {
    int known, unknown, most; /* in folders; most: after so many it is enough */
} looking;

static member_choice look(void *arg, const char *path) {
    looking *l = arg;
    if (l->known >= l->most) return MEMBER_STOP;
    bool known = file_kind_number(path) >= 0;
    l->known += known && strchr(path, '/');
    return !known && !l->known && l->unknown++ < MOST_UNKNOWN ? MEMBER_KEEP : MEMBER_SKIP;
}

static census count_all(const archive_members *m) {
    census c = count_files(m, false);
    return c.there ? c : count_files(m, true); /* files without classes: labels may be given */
}

/* Looks at so many members; several kinds: *mixed, an error only where all were looked at. */
static mica_status ask(const char *path, int most, const file_kind **out, bool *mixed,
                       mica_error *err) {
    archive_members m;
    TRY(members_open(&m, path, look, &(looking){.most = most}, err));
    census c = count_all(&m);
    mica_status status = MICA_OK;
    *mixed = c.there > 1;
    for (int k = 0; k < FILE_KINDS; k++)
        if (c.count[k]) *out = file_kinds[k];
    if (!c.there) status = fail_nothing(&m, err);
    else if (*mixed && most == INT32_MAX) status = fail_mixture(&m, &c, err);
    members_close(&m);
    return status;
}

mica_status archive_kind(const char *path, const file_kind **out, mica_error *err) {
    bool mixed = false;
    TRY(ask(path, ENOUGH, out, &mixed, err));
    return mixed ? ask(path, INT32_MAX, out, &mixed, err) : MICA_OK;
}

mica_status archive_holds_alone(const class_list *list, mica_error *err) {
    if (!list->tree.members) return MICA_OK;
    census c = count_all(list->tree.members);
    return c.there > 1 ? fail_mixture(list->tree.members, &c, err) : MICA_OK;
}
