/* See index.h. Open addressing; a number is never taken out. */
#include "base/index.h"

#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* The bits of pointers and small numbers lie low: spread them. */
static size_t begin_of(const hash_index *x, uint64_t hash) {
    return (size_t)((hash * 0x9E3779B97F4A7C15u) >> 20) & (x->room - 1);
}

static void put(hash_index *x, uint64_t hash, int stored) {
    size_t at = begin_of(x, hash);
    while (x->numbers[at]) at = (at + 1) & (x->room - 1);
    x->hashes[at] = hash;
    x->numbers[at] = stored;
}

/* Twice the room. Equal hashes keep their order: they are put again from the first free place on,
 * which is where a run of them begins. */
static bool widen(hash_index *x) {
    hash_index wider = {.room = x->room ? 2 * x->room : 64, .count = x->count};
    wider.hashes = allocate(wider.room, sizeof *wider.hashes);
    wider.numbers = allocate(wider.room, sizeof *wider.numbers);
    if (!wider.hashes || !wider.numbers) {
        free(wider.hashes), free(wider.numbers);
        return false;
    }
    size_t free_place = 0;
    while (x->room && x->numbers[free_place]) free_place++;
    for (size_t i = 0; i < x->room; i++) {
        size_t at = (free_place + i) & (x->room - 1);
        if (x->numbers[at]) put(&wider, x->hashes[at], x->numbers[at]);
    }
    index_free(x);
    *x = wider;
    return true;
}

bool index_add(hash_index *x, uint64_t hash, int number) {
    if (2 * (x->count + 1) > x->room && !widen(x)) return false;
    put(x, hash, number + 1);
    x->count++;
    return true;
}

int index_next(const hash_index *x, uint64_t hash, size_t *at) {
    if (!x->room) return -1;
    for (size_t begin = begin_of(x, hash);; ++*at) {
        size_t place = (begin + *at) & (x->room - 1);
        if (!x->numbers[place]) return -1;
        if (x->hashes[place] != hash) continue;
        ++*at;
        return x->numbers[place] - 1;
    }
}

int index_newest(const hash_index *x, uint64_t hash) {
    int newest = -1;
    size_t at = 0;
    for (int number; (number = index_next(x, hash, &at)) >= 0;) newest = number;
    return newest;
}

void index_free(hash_index *x) {
    free(x->hashes), free(x->numbers);
    *x = (hash_index){0};
}

/* ---- hashes of bytes: words are folded into products, as in table/dictionary.c ---- */

static uint64_t word_of(const unsigned char *at, size_t count) {
    uint64_t word = 0;
    if (count == sizeof word) memcpy(&word, at, sizeof word);
    else
        for (size_t i = 0; i < count; i++) word |= (uint64_t)at[i] << 8 * i;
    return word;
}

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    const size_t all = count;
    hash ^= hash_key[0];
    for (; count > 8; at += 8, count -= 8) hash = hash_product(hash ^ word_of(at, 8), hash_key[1]);
    hash = hash_product(hash ^ word_of(at, count), hash_key[1]);
    return hash_product(hash ^ all, hash_key[3]);
}
