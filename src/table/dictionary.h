/* A dictionary: different texts and their numbers, in the order of their first coming. The texts
 * stay where the caller has them. Zero-initialised is empty and ready. */
#ifndef TABLE_DICTIONARY_H
#define TABLE_DICTIONARY_H

#include "table/table.h"

#include <string.h>

typedef struct dictionary_entry {
    uint64_t hash;
    const char *at;
    size_t length;
} dictionary_entry;

typedef struct dictionary_slot {
    uint64_t hash;
    uint32_t number; /* + 1; 0: free */
    uint32_t length; /* its low bits */
} dictionary_slot;

static inline uint64_t text_word(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* The bytes of a text of 1 to 8 in one word; what lies before it is shifted out. */
static inline uint64_t text_short(const char *at, size_t length) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return text_word(at + length - 8) >> (8 * (8 - length));
#else
    uint64_t word = 0;
    memcpy(&word, at, length);
    return word;
#endif
}

/* Whether two texts of that length are equal: without a call where they are short. */
static inline bool text_equal(const char *a, const char *b, size_t length) {
    if (length - 1 < 8) return text_short(a, length) == text_short(b, length);
    if (length - 9 < 8)
        return text_word(a) == text_word(b) &&
               text_word(a + length - 8) == text_word(b + length - 8);
    return !memcmp(a, b, length);
}

typedef struct dictionary {
    dictionary_slot *slots;
    size_t room; /* a power of two */
    dictionary_entry *entry;
    size_t count, entries; /* entries: for how many there is room */
} dictionary;

uint64_t text_hash(const char *at, size_t length);
/* The text's number, a new one where it is new; -1: no memory, or more than 2^31 - 1 texts. Eight
 * bytes before the text may be read. */
int32_t dictionary_add(dictionary *d, uint64_t hash, const char *at, size_t length);
void dictionary_free(dictionary *d);
/* Copies all texts; false: no memory. */
bool dictionary_texts(const dictionary *d, table_texts *out);

#endif
