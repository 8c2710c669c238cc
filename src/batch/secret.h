/* Keys from files that nobody else can read. */
#ifndef BATCH_SECRET_H
#define BATCH_SECRET_H

#include "base/error.h"

#include <stdint.h>

typedef struct secret {
    unsigned char *bytes;
    size_t size;
} secret;

/* All bytes of the file but a last line break: 16 to 65536. Errors: VALUE where the group or others
 * may read it (mode), or for another length. */
mica_status secret_read(const char *path, secret *out, mica_error *err);
/* Overwrites and frees it. */
void secret_forget(secret *s);
/* A seed that nobody can guess. */
mica_status secret_seed(uint64_t *out, mica_error *err);

#endif
