/* gzip: see gzip.h. */
#include "codec/gzip.h"

#include "build_config.h"
#include "base/parallel.h"
#include "codec/deflate.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#else
#include <zlib.h>
#endif

#define SMALLEST_MEMBER 18

bool gzip_is(const void *bytes, size_t size) {
    const unsigned char *b = bytes;
    return size >= 2 && b[0] == 0x1f && b[1] == 0x8b;
}

static size_t first_guess(const unsigned char *bytes, size_t size) {
    size_t named = size < SMALLEST_MEMBER
                       ? 0
                       : (size_t)bytes[size - 4] | (size_t)bytes[size - 3] << 8 |
                             (size_t)bytes[size - 2] << 16 | (size_t)bytes[size - 1] << 24;
    size_t most = size * DEFLATE_HIGHEST_RATIO + 64;
    return (named && named < most ? named : most < 65536 ? most : 65536) + 1;
}

static mica_status broken(const char *name, mica_error *err) {
    return fail(err, MICA_FORMAT, "%s: the gzip data is cut short or damaged", name);
}

static bool more_room(file_bytes *out, size_t *room) {
    if (*room > SIZE_MAX / 4 || (int64_t)(*room * 2) > memory_available())
        return false; /* a bomb */
    unsigned char *larger = realloc(out->data, *room * 2);
    if (!larger) return false;
    out->data = larger;
    *room *= 2;
    return true;
}

#ifdef HAVE_LIBDEFLATE
static mica_status unpack(const unsigned char *bytes, size_t size, size_t room, const char *name,
                          file_bytes *out, mica_error *err) {
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    mica_status status = d ? MICA_OK : fail_no_memory(err, name);
    while (size && status == MICA_OK) {
        size_t used = 0, made = 0;
        enum libdeflate_result r = libdeflate_gzip_decompress_ex(
            d, bytes, size, out->data + out->size, room - out->size, &used, &made);
        if (r == LIBDEFLATE_INSUFFICIENT_SPACE) {
            if (!more_room(out, &room)) status = fail_memory(err, room, name);
        } else if (r != LIBDEFLATE_SUCCESS || !used) {
            status = broken(name, err);
        } else {
            out->size += made;
            bytes += used;
            size -= used;
            if (size && !gzip_is(bytes, size)) size = 0; /* padding after the last member */
        }
    }
    libdeflate_free_decompressor(d);
    return status;
}
#else
static mica_status unpack(const unsigned char *bytes, size_t size, size_t room, const char *name,
                          file_bytes *out, mica_error *err) {
    z_stream z = {.next_in = (unsigned char *)bytes};
    size_t left = size;
    mica_status status = inflateInit2(&z, 15 + 16) == Z_OK ? MICA_OK : fail_no_memory(err, name);
    if (status != MICA_OK) return status;
    for (;;) {
        size_t in = left < 1u << 30 ? left : 1u << 30,
               space = room - out->size < 1u << 30 ? room - out->size : 1u << 30;
        z.avail_in = (uInt)in;
        z.next_out = out->data + out->size;
        z.avail_out = (uInt)space;
        int r = inflate(&z, Z_NO_FLUSH);
        left -= in - z.avail_in;
        out->size += space - z.avail_out;
        if (r == Z_STREAM_END && (left == 0 || !gzip_is(z.next_in, left))) break;
        if (r == Z_STREAM_END) r = inflateReset(&z);
        if (r == Z_BUF_ERROR && out->size < room) r = Z_DATA_ERROR; /* the input ended */
        if (r != Z_OK && r != Z_BUF_ERROR) status = broken(name, err);
        else if (out->size == room && !more_room(out, &room)) status = fail_memory(err, room, name);
        if (status != MICA_OK) break;
    }
    inflateEnd(&z);
    return status;
}
#endif

mica_status gzip_unpack(const void *bytes, size_t size, const char *name, file_bytes *out,
                        mica_error *err) {
    size_t room = first_guess(bytes, size);
    *out = (file_bytes){0};
    if (!gzip_is(bytes, size)) return broken(name, err);
    *out = (file_bytes){allocate_aligned(room), 0}; /* large: in huge pages, which fault rarely */
    if (!out->data) return fail_memory(err, room, name);
    mica_status status = unpack(bytes, size, room, name, out, err);
    if (status == MICA_OK) return MICA_OK;
    free(out->data);
    *out = (file_bytes){0};
    return status;
}
