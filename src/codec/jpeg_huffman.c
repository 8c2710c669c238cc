/* Tables of Huffman codes: see jpeg_huffman.h. */
#include "codec/jpeg_huffman.h"

#include <stdlib.h>

/* The symbol at the front of `bits` (the upper ones of LOOK_BITS, `have` of them real): its skip,
 * its value, how many bits it takes. Negative: its value does not end within them, in its place
 * stands how many bits it has; 0: it does not itself. */
static int look_one(const huffman_table *t, uint32_t bits, int have, uint8_t *skip,
                    int16_t *value) {
    for (int n = 1; n <= have; n++) {
        int32_t code = (int32_t)(bits >> (LOOK_BITS - n));
        if (code > t->most[n]) continue;
        int symbol = t->symbols[(code + t->shift[n]) & 255], size = symbol & 15, run = symbol >> 4;
        if (!t->is_ac) size = symbol, run = 0;
        bool ends = t->is_ac && !size && run != 15;
        *skip = (uint8_t)(ends ? ENDS : run + 1);
        *value = (int16_t)size;
        if (n + size > have) return -n;
        uint32_t mask = (1u << size) - 1;
        *value = size ? (int16_t)bits_extend((int)(bits >> (LOOK_BITS - n - size) & mask), size)
                      : 0;
        return n + size;
    }
    return 0;
}

static huffman_look look_of(const huffman_table *t, uint32_t bits) {
    uint8_t skip = 0, more = 0;
    int16_t value = 0, next = 0;
    int first = look_one(t, bits, LOOK_BITS, &skip, &value), second = 0;
    if (first > 0 && t->is_ac && skip != ENDS) {
        uint32_t rest = bits << first & ((1u << LOOK_BITS) - 1);
        second = look_one(t, rest, LOOK_BITS - first, &more, &next);
    }
    if (second <= 0) second = more = 0, next = 0;
    uint32_t length = first > 0 ? (uint32_t)(first + second) : 0;
    return length | (uint32_t)abs(first) << 8 | (uint32_t)skip << 16 |
           (uint32_t)(skip + more) << 24 | (uint64_t)(uint16_t)value << 32 |
           (uint64_t)(uint16_t)next << 48;
}

bool huffman_build(huffman_table *t, const uint8_t counts[LONGEST_CODE], const uint8_t *symbols,
                   int symbol_count, bool is_ac) {
    if (t->known && t->is_ac == is_ac && !memcmp(t->counts, counts, LONGEST_CODE) &&
        !memcmp(t->symbols, symbols, (size_t)symbol_count))
        return true;
    int32_t code = 0, number = 0;
    t->known = false;
    for (int n = 1; n <= LONGEST_CODE; n++, code <<= 1) {
        t->shift[n] = number - code;
        code += counts[n - 1];
        number += counts[n - 1];
        t->most[n] = counts[n - 1] ? code - 1 : -1;
        if (code > 1 << n) return false;
    }
    memset(t->symbols, 0, sizeof t->symbols);
    memcpy(t->symbols, symbols, (size_t)symbol_count);
    memcpy(t->counts, counts, LONGEST_CODE);
    for (int i = 0; i < symbol_count && !is_ac; i++)
        if (symbols[i] > 11) return false; /* differences of 8-bit samples */
    t->is_ac = is_ac;
    for (uint32_t bits = 0; bits < 1 << LOOK_BITS; bits++) t->look[bits] = look_of(t, bits);
    return t->known = true;
}
