/* A spool: bytes that are put down once and read again, in a temporary file that has no name and
 * that nobody else may read ($TMPDIR, else /tmp). It leaves a tenth of the free disk to others. */
#ifndef CODEC_ARCHIVE_SPOOL_H
#define CODEC_ARCHIVE_SPOOL_H

#include "base/file.h"

typedef struct spool {
    file_reader file; /* descriptor below 0: nothing was put down yet */
    uint64_t size, most;
} spool;

void spool_begin(spool *s);
/* Puts bytes behind all others. `name` is whose they are, for errors. */
mica_status spool_add(spool *s, const void *bytes, size_t count, const char *name, mica_error *err);
void spool_close(spool *s);

#endif
