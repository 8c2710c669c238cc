/* BMP (Windows bitmaps of 8, 24 and 32 bits, not compressed) and PPM, PGM (binary, 8 bits). */
#include "codec/image_kinds.h"

#include "codec/bytes.h"

#include <string.h>

/* ---- BMP ---- */

typedef struct bitmap {
    int64_t width, height, row; /* bytes in a row, a multiple of 4 */
    bool upward;
    unsigned bits;
    size_t pixels, palette, colours;
} bitmap;

static mica_status parse_bitmap(const unsigned char *b, size_t size, const char *name, bitmap *out,
                                mica_error *err) {
    if (size < 54 || little32(b + 14) < 40)
        return fail(err, MICA_FORMAT,
                    "%s: the header of the BMP is of an unknown kind or cut short", name);
    int64_t height = (int32_t)little32(b + 22);
    unsigned bits = little16(b + 28), packing = little32(b + 30);
    if ((bits != 8 && bits != 24 && bits != 32) || (packing != 0 && !(packing == 3 && bits == 32)))
        return fail(err, MICA_UNSUPPORTED,
                    "%s: a BMP of %u bits, packing %u; expected 8, 24 or 32 bits, not packed", name,
                    bits, packing);
    *out = (bitmap){.width = (int32_t)little32(b + 18),
                    .height = height < 0 ? -height : height,
                    .bits = bits,
                    .upward = height > 0,
                    .pixels = little32(b + 10),
                    .palette = 14 + (size_t)little32(b + 14)};
    TRY(image_check_size(out->width, out->height, name, err));
    out->row = (out->width * bits / 8 + 3) / 4 * 4;
    out->colours = bits == 8 ? little32(b + 46) ? little32(b + 46) : 256 : 0;
    if (out->colours > 256 || out->palette > size || out->colours * 4 > size - out->palette ||
        out->pixels > size || (uint64_t)(out->row * out->height) > size - out->pixels)
        return fail(err, MICA_FORMAT,
                    "%s: the BMP is cut short: %zu bytes, expected %lld of pixels alone", name,
                    size, (long long)(out->row * out->height));
    return MICA_OK;
}

mica_status bmp_look(const unsigned char *bytes, size_t size, const char *name, image_facts *out,
                     mica_error *err) {
    bitmap m;
    TRY(parse_bitmap(bytes, size, name, &m, err));
    out->width = m.width, out->height = m.height, out->channels = m.bits == 32 ? 4 : 3;
    return MICA_OK;
}

static void bmp_row(const bitmap *m, const unsigned char *file, const unsigned char *in,
                    unsigned char *out) {
    for (int64_t x = 0; x < m->width; x++) {
        const unsigned char *bgr = in + x * (m->bits / 8);
        if (m->bits == 8) bgr = file + m->palette + 4 * (*bgr < m->colours ? *bgr : 0);
        out[0] = bgr[2], out[1] = bgr[1], out[2] = bgr[0];
        if (m->bits == 32) out[3] = bgr[3];
        out += m->bits == 32 ? 4 : 3;
    }
}

mica_status bmp_decode(const unsigned char *bytes, size_t size, const char *name, image *out,
                       mica_error *err) {
    bitmap m;
    TRY(parse_bitmap(bytes, size, name, &m, err));
    TRY(image_resize_room(out, m.width, m.height, m.bits == 32 ? 4 : 3, name, err));
    for (int64_t y = 0; y < m.height; y++) {
        int64_t from = m.upward ? m.height - 1 - y : y;
        bmp_row(&m, bytes, bytes + m.pixels + (size_t)(from * m.row),
                out->pixels + y * m.width * out->channels);
    }
    return MICA_OK;
}

/* ---- PPM, PGM: "P6 width height 255" and the pixels ---- */

static bool number(const unsigned char *b, size_t size, size_t *at, int64_t *out) {
    while (*at < size && (b[*at] == ' ' || (b[*at] >= '\t' && b[*at] <= '\r') || b[*at] == '#')) {
        if (b[*at] == '#')
            while (*at < size && b[*at] != '\n') (*at)++;
        if (*at < size) (*at)++;
    }
    size_t first = *at;
    for (*out = 0; *at < size && b[*at] >= '0' && b[*at] <= '9' && *out < 100000000; (*at)++)
        *out = *out * 10 + b[*at] - '0';
    return *at > first;
}

static mica_status parse_ppm(const unsigned char *b, size_t size, const char *name,
                             image_facts *out, size_t *pixels, mica_error *err) {
    int64_t most = 0;
    *pixels = 2;
    if (!number(b, size, pixels, &out->width) || !number(b, size, pixels, &out->height) ||
        !number(b, size, pixels, &most))
        return fail(err, MICA_FORMAT, "%s: the header of the PPM is damaged or cut short", name);
    if (most != 255)
        return fail(err, MICA_UNSUPPORTED, "%s: a PPM of values to %lld, expected 255", name,
                    (long long)most);
    TRY(image_check_size(out->width, out->height, name, err));
    out->channels = b[1] == '6' ? 3 : 1;
    int64_t wanted = out->width * out->height * out->channels;
    if (++*pixels > size || (uint64_t)wanted > size - *pixels)
        return fail(err, MICA_FORMAT,
                    "%s: the PPM is cut short: %zu bytes, expected %lld of pixels alone", name,
                    size, (long long)wanted);
    return MICA_OK;
}

mica_status ppm_look(const unsigned char *bytes, size_t size, const char *name, image_facts *out,
                     mica_error *err) {
    size_t pixels;
    return parse_ppm(bytes, size, name, out, &pixels, err);
}

mica_status ppm_decode(const unsigned char *bytes, size_t size, const char *name, image *out,
                       mica_error *err) {
    image_facts facts = {0};
    size_t at;
    TRY(parse_ppm(bytes, size, name, &facts, &at, err));
    TRY(image_resize_room(out, facts.width, facts.height, facts.channels, name, err));
    memcpy(out->pixels, bytes + at, (size_t)(facts.width * facts.height * facts.channels));
    return MICA_OK;
}
