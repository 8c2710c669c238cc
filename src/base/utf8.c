/* UTF-8: see utf8.h. */
#include "base/utf8.h"

#include <string.h>

/* What a letter's second byte may be, by its first one. */
static unsigned char least_second(unsigned char first) {
    return first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
}

static unsigned char most_second(unsigned char first) {
    return first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
}

size_t utf8_letter(const char *bytes, size_t n, size_t *wrong) {
    const unsigned char *b = (const unsigned char *)bytes;
    size_t size = b[0] < 0x80 ? 1 : b[0] < 0xE0 ? 2 : b[0] < 0xF0 ? 3 : 4;
    *wrong = 1;
    if (size == 1) return 1;
    if (b[0] < 0xC2 || b[0] > 0xF4) return 0;
    for (size_t i = 1; i < size; i++) {
        unsigned char least = i == 1 ? least_second(b[0]) : 0x80,
                      most = i == 1 ? most_second(b[0]) : 0xBF;
        if (i >= n || b[i] < least || b[i] > most) return 0;
        *wrong = i + 1;
    }
    return size;
}

uint32_t utf8_value(const char *letter, size_t size) {
    static const unsigned char first[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t value = (unsigned char)letter[0] & first[size];
    for (size_t i = 1; i < size; i++) value = value << 6 | ((unsigned char)letter[i] & 0x3F);
    return value;
}

const char *utf8_invalid(const char *text, size_t size) {
    const char *end = text + size;
    while (text < end) {
        uint64_t word;
        size_t wrong;
        if (end - text >= 8 && (memcpy(&word, text, 8), !(word & 0x8080808080808080u))) {
            text += 8;
            continue;
        }
        size_t n = utf8_letter(text, (size_t)(end - text), &wrong);
        if (!n) return text;
        text += n;
    }
    return NULL;
}

/* Pairs of first and last. Source: Unicode 15, EastAsianWidth.txt, W and F, in whole blocks. */
static const uint32_t wide[][2] = {{0x1100, 0x115F},  {0x2E80, 0x303E},   {0x3041, 0x4DBF},
                                   {0x4E00, 0xA4CF},  {0xA960, 0xA97F},   {0xAC00, 0xD7A3},
                                   {0xF900, 0xFAFF},  {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                                   {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF},
                                   {0x20000, 0x3FFFD}},
                      none[][2] = {
                          {0x300, 0x36F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};

static int is_within(uint32_t c, const uint32_t (*ranges)[2], size_t count) {
    for (size_t i = 0; i < count; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1]) return 1;
    return 0;
}

size_t utf8_columns(const char *text, size_t size) {
    size_t columns = 0, wrong;
    for (size_t at = 0, n; at < size; at += n) {
        n = utf8_letter(text + at, size - at, &wrong);
        uint32_t c = n ? utf8_value(text + at, n) : 0;
        if (is_within(c, wide, sizeof wide / sizeof *wide)) columns += 2;
        else columns += !is_within(c, none, sizeof none / sizeof *none);
        if (!n) n = 1;
    }
    return columns;
}
