/* The pass over an archive, by libarchive: see archive.h. */
#include "codec/archive.h"

#include "build_config.h"

#ifdef HAVE_LIBARCHIVE

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 18, MOST_MEMBER = 1 << 30, MOST_RESTARTS = 1000 };

static const char too_large[] = "more than 1 GiB, which no picture has";

typedef struct pass {
    archive_members *m;
    choose_member *choose;
    void *arg;
    bool stopped;
    struct archive *a;
    unsigned char piece[PIECE]; /* of the archive, from piece_at on */
    uint64_t piece_at, next;
    size_t piece_size;
    uint64_t unpacked, most; /* bytes of members that were read, and may be */
    uint64_t index;          /* bytes of memory for names and places */
    size_t done, restarts;   /* members that are added; how often it began again */
} pass;

/* ---- the archive's bytes ---- */

static la_ssize_t read_piece(struct archive *a, void *data, const void **out) {
    pass *p = data;
    ssize_t n;
    do n = pread(p->m->file.descriptor, p->piece, sizeof p->piece, (off_t)p->next);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        archive_set_error(a, errno, "%s", strerror(errno));
        return ARCHIVE_FATAL;
    }
    p->piece_at = p->next, p->piece_size = (size_t)n;
    p->next += (uint64_t)n;
    *out = p->piece;
    return n;
}

static la_int64_t skip_piece(struct archive *a, void *data, la_int64_t count) {
    pass *p = data;
    uint64_t left = p->next < p->m->file.size ? p->m->file.size - p->next : 0;
    if (count < 0) return 0;
    if ((uint64_t)count > left) count = (la_int64_t)left;
    p->next += (uint64_t)count;
    return count;
}

static la_int64_t seek_piece(struct archive *a, void *data, la_int64_t offset, int whence) {
    pass *p = data;
    int64_t from = whence == SEEK_SET   ? 0
                   : whence == SEEK_CUR ? (int64_t)p->next
                                        : (int64_t)p->m->file.size,
            to;
    if (__builtin_add_overflow(from, offset, &to) || to < 0) return ARCHIVE_FATAL;
    p->next = (uint64_t)to;
    return to;
}

/* Where in the archive a block of a member lies as it is; false: nowhere, it was unpacked. */
static bool lies_in_archive(const pass *p, const void *block, size_t size, uint64_t *at) {
    uintptr_t begin = (uintptr_t)p->piece, here = (uintptr_t)block;
    if (here < begin || here - begin > p->piece_size || size > p->piece_size - (here - begin))
        return false;
    *at = p->piece_at + (here - begin);
    return true;
}

/* ---- opening ---- */

/* libarchive would run a program where it was built without a library: that is no way here. */
static mica_status set_kinds(pass *p, mica_error *err) {
    static const struct {
        const char *name, *magic;
        size_t length;
        int (*support)(struct archive *);
    } packed[] = {{"gzip", "\x1f\x8b", 2, archive_read_support_filter_gzip},
                  {"xz",
                   "\xfd"
                   "7zXZ",
                   5, archive_read_support_filter_xz},
                  {"zstd", "\x28\xb5\x2f\xfd", 4, archive_read_support_filter_zstd},
                  {"bzip2", "BZh", 3, archive_read_support_filter_bzip2}};
    char magic[6] = "";
    size_t size = p->m->file.size < sizeof magic ? (size_t)p->m->file.size : sizeof magic;
    TRY(file_read_at(&p->m->file, 0, magic, size, err));
    archive_read_support_format_tar(p->a);
    for (size_t i = 0; i < LENGTH(packed); i++) {
        if (memcmp(magic, packed[i].magic, packed[i].length)) continue;
        if (packed[i].support(p->a) == ARCHIVE_OK) return MICA_OK;
        return fail(err, MICA_UNSUPPORTED,
                    "%s: libarchive is built here without %s: unpack it first", p->m->name,
                    packed[i].name);
    }
    archive_read_support_format_zip_seekable(p->a);
    return MICA_OK;
}

static mica_status fail_archive(const pass *p, const char *where, mica_error *err) {
    const char *why = archive_error_string(p->a);
    bool memory = archive_errno(p->a) == ENOMEM;
    return fail(err, memory ? MICA_MEMORY : MICA_FORMAT, "%s: %s%s%s: %s", p->m->name,
                where ? "the archive ends at the member '" : "",
                where ? where : "no archive of the kinds tar and zip", where ? "'" : "",
                why ? why : "damaged");
}

static mica_status begin(pass *p, mica_error *err) {
    p->next = p->piece_at = 0, p->piece_size = 0;
    p->a = archive_read_new();
    if (!p->a) return fail_no_memory(err, p->m->name);
    TRY(set_kinds(p, err));
    archive_read_set_callback_data(p->a, p);
    archive_read_set_read_callback(p->a, read_piece);
    archive_read_set_skip_callback(p->a, skip_piece);
    archive_read_set_seek_callback(p->a, seek_piece);
    return archive_read_open1(p->a) == ARCHIVE_OK ? MICA_OK : fail_archive(p, NULL, err);
}

/* ---- a member's bytes ---- */

static mica_status broken(pass *p, member *x, const char *why, mica_error *err) {
    x->kept = false;
    x->broken = arena_text(&p->m->texts, why ? why : "damaged");
    return x->broken ? MICA_OK : fail_no_memory(err, p->m->name);
}

/* What lay in the archive so far moves to the spool. */
static mica_status move_to_spool(pass *p, member *x, mica_error *err) {
    unsigned char part[4096];
    uint64_t from = x->at;
    x->at = p->m->spool.size;
    x->spooled = true;
    for (uint64_t left = x->size; left;) {
        size_t n = left < sizeof part ? (size_t)left : sizeof part;
        TRY(file_read_at(&p->m->file, from, part, n, err));
        TRY(spool_add(&p->m->spool, part, n, p->m->name, err));
        from += n, left -= n;
    }
    return MICA_OK;
}

static mica_status keep_block(pass *p, member *x, const void *block, size_t size, mica_error *err) {
    uint64_t at;
    bool in_place = !x->spooled && lies_in_archive(p, block, size, &at);
    if (in_place && !x->size) x->at = at;
    if (in_place && at == x->at + x->size) return x->size += size, MICA_OK;
    if (!x->spooled) TRY(move_to_spool(p, x, err));
    x->size += size;
    return spool_add(&p->m->spool, block, size, p->m->name, err);
}

static mica_status count_unpacked(pass *p, size_t size, mica_error *err) {
    p->unpacked += size;
    if (p->unpacked <= p->most && (uint64_t)archive_filter_bytes(p->a, 0) <= p->most)
        return MICA_OK;
    return fail(err, MICA_FORMAT,
                "%s: unpacks to more than %llu bytes from %llu: a bomb, not an archive of pictures",
                p->m->name, (unsigned long long)p->most, (unsigned long long)p->m->file.size);
}

/* *again: only a new pass comes to the members behind it. */
static mica_status read_member(pass *p, struct archive_entry *e, member *x, bool *again,
                               mica_error *err) {
    const void *block;
    size_t size;
    la_int64_t offset;
    char text[128];
    int code;
    x->kept = true;
    while ((code = archive_read_data_block(p->a, &block, &size, &offset)) == ARCHIVE_OK) {
        TRY(count_unpacked(p, size, err));
        if ((uint64_t)offset != x->size) return broken(p, x, "a file with holes", err);
        if (size > MOST_MEMBER - x->size) return broken(p, x, too_large, err);
        if (size) TRY(keep_block(p, x, block, size, err));
    }
    bool zip = (archive_format(p->a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
    if (code == ARCHIVE_FATAL && (!zip || archive_errno(p->a) == ENOMEM))
        return fail_archive(p, x->path, err);
    *again = code == ARCHIVE_FATAL;
    if (code != ARCHIVE_EOF) return broken(p, x, archive_error_string(p->a), err);
    if (!archive_entry_size_is_set(e) || (uint64_t)archive_entry_size(e) == x->size) return MICA_OK;
    snprintf(text, sizeof text, "%llu bytes, its header says %lld", (unsigned long long)x->size,
             (long long)archive_entry_size(e));
    return broken(p, x, text, err);
}

/* ---- members ---- */

static member_kind kind_of(struct archive_entry *e) {
    if (archive_entry_hardlink(e)) return MEMBER_FILE;
    switch (archive_entry_filetype(e)) {
    case AE_IFREG: return MEMBER_FILE;
    case AE_IFDIR: return MEMBER_FOLDER;
    default: return MEMBER_OTHER;
    }
}

/* Names that the archive's bytes cannot justify: headers of nothing, packed well. */
static mica_status count_index(pass *p, size_t size, mica_error *err) {
    p->index += size;
    if (p->index <= 64 * p->m->file.size + (1 << 24)) return count_unpacked(p, 0, err);
    return fail(err, MICA_FORMAT, "%s: the names of %zu members, in %llu bytes: a bomb", p->m->name,
                p->m->count, (unsigned long long)p->m->file.size);
}

static mica_status take_member(pass *p, struct archive_entry *e, bool *again, mica_error *err) {
    const char *raw = archive_entry_pathname(e), *path, *target = archive_entry_hardlink(e);
    if (!raw)
        return fail(err, MICA_FORMAT, "%s: the name of member %zu cannot be read", p->m->name,
                    p->done);
    TRY(members_name(p->m, raw, &path, err));
    if (!*path) return MICA_OK;
    member_choice choice = p->choose(p->arg, path);
    if ((p->stopped = choice == MEMBER_STOP)) return MICA_OK;
    member *x = members_add(p->m, path, kind_of(e));
    if (!x) return fail_no_memory(err, p->m->name);
    TRY(count_index(p, sizeof *x + strlen(raw) + (target ? strlen(target) : 0), err));
    if (choice == MEMBER_SKIP) return MICA_OK;
    if (target) return members_name(p->m, target, &x->link, err);
    if (archive_entry_filetype(e) == AE_IFLNK)
        return broken(p, x, "a symbolic link, which is not followed in an archive", err);
    if (x->kind != MEMBER_FILE) return MICA_OK;
    if (archive_entry_is_encrypted(e)) return broken(p, x, "it is encrypted", err);
    if (archive_entry_size(e) > MOST_MEMBER) return broken(p, x, too_large, err);
    return read_member(p, e, x, again, err);
}

/* From the member after those that are done to the end, or to one that only a new pass passes. */
static mica_status go_on(pass *p, bool *again, mica_error *err) {
    struct archive_entry *e;
    size_t number = 0;
    int code;
    while ((code = archive_read_next_header(p->a, &e)) == ARCHIVE_OK || code == ARCHIVE_WARN) {
        if (++number <= p->done) continue;
        p->done = number;
        TRY(take_member(p, e, again, err));
        if (*again || p->stopped) return MICA_OK;
    }
    if (code == ARCHIVE_EOF) return count_unpacked(p, 0, err);
    return fail_archive(p, p->m->count ? p->m->member[p->m->count - 1].path : NULL, err);
}

static mica_status go(pass *p, mica_error *err) {
    for (bool again = true; again;) {
        again = false;
        mica_status status = begin(p, err);
        if (status == MICA_OK) status = go_on(p, &again, err);
        archive_read_free(p->a);
        TRY(status);
        if (again && ++p->restarts > MOST_RESTARTS)
            return fail(err, MICA_FORMAT, "%s: more than %d members are damaged", p->m->name,
                        MOST_RESTARTS);
    }
    return MICA_OK;
}

/* Names in UTF-8 stay so in this thread's own locale, whatever the program's is. */
static mica_status archive_pass(archive_members *m, choose_member *choose, void *arg,
                                mica_error *err) {
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    pass *p = allocate(1, sizeof *p);
    if (p)
        p->m = m, p->choose = choose, p->arg = arg,
        p->most = 1100 * m->file.size + (UINT64_C(1) << 30);
    mica_status status = p ? go(p, err) : fail_memory(err, sizeof *p, m->name);
    free(p);
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    return status;
}

#else

static mica_status archive_pass(archive_members *m, choose_member *choose, void *arg,
                                mica_error *err) {
    return fail(err, MICA_UNSUPPORTED, "%s: this mica is built without libarchive: unpack it first",
                m->name);
}

#endif

mica_status members_open(archive_members *m, const char *path, choose_member *choose, void *arg,
                         mica_error *err) {
    *m = (archive_members){.file.descriptor = -1};
    spool_begin(&m->spool);
    m->name = arena_text(&m->texts, path);
    mica_status status = m->name ? file_open(&m->file, path, err) : fail_no_memory(err, path);
    if (status == MICA_OK) status = archive_pass(m, choose, arg, err);
    if (status == MICA_OK) status = members_settle(m, err);
    if (status != MICA_OK) members_close(m);
    return status;
}
