/* gzip: whole members in memory (RFC 1952); libdeflate where built with it, else zlib. */
#ifndef CODEC_GZIP_H
#define CODEC_GZIP_H

#include "base/file.h"

bool gzip_is(const void *bytes, size_t size);
/* Unpacks all members. The size that the trailer names is only believed up to the ratio that
 * deflate can reach (1032), so that a small file cannot ask for much memory. `name` is for errors.
 */
mica_status gzip_unpack(const void *bytes, size_t size, const char *name, file_bytes *out,
                        mica_error *err);

#endif
