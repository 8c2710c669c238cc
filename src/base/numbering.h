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

#define NO_NUMBER UINT32_MAX
/* NO_NUMBER: no memory, or 2^32 - 2 values are there. */
uint32_t numbering_of(numbering *n, uint64_t value);
/* Of a value that came before; NO_NUMBER: it did not. */
uint32_t numbering_find(const numbering *n, uint64_t value);
void numbering_free(numbering *n);

#endif
