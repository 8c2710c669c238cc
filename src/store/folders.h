/* What a repository does with files and folders: copies that are on the disk, trees that go. */
#ifndef STORE_FOLDERS_H
#define STORE_FOLDERS_H

#include "base/memory.h"

/* The file's bytes into a new one, on the disk when it returns; their SHA-256 and number. */
mica_status copy_with_sum(const char *from, const char *to, char sha256[65], int64_t *bytes,
                          mica_error *err);
mica_status file_sum(const char *path, char sha256[65], int64_t *bytes, mica_error *err);
/* So that names in it survive a crash. */
mica_status folder_sync(const char *path, mica_error *err);
/* Makes it, and those above; *made: it was not there. */
mica_status folder_make(const char *path, bool *made, mica_error *err);
/* A folder of files and of such folders, with all in it; nothing to do where none is there. Links
 * go, what they lead to stays. */
mica_status folder_remove(const char *path, mica_error *err);

#endif
