/* Packed files by content: gzip, xz, zstd (the last two where built with liblzma, libzstd). */
#ifndef CODEC_UNPACK_H
#define CODEC_UNPACK_H

#include "base/file.h"

/* "gzip", "xz", "zstd"; NULL: none of them. */
const char *packed_kind(const void *bytes, size_t size);
/* Unpacks what packed_kind knows; free() out's data. No more is allocated than memory has. Errors:
 * FORMAT for damaged data, UNSUPPORTED where this build lacks the library. */
mica_status unpack(const void *bytes, size_t size, const char *name, file_bytes *out,
                   mica_error *err);

/* For decoders: makes `out` with `*room` bytes larger (64 KiB first, then doubled); false: not
 * enough memory, or a bomb. */
bool unpack_room(file_bytes *out, size_t *room);
mica_status xz_unpack(const void *bytes, size_t size, const char *name, file_bytes *out,
                      mica_error *err);
mica_status zstd_unpack(const void *bytes, size_t size, const char *name, file_bytes *out,
                        mica_error *err);

#endif
