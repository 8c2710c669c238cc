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
