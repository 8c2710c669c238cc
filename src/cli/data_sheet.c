/* Contact sheets: see data_sheet.h. */
#include "cli/data_sheet.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 4, TEXT = 14, ZOOM = 2, LETTER = 4 * ZOOM, MOST_LETTERS = 24 };

mica_status sheet_open(sheet *s, int64_t count, int64_t width, int64_t height, int64_t letters,
                       mica_error *err) {
    if (letters > MOST_LETTERS) letters = MOST_LETTERS;
    if (width < letters * LETTER) width = letters * LETTER;
    int64_t across = (int64_t)ceil(sqrt((double)count)), down = (count + across - 1) / across;
    *s = (sheet){.across = across, .cell_width = width + GAP, .cell_height = height + TEXT + GAP};
    s->width = across * s->cell_width + GAP, s->height = down * s->cell_height + GAP;
    if (s->height > (int64_t)1 << 29 || s->width > ((int64_t)1 << 29) / s->height)
        return fail(err, MICA_VALUE,
                    "a sheet of %lld pictures of %lld x %lld would be too large: fewer by "
                    "--batch-size, smaller ones by --image-size",
                    (long long)count, (long long)width, (long long)height);
    size_t bytes = (size_t)(s->width * s->height * 3);
    if (!(s->pixels = malloc(bytes))) return fail_memory(err, bytes, "sheet");
    memset(s->pixels, 255, bytes);
    return MICA_OK;
}

void sheet_free(sheet *s) { free(s->pixels); }

static unsigned char *pixel_of(const sheet *s, int64_t at, int64_t x, int64_t y) {
    x += GAP + at % s->across * s->cell_width, y += GAP + at / s->across * s->cell_height;
    return s->pixels + (y * s->width + x) * 3;
}

static unsigned char byte_of(float value) {
    return (unsigned char)(value > 0 ? value < 255 ? lrintf(value) : 255 : 0);
}

void sheet_put(sheet *s, int64_t at, const float *pixels, int64_t width, int64_t height,
               int64_t channels) {
    bool colour = channels == 3 || channels == 4;
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++, pixels += channels)
            for (int c = 0; c < 3; c++) pixel_of(s, at, x, y)[c] = byte_of(pixels[colour ? c : 0]);
}

/* Letters of 3 x 5 pixels: a digit of each number is a row, its bits are pixels. */
static unsigned letter_of(char c) {
    static const unsigned digits[] = {075557, 026227, 071747, 071717, 055711,
                                      074717, 074757, 071122, 075757, 075717};
    static const unsigned letters[] = {025755, 065656, 034443, 065556, 074647, 074644, 034553,
                                       055755, 072227, 011152, 055655, 044447, 057755, 065555,
                                       025552, 065644, 025563, 065655, 034216, 072222, 055557,
                                       055552, 055775, 055255, 055222, 071247};
    if (isdigit((unsigned char)c)) return digits[c - '0'];
    if (isalpha((unsigned char)c)) return letters[tolower((unsigned char)c) - 'a'];
    return c == '-' ? 000700 : c == '_' ? 000007 : c == '.' ? 000002 : c == '/' ? 011244 : 0;
}

void sheet_text(sheet *s, int64_t at, const char *text) {
    int64_t top = s->cell_height - GAP - TEXT + 2, left = 0;
    for (; *text && left + LETTER <= s->cell_width - GAP; text++, left += LETTER)
        for (int i = 0; i < 5 * 3; i++) {
            if (!(letter_of(*text) >> (14 - i) & 1)) continue;
            for (int k = 0; k < ZOOM * ZOOM; k++)
                memset(
                    pixel_of(s, at, left + i % 3 * ZOOM + k % ZOOM, top + i / 3 * ZOOM + k / ZOOM),
                    0, 3);
        }
}
