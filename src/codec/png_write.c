/* Writing PNG: signature, header, one chunk of zlib data, end. Every row is filtered by "up", which
 * suits both drawings and noise.  Source: ISO/IEC 15948; RFC 1950. */
#include "codec/image.h"

#include "base/strbuf.h"
#include "codec/bytes.h"
#include "codec/deflate.h"

#include <stdlib.h>
#include <string.h>

enum { FILTER_UP = 2, MOST_SIDE = 0x7fffffff };

static void put_chunk(strbuf *png, const char type[4], const void *data, size_t size) {
    unsigned char b[8], end[4];
    put_big32(b, (uint32_t)size);
    memcpy(b + 4, type, 4);
    put_big32(end, crc32_of(crc32_of(0, type, 4), data, size));
    strbuf_put(png, (const char *)b, 8);
    strbuf_put(png, data, size);
    strbuf_put(png, (const char *)end, 4);
}

/* Adler-32 of RFC 1950. */
static uint32_t adler32_of(const unsigned char *bytes, size_t size) {
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < size; i++) {
        a = (a + bytes[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static void filter_rows(const unsigned char *pixels, size_t row, size_t height,
                        unsigned char *out) {
    for (size_t y = 0; y < height; y++) {
        const unsigned char *now = pixels + y * row, *above = now - row;
        *out++ = FILTER_UP;
        for (size_t x = 0; x < row; x++) *out++ = (unsigned char)(now[x] - (y ? above[x] : 0));
    }
}

/* The filtered rows as a zlib stream. */
static unsigned char *pack(const unsigned char *rows, size_t size, size_t *packed) {
    size_t room = size + size / 1000 + 1024; /* stored blocks at worst */
    unsigned char *out = malloc(room + 6);
    size_t n = out ? deflate_pack(rows, size, out + 2, room) : 0;
    if (!n) return free(out), NULL;
    out[0] = 0x78, out[1] = 0x9c;
    put_big32(out + 2 + n, adler32_of(rows, size));
    *packed = n + 6;
    return out;
}

static void put_all(strbuf *png, int64_t width, int64_t height, int channels, const void *data,
                    size_t size) {
    static const unsigned char types[] = {0, 0, 4, 2, 6};
    unsigned char header[13] = {0};
    put_big32(header, (uint32_t)width), put_big32(header + 4, (uint32_t)height);
    header[8] = 8, header[9] = types[channels];
    strbuf_put(png, "\x89PNG\r\n\x1a\n", 8);
    put_chunk(png, "IHDR", header, sizeof header);
    put_chunk(png, "IDAT", data, size);
    put_chunk(png, "IEND", "", 0);
}

mica_status png_encode(const char *name, int64_t width, int64_t height, int channels,
                       const unsigned char *pixels, strbuf *png, mica_error *err) {
    if (channels < 1 || channels > 4 || width < 1 || height < 1 || width > MOST_SIDE / 4 / height)
        return fail(err, MICA_VALUE,
                    "%s: a PNG of %lld x %lld pixels and %d channels cannot be written", name,
                    (long long)width, (long long)height, channels);
    size_t row = (size_t)(width * channels), size = (row + 1) * (size_t)height, packed = 0;
    unsigned char *rows = malloc(size), *data = NULL;
    if (rows) filter_rows(pixels, row, (size_t)height, rows);
    if (rows) data = pack(rows, size, &packed);
    free(rows);
    if (data) put_all(png, width, height, channels, data, packed);
    bool done = data && !png->failed;
    free(data);
    return done ? MICA_OK : fail_memory(err, size, name);
}

mica_status png_write(const char *path, int64_t width, int64_t height, int channels,
                      const unsigned char *pixels, mica_error *err) {
    strbuf png = {0};
    mica_status status = png_encode(path, width, height, channels, pixels, &png, err);
    if (status == MICA_OK) status = file_replace(path, png.data, png.length, err);
    strbuf_free(&png);
    return status;
}
