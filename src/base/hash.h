/* Hashes for tables in memory, with a key that each process draws by chance: whoever chooses the
 * values cannot choose that they fall together, which would make a table as slow as a list. They
 * differ from process to process: no result may depend on them or on their order. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

extern uint64_t hash_key[4]; /* the odd ones are odd numbers; drawn before main begins */

/* No two words have one hash. */
static inline uint64_t hash_word(uint64_t x) {
    x ^= hash_key[0];
    x = (x ^ x >> 32) * hash_key[1];
    x = (x ^ x >> 32) * hash_key[3];
    return x ^ x >> 32;
}

/* Both halves of the product of 128 bits. */
static inline uint64_t hash_product(uint64_t a, uint64_t b) {
#ifdef __SIZEOF_INT128__
    unsigned __int128 p = (unsigned __int128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
#else
    const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    const uint64_t middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (uint32_t)middle;
    return (other << 32 | (uint32_t)(a0 * b0)) ^ (a1 * b1 + (middle >> 32) + (other >> 32));
#endif
}

#endif
