/* An index: from hashes to numbers, several of which may have one hash. It makes finding an equal
 * among many quick; the caller compares. Zero-initialised is empty and ready.
 *
 *     size_t at = 0;
 *     for (int n; (n = index_next(&x, hash, &at)) >= 0;)
 *         if (same(n)) return n;
 */
#ifndef BASE_INDEX_H
#define BASE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hash_index {
    uint64_t *hashes;
    int *numbers; /* + 1; 0: free */
    size_t count, room;
} hash_index;

/* Adds a number (0 or more). False: no memory, nothing changed. */
bool index_add(hash_index *x, uint64_t hash, int number);
/* The next number of this hash in the order of adding, -1 after the last. *at begins with 0. */
int index_next(const hash_index *x, uint64_t hash, size_t *at);
/* The number of this hash that was added last, -1: none. */
int index_newest(const hash_index *x, uint64_t hash);
void index_free(hash_index *x);

/* Of bytes, keyed (base/hash.h), going on from `hash`, HASH_BEGIN first; pieces are no whole. */
#define HASH_BEGIN 0xCBF29CE484222325u
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count);

#endif
