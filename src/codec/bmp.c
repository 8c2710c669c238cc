/* BMP (Windows bitmaps): of a palette (1, 4, 8 bits; plain or by runs), of 16 bits, of bit masks,
 * of 24 and 32 bits, rows from the bottom or the top. Of 32 plain bits the fourth byte is alpha, as
 * TensorFlow reads it, which knows no masks, runs and palettes; these are as Pillow reads them. */
#include "codec/bmp.h"

#include "codec/bytes.h"

#include <string.h>

void bmp_colour(const bitmap *m, unsigned number, unsigned char rgb[3]) {
    const unsigned char *bgr = m->file + m->palette + m->entry * number;
    const bool there = number < m->colours;
    for (int i = 0; i < 3; i++) rgb[i] = there ? bgr[2 - i] : 0;
}

mica_status bmp_look(const unsigned char *bytes, size_t size, const char *name, image_facts *out,
                     mica_error *err) {
    bitmap m;
    TRY(bmp_header(bytes, size, name, &m, err));
    out->width = m.width, out->height = m.height, out->channels = m.channels;
    return MICA_OK;
}

static void row_of_palette(const bitmap *m, const unsigned char *in, unsigned char *out) {
    const unsigned in_byte = 8 / m->bits, mask = (1U << m->bits) - 1;
    for (int64_t x = 0; x < m->width; x++, out += 3) {
        const unsigned at = (unsigned)(x % in_byte);
        bmp_colour(m, in[x / in_byte] >> (8 - m->bits * (at + 1)) & mask, out);
    }
}

static void row_of_masks(const bitmap *m, const unsigned char *in, unsigned char *out) {
    const unsigned bytes = m->bits / 8;
    for (int64_t x = 0; x < m->width; x++, in += bytes) {
        uint32_t all = little16(in);
        if (bytes > 2) all |= (uint32_t)in[2] << 16;
        if (bytes > 3) all |= (uint32_t)in[3] << 24;
        for (int c = 0; c < m->channels; c++) {
            const bmp_mask *mask = &m->mask[c];
            *out++ = (unsigned char)((uint64_t)(all >> mask->shift & mask->max) * 255 / mask->max);
        }
    }
}

static void row_of_bytes(const bitmap *m, const unsigned char *in, unsigned char *out) {
    for (int64_t x = 0; x < m->width; x++, in += m->channels, out += m->channels) {
        out[0] = in[2], out[1] = in[1], out[2] = in[0];
        if (m->channels == 4) out[3] = in[3];
    }
}

mica_status bmp_decode(const unsigned char *bytes, size_t size, const char *name, image *out,
                       mica_error *err) {
    bitmap m;
    TRY(bmp_header(bytes, size, name, &m, err));
    TRY(image_resize_room(out, m.width, m.height, m.channels, name, err));
    if (m.packing == BMP_RLE8 || m.packing == BMP_RLE4) return bmp_runs(&m, name, out->pixels, err);
    for (int64_t y = 0; y < m.height; y++) {
        int64_t from = m.upward ? m.height - 1 - y : y;
        const unsigned char *in = bytes + m.pixels + (size_t)(from * m.row);
        unsigned char *to = out->pixels + y * m.width * m.channels;
        if (m.masked) row_of_masks(&m, in, to);
        else if (m.bits <= 8) row_of_palette(&m, in, to);
        else row_of_bytes(&m, in, to);
    }
    return MICA_OK;
}
