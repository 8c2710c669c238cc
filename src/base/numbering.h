/* Numbers 0, 1, … for different values of 64 bits, in the order of their first coming.
 * Zero-initialised is empty and ready. */
#ifndef BASE_NUMBERING_H
#define BASE_NUMBERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct numbering {
    uint64_t *value;
    uint32_t *number; /* + 1; 0: free */
    size_t room;      /* a power of two, at most half full */
    uint32_t count;
} numbering;

/* Where bits of a value or hash are alike: spread over all of it. */
static inline uint64_t hash_spread(uint64_t x) {
    x = (x ^ x >> 32) * 0xD6E8FEB86659FD93u;
    return x ^ x >> 32;
}

#define NO_NUMBER UINT32_MAX
/* NO_NUMBER: no memory, or 2^32 - 2 values are there. */
uint32_t numbering_of(numbering *n, uint64_t value);
void numbering_free(numbering *n);

#endif
