/* The header of a BMP: sizes, bit masks and palette. Source: Microsoft's BITMAPCOREHEADER,
 * BITMAPINFOHEADER, BITMAPV5HEADER; what they leave open as Pillow's BmpImagePlugin has it. */
#include "codec/bmp.h"

#include "codec/bytes.h"

enum { FILE_HEADER = 14, CORE = 12, INFO = 40, WITH_ALPHA = 56, MASKS_AT = FILE_HEADER + INFO };

static mica_status fail_short(const bitmap *m, const char *name, const char *what, uint64_t wanted,
                              mica_error *err) {
    return fail(err, MICA_FORMAT, "%s: the BMP is cut short: %zu bytes, expected %llu of %s", name,
                m->size, (unsigned long long)wanted, what);
}

/* The sizes, of the old header (12 bytes) or of one that begins as BITMAPINFOHEADER does. */
static mica_status read_sizes(bitmap *m, size_t header, const char *name, mica_error *err) {
    const unsigned char *b = m->file;
    if ((header != CORE && header < INFO) || header > m->size - FILE_HEADER)
        return fail(err, MICA_FORMAT,
                    "%s: the header of the BMP is of an unknown kind or cut short", name);
    if (header == CORE) {
        m->width = little16(b + 18), m->height = little16(b + 20);
        m->bits = little16(b + 24);
        m->entry = 3, m->upward = true;
        return MICA_OK;
    }
    int64_t height = (int32_t)little32(b + 22);
    m->width = (int32_t)little32(b + 18), m->height = height < 0 ? -height : height;
    m->upward = height > 0;
    m->bits = little16(b + 28), m->packing = (bmp_packing)little32(b + 30);
    m->entry = 4, m->colours = little32(b + 46);
    return MICA_OK;
}

static mica_status check_packing(const bitmap *m, const char *name, mica_error *err) {
    static const unsigned bits[][7] = {[BMP_PLAIN] = {1, 4, 8, 16, 24, 32},
                                       [BMP_RLE8] = {8},
                                       [BMP_RLE4] = {4},
                                       [BMP_MASKS] = {16, 24, 32}};
    for (size_t i = 0; (unsigned)m->packing < LENGTH(bits) && bits[m->packing][i]; i++)
        if (bits[m->packing][i] == m->bits) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED,
                "%s: a BMP of %u bits, packing %u; expected 1, 4, 8, 16, 24 or 32 bits, plain (0), "
                "by runs (1 of 8 bits, 2 of 4) or by bit masks (3 of 16, 24, 32)",
                name, m->bits, (unsigned)m->packing);
}

/* ---- bit masks ---- */

static bool take_mask(uint32_t bits, bmp_mask *out) {
    *out = (bmp_mask){0};
    if (!bits) return true;
    while (!(bits >> out->shift & 1)) out->shift++;
    out->max = bits >> out->shift;
    return !(out->max & (out->max + 1)); /* without gaps */
}

/* Of 32 bits without any mask the bytes are blue, green, red and alpha. */
static mica_status read_masks(bitmap *m, size_t header, const char *name, mica_error *err) {
    const unsigned char *b = m->file;
    uint32_t bits[4] = {0}, all = 0;
    const size_t count = header >= WITH_ALPHA ? 4 : 3;
    if (MASKS_AT + 4 * count > m->size) return fail_short(m, name, "header", MASKS_AT + 12, err);
    bool apart = true;
    for (size_t i = 0; i < count; i++) {
        bits[i] = little32(b + MASKS_AT + 4 * i);
        apart = apart && take_mask(bits[i], &m->mask[i]) && !(bits[i] & all);
        all |= bits[i];
    }
    if (!all && m->bits == 32) return MICA_OK;
    m->masked = true;
    if (apart && bits[0] && bits[1] && bits[2] && (m->bits == 32 || !(all >> m->bits)))
        return MICA_OK;
    return fail(err, MICA_FORMAT,
                "%s: bit masks %08x, %08x, %08x, %08x of red, green, blue, alpha in %u bits; "
                "expected masks without gaps that are apart",
                name, bits[0], bits[1], bits[2], bits[3], m->bits);
}

/* ---- where pixels are ---- */

/* Numbers of pixels count into the palette behind the header; there are writers that forget it in
 * the place of the pixels. */
static mica_status find_palette(bitmap *m, size_t header, const char *name, mica_error *err) {
    const size_t behind = FILE_HEADER + header;
    const size_t most = (size_t)1 << m->bits;
    m->palette = behind;
    if (!m->colours) m->colours = most;
    if (m->colours > 65536)
        return fail(err, MICA_FORMAT, "%s: a BMP of %zu colours, expected at most %zu", name,
                    m->colours, most);
    if (!m->pixels || m->pixels == behind) m->pixels = behind + m->colours * m->entry;
    if (m->colours > most) m->colours = most;
    if (m->colours * m->entry > m->size - m->palette)
        return fail_short(m, name, "palette alone", m->colours * m->entry, err);
    return MICA_OK;
}

mica_status bmp_header(const unsigned char *bytes, size_t size, const char *name, bitmap *out,
                       mica_error *err) {
    if (size < FILE_HEADER + CORE)
        return fail(err, MICA_FORMAT, "%s: the header of the BMP is cut short", name);
    const size_t header = little32(bytes + FILE_HEADER);
    *out = (bitmap){.file = bytes, .size = size, .pixels = little32(bytes + 10)};
    TRY(read_sizes(out, header, name, err));
    TRY(check_packing(out, name, err));
    TRY(image_check_size(out->width, out->height, name, err));
    if (out->packing == BMP_MASKS) TRY(read_masks(out, header, name, err));
    if (out->bits == 16 && out->packing == BMP_PLAIN)
        out->masked = true, out->mask[0] = (bmp_mask){10, 31}, out->mask[1] = (bmp_mask){5, 31},
        out->mask[2] = (bmp_mask){0, 31};
    if (out->bits <= 8) TRY(find_palette(out, header, name, err));
    out->channels = out->masked ? out->mask[3].max ? 4 : 3 : out->bits == 32 ? 4 : 3;
    out->row = (out->width * out->bits + 31) / 32 * 4;
    if (!out->pixels) out->pixels = FILE_HEADER + header;
    if (out->pixels > size) return fail_short(out, name, "what is before pixels", out->pixels, err);
    if (out->packing == BMP_RLE8 || out->packing == BMP_RLE4) return bmp_runs(out, name, NULL, err);
    if ((uint64_t)(out->row * out->height) > size - out->pixels)
        return fail_short(out, name, "pixels alone", (uint64_t)(out->row * out->height), err);
    return MICA_OK;
}
