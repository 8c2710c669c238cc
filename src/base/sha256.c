/* SHA-256: see sha256.h. The names a … h, w, k are the standard's. */
#include "base/sha256.h"

#include <string.h>

static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static inline uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void compress(uint32_t state[8], const unsigned char *block) {
    uint32_t w[64], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4],
                    f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 16; i++, block += 4)
        w[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 | (uint32_t)block[2] << 8 |
               block[3];
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    for (int i = 0; i < 64; i++) {
        uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) +
                      k[i] + w[i];
        uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
                      ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void sha256_begin(sha256 *h) {
    *h = (sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                            0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(sha256 *h, const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    size_t held = h->bytes % 64;
    if (!count) return; /* bytes may be NULL */
    h->bytes += count;
    if (held) {
        size_t n = count < 64 - held ? count : 64 - held;
        memcpy(h->block + held, at, n);
        if (held + n < 64) return;
        compress(h->state, h->block);
        at += n, count -= n;
    }
    for (; count >= 64; at += 64, count -= 64) compress(h->state, at);
    if (count) memcpy(h->block, at, count);
}

void sha256_end(sha256 *h, unsigned char digest[32]) {
    static const unsigned char pad[64] = {0x80};
    unsigned char bits[8];
    for (int i = 0; i < 8; i++) bits[i] = (unsigned char)(h->bytes * 8 >> (56 - 8 * i));
    sha256_add(h, pad, 1 + (119 - h->bytes % 64) % 64);
    sha256_add(h, bits, 8);
    for (int i = 0; i < 32; i++) digest[i] = (unsigned char)(h->state[i / 4] >> (24 - 8 * (i % 4)));
    sha256_begin(h);
}

void sha256_hex(const unsigned char digest[32], char text[65]) {
    for (int i = 0; i < 32; i++) {
        text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    text[64] = 0;
}

void sha256_end_hex(sha256 *h, char text[65]) {
    unsigned char digest[32];
    sha256_end(h, digest);
    sha256_hex(digest, text);
}

/* ---- with a key ---- */

enum { BLOCK = 64 };

void hmac_begin(hmac *h, const void *key, size_t size) {
    unsigned char block[BLOCK] = {0}, pad[BLOCK];
    if (size > BLOCK) { /* longer keys are hashed first */
        sha256_begin(&h->inner);
        sha256_add(&h->inner, key, size);
        sha256_end(&h->inner, block);
    } else if (size) {
        memcpy(block, key, size);
    }
    for (int i = 0; i < BLOCK; i++) pad[i] = block[i] ^ 0x36;
    sha256_begin(&h->inner);
    sha256_add(&h->inner, pad, BLOCK);
    for (int i = 0; i < BLOCK; i++) pad[i] = block[i] ^ 0x5C;
    sha256_begin(&h->outer);
    sha256_add(&h->outer, pad, BLOCK);
}

void hmac_end(hmac *h, unsigned char digest[32]) {
    sha256_end(&h->inner, digest);
    sha256_add(&h->outer, digest, 32);
    sha256_end(&h->outer, digest);
}

void hmac_sha256(const void *key, size_t key_size, const void *value, size_t size,
                 unsigned char digest[32]) {
    hmac h;
    hmac_begin(&h, key, key_size);
    sha256_add(&h.inner, value, size);
    hmac_end(&h, digest);
}
