/* A file that is read and written in place, at any offset. */
#ifndef BASE_SCRATCH_FILE_H
#define BASE_SCRATCH_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct scratch_file {
    int descriptor;   /* -1: closed */
    const char *path; /* the caller's */
    uint64_t size;    /* when it was opened */
} scratch_file;

/* Opens or (mode 0600) makes it; anew: what was in it is gone. */
mica_status scratch_open(scratch_file *f, const char *path, bool anew, mica_error *err);
void scratch_close(scratch_file *f);
/* Fewer bytes than `count` only where the file ends. Any thread. */
mica_status scratch_read(const scratch_file *f, uint64_t at, void *out, size_t count, size_t *got,
                         mica_error *err);
mica_status scratch_write(const scratch_file *f, uint64_t at, const void *bytes, size_t count,
                          mica_error *err);

#endif
