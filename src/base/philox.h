/* Philox4x32-10: random numbers as a pure function of key and counter, so that any thread can make
 * any element, and a resumed run makes the same ones.
 * Source: Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (2011). */
#ifndef BASE_PHILOX_H
#define BASE_PHILOX_H

#include <stddef.h>
#include <stdint.h>

typedef struct philox4 {
    uint32_t v[4];
} philox4;

/* The block number `block` of the stream (key, counter). */
static inline philox4 philox(uint64_t key, uint64_t counter, uint64_t block) {
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    philox4 x = {
        {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)counter, (uint32_t)(counter >> 32)}};
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * x.v[0], b = (uint64_t)0xCD9E8D57u * x.v[2];
        x = (philox4){{(uint32_t)(b >> 32) ^ x.v[1] ^ k0, (uint32_t)b,
                       (uint32_t)(a >> 32) ^ x.v[3] ^ k1, (uint32_t)a}};
        k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    return x;
}

/* A real in [0, 1) with 24 bits, and one in (0, 1] for logarithms. */
static inline float philox_unit(uint32_t bits) { return (float)(bits >> 8) * 0x1p-24f; }
static inline float philox_unit_open(uint32_t bits) { return (float)((bits >> 8) + 1) * 0x1p-24f; }

/* A key of its own for every purpose: mixes a seed with a text (layer path, "shuffle" …). */
uint64_t philox_key(uint64_t seed, const char *purpose);
/* A whole number in [0, bound), without bias worth naming (64-bit multiply-shift). */
uint64_t philox_below(uint64_t key, uint64_t counter, uint64_t index, uint64_t bound);
/* Four standard normal values of block `block` (Box and Muller). */
void philox_normal(uint64_t key, uint64_t counter, uint64_t block, double out[4]);
/* order becomes a permutation of 0 … n-1 that depends on key and counter alone. */
void philox_shuffle(uint64_t key, uint64_t counter, uint32_t *order, size_t n);

#endif
