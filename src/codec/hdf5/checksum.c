/* The two checksums of HDF5.
 * lookup3: Bob Jenkins, lookup3.c, hashlittle with initial value 0 (public domain algorithm); over
 * structures of the second generation. fletcher32: J. Fletcher 1982, over 16-bit big-endian words;
 * the filter of that name. */
#include "codec/hdf5/internal.h"

static uint32_t rotate(uint32_t x, unsigned k) { return x << k | x >> (32 - k); }

static uint32_t word(const uint8_t *at, size_t bytes) {
    uint32_t value = 0;
    for (size_t i = 0; i < bytes && i < 4; i++) value |= (uint32_t)at[i] << (8 * i);
    return value;
}

static void mix(uint32_t v[3]) {
    static const unsigned turns[6] = {4, 6, 8, 16, 19, 4};
    for (unsigned i = 0; i < 6; i++) { /* a, b, c take turns: a -= c; a ^= c <<< k; c += b … */
        uint32_t *a = &v[i % 3], *b = &v[(i + 1) % 3], *c = &v[(i + 2) % 3];
        *a -= *c;
        *a ^= rotate(*c, turns[i]);
        *c += *b;
    }
}

static void mix_last(uint32_t v[3]) {
    static const unsigned turns[7] = {14, 11, 25, 16, 4, 14, 24};
    for (unsigned i = 0; i < 7; i++) { /* c ^= b; c -= b <<< k, then a with c, b with a, … */
        uint32_t *x = &v[(i + 2) % 3], *y = &v[(i + 1) % 3];
        *x ^= *y;
        *x -= rotate(*y, turns[i]);
    }
}

uint32_t h5_lookup3(const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    uint32_t start = 0xdeadbeefu + (uint32_t)size, v[3] = {start, start, start};
    for (; size > 12; at += 12, size -= 12) {
        for (size_t i = 0; i < 3; i++) v[i] += word(at + 4 * i, 4);
        mix(v);
    }
    if (!size) return v[2];
    for (size_t i = 0; i < 3; i++)
        if (size > 4 * i) v[i] += word(at + 4 * i, size - 4 * i);
    mix_last(v);
    return v[2];
}

uint32_t h5_fletcher32(const uint8_t *bytes, size_t size) {
    uint32_t low = 0, high = 0;
    size_t words = size / 2, i = 0;
    while (words) { /* 360 additions fit in 32 bits */
        size_t block = words > 360 ? 360 : words;
        words -= block;
        for (; block; block--, i += 2) {
            low += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
            high += low;
        }
        low = (low & 0xffff) + (low >> 16);
        high = (high & 0xffff) + (high >> 16);
    }
    if (size & 1) {
        low += (uint32_t)bytes[i] << 8;
        high += low;
        low = (low & 0xffff) + (low >> 16);
        high = (high & 0xffff) + (high >> 16);
    }
    low = (low & 0xffff) + (low >> 16);
    high = (high & 0xffff) + (high >> 16);
    return high << 16 | low;
}
