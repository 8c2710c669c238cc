/* Whole files: read, and written so that a reader sees the old content or the new, never a part. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/memory.h"

typedef struct file_bytes {
    unsigned char *data; /* the caller's: free() */
    size_t size;
} file_bytes;

mica_status file_read(const char *path, file_bytes *out, mica_error *err);
bool file_exists(const char *path);
bool file_is_folder(const char *path);
/* "folder/name" in the arena; NULL without memory. */
char *path_join(arena *a, const char *folder, const char *name);

/* Writing aside: open, write pieces, then commit (fsync, rename, fsync of the folder) or cancel. */
typedef struct file_writer {
    int descriptor;
    char *path, *aside;
    size_t size; /* so far */
} file_writer;

mica_status file_begin(file_writer *w, const char *path, mica_error *err);
mica_status file_write(file_writer *w, const void *bytes, size_t count, mica_error *err);
mica_status file_commit(file_writer *w, mica_error *err);
void file_cancel(file_writer *w);

#endif
