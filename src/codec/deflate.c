/* deflate: see deflate.h. */
#include "codec/deflate.h"

#include "build_config.h"

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>

bool deflate_unpack(const void *packed, size_t packed_size, void *out, size_t size) {
    size_t made = 0;
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    bool good = d && libdeflate_deflate_decompress(d, packed, packed_size, out, size, &made) ==
                         LIBDEFLATE_SUCCESS;
    libdeflate_free_decompressor(d);
    return good && made == size;
}

size_t deflate_pack(const void *bytes, size_t size, void *out, size_t room) {
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    size_t made = c ? libdeflate_deflate_compress(c, bytes, size, out, room) : 0;
    libdeflate_free_compressor(c);
    return made;
}

uint32_t crc32_of(uint32_t crc, const void *bytes, size_t size) {
    return libdeflate_crc32(crc, bytes, size);
}

#else
#include <zlib.h>

#define PIECE ((size_t)1 << 30) /* zlib counts in unsigned int */

static uInt piece(size_t left) { return (uInt)(left < PIECE ? left : PIECE); }

bool deflate_unpack(const void *packed, size_t packed_size, void *out, size_t size) {
    z_stream z = {.next_in = (unsigned char *)packed, .next_out = out};
    size_t in = packed_size, room = size;
    unsigned char none;
    if (inflateInit2(&z, -15) != Z_OK) return false;
    int result;
    if (!size) z.next_out = &none;
    do {
        uInt more_in = piece(in), more_out = piece(room);
        z.avail_in = more_in, z.avail_out = more_out;
        result = inflate(&z, Z_NO_FLUSH);
        in -= more_in - z.avail_in, room -= more_out - z.avail_out;
    } while (result == Z_OK && (in || room));
    inflateEnd(&z);
    return result == Z_STREAM_END && room == 0;
}

size_t deflate_pack(const void *bytes, size_t size, void *out, size_t room) {
    z_stream z = {.next_in = (unsigned char *)bytes, .next_out = out};
    size_t in = size, left = room;
    if (deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    int result;
    do {
        uInt more_in = piece(in), more_out = piece(left);
        z.avail_in = more_in, z.avail_out = more_out;
        result = deflate(&z, in > PIECE ? Z_NO_FLUSH : Z_FINISH);
        in -= more_in - z.avail_in, left -= more_out - z.avail_out;
    } while (result == Z_OK && left);
    deflateEnd(&z);
    return result == Z_STREAM_END ? room - left : 0;
}

uint32_t crc32_of(uint32_t crc, const void *bytes, size_t size) {
    return (uint32_t)crc32_z(crc, bytes, size);
}
#endif
