/* Archives of files: tar (plain, or packed by gzip, xz, zstd or bzip2) and zip, by libarchive. One
 * pass looks at every member; afterwards any is read, in any order and by several threads at once.
 * Members that lie in the archive as they are stay there; the bytes of the others go into one
 * temporary file without a name (archive_spool.h).
 *
 * Names are those that unpacking would give: without / or ./ before them; one with .. is refused.
 * They are UTF-8, also where the archive has them in GB18030.
 * Of two members of one name the later counts. A hard link is the member that it names; nothing
 * follows symbolic links. */
#ifndef CODEC_ARCHIVE_H
#define CODEC_ARCHIVE_H

#include "base/file.h"
#include "codec/archive_spool.h"

typedef enum member_kind { MEMBER_ABSENT, MEMBER_FILE, MEMBER_FOLDER, MEMBER_OTHER } member_kind;

typedef struct member {
    const char *path; /* "cats/1.jpg" */
    member_kind kind;
    const char *broken; /* why its bytes cannot be had; NULL: they can */
    const char *link;   /* the member that it is a hard link to; NULL: it is none */
    bool kept, spooled; /* whether bytes are kept; in the spool, not in the archive */
    uint64_t at, size;
    size_t number; /* its place in the archive */
} member;

typedef struct archive_members {
    const char *name; /* the archive's path */
    file_reader file;
    spool spool;
    member *member; /* in the order of their paths' bytes */
    size_t count, room;
    arena texts;
} archive_members;

/* Whether the name ends as an archive's: .tar, .tar.gz, .tgz, .tar.xz, .txz, .tar.zst, .tzst,
 * .tar.bz2, .tbz2, .zip. */
bool is_archive_path(const char *path);
/* What is done with a member: its bytes are kept; they are not; nor is it or any behind it. */
typedef enum member_choice { MEMBER_SKIP, MEMBER_KEEP, MEMBER_STOP } member_choice;
typedef member_choice choose_member(void *arg, const char *path);
/* Looks at all members, or those before the first that `choose` stops at, and keeps the bytes of
 * those that it keeps. Members that cannot
 * be read are broken; FORMAT where that is the archive itself (cut short, names that lead out of
 * it, bombs), UNSUPPORTED in a build without libarchive. */
mica_status members_open(archive_members *m, const char *path, choose_member *choose, void *arg,
                         mica_error *err);
void members_close(archive_members *m);

/* What a path is; "" is the folder of all. */
member_kind members_kind(const archive_members *m, const char *path);
/* The names in a folder, as folder_list. */
mica_status members_list(const archive_members *m, const char *folder, arena *a, char ***names,
                         size_t *count, mica_error *err);
mica_status members_size(const archive_members *m, const char *path, uint64_t *size,
                         mica_error *err);
/* The bytes of a file that is kept, as file_read_of_many. Any thread. */
mica_status members_read(const archive_members *m, const char *path, file_bytes *out, size_t *room,
                         mica_error *err);

/* ---- for the pass (archive.c) ---- */

/* The name as unpacking would have it, in the archive's texts; "" is the folder of all. Fails where
 * it leads out of the archive. */
mica_status members_name(archive_members *m, const char *name, const char **out, mica_error *err);
/* A new member; NULL without memory. */
member *members_add(archive_members *m, const char *path, member_kind kind);
/* Once all are there: sorts them, finds what links name. */
mica_status members_settle(archive_members *m, mica_error *err);

#endif
