/* Fingerprints: see fingerprint.h. FarmHash's 64-bit fingerprint mixes words of 8 bytes, read from
 * both ends of the text, so that every length up to 64 is one formula without a loop; longer texts
 * go through seven words of state, 64 bytes at a time. All arithmetic is modulo 2^64. */
#include "base/fingerprint.h"

#include <string.h>

#define K0 0xc3a5c85c97cb3127u
#define K1 0xb492b66fbe98f273u
#define K2 0x9ae16a3b2f90404fu

static uint64_t word(const unsigned char *at) {
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) value = value << 8 | at[i];
    return value;
}

static uint64_t half_word(const unsigned char *at) {
    return at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24;
}

static uint64_t turned(uint64_t x, int bits) { return x >> bits | x << (64 - bits); }
static uint64_t folded(uint64_t x) { return x ^ x >> 47; }

static uint64_t mixed(uint64_t u, uint64_t v, uint64_t factor) {
    uint64_t a = folded((u ^ v) * factor);
    return folded((v ^ a) * factor) * factor;
}

static uint64_t of_up_to_16(const unsigned char *s, size_t n) {
    uint64_t factor = K2 + n * 2;
    if (n >= 8) {
        uint64_t a = word(s) + K2, b = word(s + n - 8);
        return mixed(turned(b, 37) * factor + a, (turned(a, 25) + b) * factor, factor);
    }
    if (n >= 4) return mixed(n + (half_word(s) << 3), half_word(s + n - 4), factor);
    if (n == 0) return K2;
    uint64_t y = s[0] + ((uint64_t)s[n / 2] << 8), z = n + ((uint64_t)s[n - 1] << 2);
    return folded(y * K2 ^ z * K0) * K2;
}

static uint64_t of_up_to_32(const unsigned char *s, size_t n) {
    uint64_t factor = K2 + n * 2, a = word(s) * K1, b = word(s + 8);
    uint64_t c = word(s + n - 8) * factor, d = word(s + n - 16) * K2;
    return mixed(turned(a + b, 43) + turned(c, 30) + d, a + turned(b + K2, 18) + c, factor);
}

static uint64_t of_up_to_64(const unsigned char *s, size_t n) {
    uint64_t factor = K2 + n * 2, a = word(s) * K2, b = word(s + 8);
    uint64_t c = word(s + n - 8) * factor, d = word(s + n - 16) * K2;
    uint64_t y = turned(a + b, 43) + turned(c, 30) + d;
    uint64_t z = mixed(y, a + turned(b + K2, 18) + c, factor);
    uint64_t e = word(s + 16) * factor, f = word(s + 24);
    uint64_t g = (y + word(s + n - 32)) * factor, h = (z + word(s + n - 24)) * factor;
    return mixed(turned(e + f, 43) + turned(g, 30) + h, e + turned(f + a, 18) + g, factor);
}

/* The state over a long text. */
typedef struct mixing {
    uint64_t x, y, z, v[2], w[2];
} mixing;

/* 32 bytes into two words. */
static void absorb(uint64_t out[2], const unsigned char *s, uint64_t a, uint64_t b) {
    uint64_t first;
    a += word(s);
    b = turned(b + a + word(s + 24), 21);
    first = a;
    a += word(s + 8) + word(s + 16);
    out[0] = a + word(s + 24);
    out[1] = b + turned(a, 44) + first;
}

/* 64 bytes; the last ones weigh more. */
static void mix_block(mixing *m, const unsigned char *s, uint64_t factor, uint64_t weight) {
    m->x = turned(m->x + m->y + m->v[0] + word(s + 8), 37) * factor;
    m->y = turned(m->y + m->v[1] + word(s + 48), 42) * factor;
    m->x ^= m->w[1] * weight;
    m->y += m->v[0] * weight + word(s + 40);
    m->z = turned(m->z + m->w[0], 33) * factor;
    absorb(m->v, s, m->v[1] * factor, m->x + m->w[0]);
    absorb(m->w, s + 32, m->z + m->w[1], m->y + word(s + 16));
    uint64_t x = m->x;
    m->x = m->z;
    m->z = x;
}

static uint64_t of_long(const unsigned char *s, size_t n) {
    const uint64_t seed = 81, y = seed * K1 + 113;
    const unsigned char *last = s + n - 64;
    mixing m = {.x = seed * K2 + word(s), .y = y, .z = folded(y * K2 + 113) * K2};
    for (size_t block = (n - 1) / 64; block > 0; block--, s += 64) mix_block(&m, s, K1, 1);
    uint64_t factor = K1 + ((m.z & 0xff) << 1);
    m.w[0] += (n - 1) & 63;
    m.v[0] += m.w[0];
    m.w[0] += m.v[0];
    mix_block(&m, last, factor, 9);
    return mixed(mixed(m.v[0], m.w[0], factor) + folded(m.y) * K0 + m.z,
                 mixed(m.v[1], m.w[1], factor) + m.x, factor);
}

uint64_t fingerprint64(const void *bytes, size_t size) {
    if (size <= 16) return of_up_to_16(bytes, size);
    if (size <= 32) return of_up_to_32(bytes, size);
    return size <= 64 ? of_up_to_64(bytes, size) : of_long(bytes, size);
}

uint64_t fingerprint_join(uint64_t first, uint64_t second) {
    const uint64_t factor = 0xc6a4a7935bd1e995u;
    uint64_t result = (first ^ factor ^ folded(second * factor) * factor) * factor;
    return folded(folded(result) * factor);
}

/* ---- SipHash ---- */

static uint64_t left(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

static void sip_rounds(uint64_t v[4], int rounds) {
    while (rounds-- > 0) {
        v[0] += v[1], v[1] = left(v[1], 13) ^ v[0], v[0] = left(v[0], 32);
        v[2] += v[3], v[3] = left(v[3], 16) ^ v[2];
        v[0] += v[3], v[3] = left(v[3], 21) ^ v[0];
        v[2] += v[1], v[1] = left(v[1], 17) ^ v[2], v[2] = left(v[2], 32);
    }
}

static void sip_word(uint64_t v[4], uint64_t m) {
    v[3] ^= m;
    sip_rounds(v, 2);
    v[0] ^= m;
}

uint64_t siphash64(const uint64_t key[2], const void *bytes, size_t size) {
    const unsigned char *s = bytes;
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
                     key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u};
    unsigned char rest[8] = {0};
    for (size_t i = 0; i + 8 <= size; i += 8) sip_word(v, word(s + i));
    if (size % 8) memcpy(rest, s + size / 8 * 8, size % 8);
    rest[7] = (unsigned char)size;
    sip_word(v, word(rest));
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
