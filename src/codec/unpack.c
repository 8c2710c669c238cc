/* Packed files by content: see unpack.h. */
#include "codec/unpack.h"

#include "base/parallel.h"
#include "codec/gzip.h"

#include <stdlib.h>
#include <string.h>

static const struct kind {
    const char *name, *magic;
    size_t length;
    mica_status (*unpack)(const void *, size_t, const char *, file_bytes *, mica_error *);
} kinds[] = {{"gzip", "\x1f\x8b", 2, gzip_unpack},
             {"xz",
              "\xfd"
              "7zXZ\0",
              6, xz_unpack},
             {"zstd", "\x28\xb5\x2f\xfd", 4, zstd_unpack}};

static const struct kind *kind_of(const void *bytes, size_t size) {
    for (size_t i = 0; i < LENGTH(kinds); i++)
        if (size >= kinds[i].length && !memcmp(bytes, kinds[i].magic, kinds[i].length))
            return &kinds[i];
    return NULL;
}

const char *packed_kind(const void *bytes, size_t size) {
    const struct kind *k = kind_of(bytes, size);
    return k ? k->name : NULL;
}

bool unpack_room(file_bytes *out, size_t *room) {
    size_t wanted = *room ? *room * 2 : 65536;
    if (*room > SIZE_MAX / 4 || (*room && (int64_t)wanted > memory_available())) return false;
    unsigned char *larger = realloc(out->data, wanted);
    if (!larger) return false;
    out->data = larger;
    *room = wanted;
    return true;
}

mica_status unpack(const void *bytes, size_t size, const char *name, file_bytes *out,
                   mica_error *err) {
    const struct kind *k = kind_of(bytes, size);
    *out = (file_bytes){0};
    if (!k) return fail(err, MICA_FORMAT, "%s: neither gzip nor xz nor zstd", name);
    mica_status status = k->unpack(bytes, size, name, out, err);
    if (status == MICA_OK) return MICA_OK;
    free(out->data);
    *out = (file_bytes){0};
    return status;
}
