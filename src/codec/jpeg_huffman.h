/* Huffman codes of baseline JPEGs, two symbols a look.  Source: ITU-T T.81, F.2.2. */
#ifndef CODEC_JPEG_HUFFMAN_H
#define CODEC_JPEG_HUFFMAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LOOK_BITS 10
#define LONGEST_CODE 16

/* What the next LOOK_BITS bits hold, one symbol or two, with the value bits behind their codes: a
 * number of fields, so that it is one load.
 *   0: bits of all, 0: the value of the first symbol does not end in them.
 *   8: bits of the first symbol; of its code, where its value does not end; 0: nor does its code.
 *  16: coefficients to go on by for the first symbol (its run + 1, ENDS: the block ends)
 *  24: and for all.
 *  32: the value of the first symbol; how many bits it has, where it does not end.
 *  48: the value of the second; without a second symbol the place is that of the first. */
typedef uint64_t huffman_look;

static inline unsigned look_length(huffman_look l) { return (unsigned)l & 255; }
static inline unsigned look_first(huffman_look l) { return (unsigned)l >> 8 & 255; }
static inline int look_skip(huffman_look l) { return (int)((unsigned)l >> 16 & 255); }
static inline int look_skip_all(huffman_look l) { return (int)((unsigned)l >> 24); }
static inline int16_t look_value(huffman_look l) { return (int16_t)(l >> 32); }
static inline int16_t look_second(huffman_look l) { return (int16_t)(l >> 48); }

#define ENDS 64

typedef struct huffman_table {
    uint8_t counts[LONGEST_CODE], symbols[256]; /* as in the file */
    bool known, is_ac;
    int32_t most[LONGEST_CODE + 1];  /* the largest code of that length, -1: none */
    int32_t shift[LONGEST_CODE + 1]; /* what makes a code the number of its symbol */
    huffman_look look[1 << LOOK_BITS];
} huffman_table;

/* Builds the table, unless it is the one that was built last. False: no such code. */
bool huffman_build(huffman_table *t, const uint8_t counts[LONGEST_CODE], const uint8_t *symbols,
                   int symbol_count, bool is_ac);

/* Bits of bytes without stuffing; at least 8 bytes behind `at` can be read. */
typedef struct bit_reader {
    uint64_t bits; /* the next one is the highest */
    int count;     /* of them that are real */
    const uint8_t *at;
} bit_reader;

static inline void bits_refill(bit_reader *b) { /* to 56 and more */
    uint64_t next;
    memcpy(&next, b->at, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    next = __builtin_bswap64(next);
#endif
    b->bits |= next >> b->count;
    b->at += (63 - b->count) >> 3;
    b->count |= 56;
}

static inline void bits_drop(bit_reader *b, int n) {
    b->bits <<= n;
    b->count -= n;
}

/* Value bits of that many bits: T.81, table F.1. */
static inline int bits_extend(int value, int size) {
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}

static inline int bits_value(bit_reader *b, int size) {
    if (!size) return 0;
    int value = (int)(b->bits >> (64 - size));
    bits_drop(b, size);
    return bits_extend(value, size);
}

/* The symbol of the next code; -1: there is none. */
static inline int huffman_symbol(const huffman_table *t, bit_reader *b) {
    for (int n = 1; n <= LONGEST_CODE; n++) {
        int32_t code = (int32_t)(b->bits >> (64 - n));
        if (code > t->most[n]) continue;
        bits_drop(b, n);
        return t->symbols[(code + t->shift[n]) & 255];
    }
    return -1;
}

#endif
