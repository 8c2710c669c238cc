/* Files: read whole or in pieces, and written so that a reader sees the old content or the new,
 * never a part. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/memory.h"

typedef struct file_bytes {
    unsigned char *data; /* the caller's: free() */
    size_t size;
} file_bytes;

mica_status file_read(const char *path, file_bytes *out, mica_error *err);
/* All of an open descriptor (a pipe too); `name` is for errors. */
mica_status file_read_descriptor(int descriptor, const char *name, file_bytes *out,
                                 mica_error *err);
/* One of many files, any of which may be bad, into a buffer that is kept from call to call: *out
 * has room for *room bytes. FORMAT where the file itself is to blame (it is gone, a link leads
 * nowhere or in a circle, it is no regular file), IO where it is not (no right to read it, too many
 * open files, a disk that fails). */
mica_status file_read_of_many(const char *path, file_bytes *out, size_t *room, mica_error *err);
bool file_exists(const char *path);    /* a regular file, or a link to one */
bool file_is_folder(const char *path); /* a folder, or a link to one */
/* "folder/name" in the arena; NULL without memory. */
char *path_join(arena *a, const char *folder, const char *name);

/* The names in a folder without . and .., in the order of their bytes, in the arena. */
mica_status folder_list(const char *path, arena *a, char ***names, size_t *count, mica_error *err);

/* Reading in pieces. */
typedef struct file_reader {
    int descriptor;
    char *path;
    uint64_t size;
} file_reader;

mica_status file_open(file_reader *r, const char *path, mica_error *err);
/* Exactly `count` bytes from `at` on; a file that is too short is a FORMAT error. */
mica_status file_read_at(const file_reader *r, uint64_t at, void *out, size_t count,
                         mica_error *err);
void file_close(file_reader *r);

/* Writing aside, to PATH.part: begin, write pieces, then commit (fsync, rename, fsync of the
 * folder) or cancel. A link is followed, and what is no regular file (/dev/stdout, a pipe) is
 * written in place. A PATH.part that a killed process left is taken over. */
typedef struct file_writer {
    int descriptor;
    char *path, *aside; /* aside NULL: in place */
    uint64_t size;      /* so far */
    int mode;           /* that the file gets when it is whole; 0: it has it already */
} file_writer;

mica_status file_begin(file_writer *w, const char *path, mica_error *err);
/* The same, but what is written aside is the owner's alone (mode 0600), and so is a new file; one
 * that is replaced keeps its mode. */
mica_status file_begin_private(file_writer *w, const char *path, mica_error *err);
mica_status file_write(file_writer *w, const void *bytes, size_t count, mica_error *err);
mica_status file_commit(file_writer *w, mica_error *err);
void file_cancel(file_writer *w);
/* Whether file_begin would do, with nothing left behind. */
mica_status file_check_writable(const char *path, mica_error *err);
/* Whether a file is there and may be written, or can be made there; nothing is touched. */
mica_status file_check_open(const char *path, mica_error *err);
/* Whether that folder is there and may be written into, or can be made. */
mica_status folder_check_writable(const char *path, mica_error *err);
/* All of it in one call. */
mica_status file_replace(const char *path, const void *bytes, size_t count, mica_error *err);

#endif
