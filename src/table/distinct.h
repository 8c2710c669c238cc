/* How many different hashes there are of a stream, in at most some mebibytes: all of them are kept
 * while they are few, then those alone whose low bits are zero. */
#ifndef TABLE_DISTINCT_H
#define TABLE_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct distinct_counter {
    uint64_t *slots; /* 0: free */
    size_t room, count;
    uint64_t mask; /* those with hash & mask == share are counted */
    uint64_t share;
    size_t most; /* that are kept; 0: as distinct_most says of one counter */
    bool fixed;  /* the mask does not grow: one share after the other is counted */
} distinct_counter;

/* How many each of so many counters may keep, so that all together stay within 128 MiB, or 64 KiB
 * each where that is more. */
size_t distinct_most(int counters);
/* False: no memory. */
bool distinct_add(distinct_counter *d, uint64_t hash);
void distinct_free(distinct_counter *d);
/* -1: surely no more than `limit`, 1: surely more, 0: too near to tell. Where all hashes were kept
 * it is always told. */
int distinct_compare(const distinct_counter *d, double limit);

#endif
