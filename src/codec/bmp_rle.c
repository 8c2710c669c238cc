/* Runs of a BMP: see bmp.h. Pairs of bytes: a count and a number of the palette (RLE4: two that
 * alternate), or 0 and what it means: the end of a row (0), of the picture (1), a step to the right
 * and up (2 and two bytes), so many numbers one by one (3 … 255, filled to an even count of bytes).
 * Source: Microsoft's "Bitmap Compression". */
#include "codec/bmp.h"

#include <string.h>

enum { PER_BYTE = 128 }; /* pixels at most: 255 of two bytes */

typedef struct walk {
    const bitmap *m;
    size_t at; /* in the file */
    int64_t x, y;
    unsigned char *pixels;
} walk;

/* What goes over the end of a row is left away. */
static void put(walk *w, unsigned number) {
    const bitmap *m = w->m;
    if (w->x >= m->width) return;
    const int64_t y = m->upward ? m->height - 1 - w->y : w->y;
    if (w->pixels) bmp_colour(m, number, w->pixels + 3 * (y * m->width + w->x));
    w->x++;
}

static unsigned number_of(const bitmap *m, unsigned byte, unsigned i) {
    return m->packing == BMP_RLE8 ? byte : i % 2 ? byte & 15 : byte >> 4;
}

static size_t bytes_of(const bitmap *m, unsigned count) {
    return m->packing == BMP_RLE8 ? count : (count + 1) / 2;
}

/* Numbers one by one; false: they are cut short. */
static bool put_single(walk *w, unsigned count) {
    const bitmap *m = w->m;
    const size_t bytes = bytes_of(m, count);
    if (bytes > m->size - w->at) return false;
    for (unsigned i = 0; i < count; i++)
        put(w, number_of(m, m->file[w->at + (m->packing == BMP_RLE8 ? i : i / 2)], i));
    w->at += bytes + bytes % 2;
    if (w->at > m->size) w->at = m->size;
    return true;
}

/* One pair; *ended: the picture's end. False: it is cut short. */
static bool take_pair(walk *w, bool *ended) {
    const bitmap *m = w->m;
    if (m->size - w->at < 2) return false;
    const unsigned count = m->file[w->at], byte = m->file[w->at + 1];
    w->at += 2;
    for (unsigned i = 0; i < count; i++) put(w, number_of(m, byte, i));
    if (count) return true;
    if (byte > 2) return put_single(w, byte);
    if (byte == 0) w->x = 0, w->y++;
    *ended = byte == 1;
    if (byte < 2) return true;
    if (m->size - w->at < 2) return false;
    w->x += m->file[w->at], w->y += m->file[w->at + 1];
    w->at += 2;
    return true;
}

static void fill(const bitmap *m, unsigned char *pixels) {
    unsigned char rgb[3];
    bmp_colour(m, 0, rgb);
    for (int64_t i = 0; i < m->width * m->height; i++) memcpy(pixels + 3 * i, rgb, 3);
}

mica_status bmp_runs(const bitmap *m, const char *name, unsigned char *pixels, mica_error *err) {
    walk w = {.m = m, .at = m->pixels, .pixels = pixels};
    const int64_t most = (int64_t)(m->size - m->pixels) * PER_BYTE;
    if (m->width * m->height > most)
        return fail(err, MICA_FORMAT, "%s: the BMP has %lld x %lld pixels, its runs at most %lld",
                    name, (long long)m->width, (long long)m->height, (long long)most);
    if (pixels) fill(m, pixels);
    for (bool ended = false; !ended && w.y < m->height;) {
        const bool whole = w.y == m->height - 1 && w.x >= m->width; /* an end is not needed */
        if (whole) break;
        if (!take_pair(&w, &ended))
            return fail(err, MICA_FORMAT,
                        "%s: the BMP is cut short: its runs end in row %lld of %lld", name,
                        (long long)w.y, (long long)m->height);
    }
    return MICA_OK;
}
