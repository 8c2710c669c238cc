/* Packed files by content, whole: gzip, xz, zstd (the last two where built with liblzma, libzstd).
 */
#ifndef CODEC_UNPACK_H
#define CODEC_UNPACK_H

#include "base/file.h"

/* "gzip", "xz", "zstd"; NULL: none of them. */
const char *packed_kind(const void *bytes, size_t size);
/* Unpacks what packed_kind knows; free() out's data. No more is allocated than memory has. Errors:
 * FORMAT for damaged data, UNSUPPORTED where this build lacks the library. */
mica_status unpack(const void *bytes, size_t size, const char *name, file_bytes *out,
                   mica_error *err);

#endif
