/* Dictionaries: see dictionary.h. Open addressing with linear probing, at most half full. */
#include "table/dictionary.h"

#include <stdlib.h>
#include <string.h>

/* Both halves of a product of 128 bits. */
static inline uint64_t mixed(uint64_t a, uint64_t b) {
#ifdef __SIZEOF_INT128__
    unsigned __int128 p = (unsigned __int128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
#else
    a = (a ^ (a >> 32)) * 0x9E3779B97F4A7C15u;
    return (a ^ (a >> 29) ^ (b << 17)) * (b | 1);
#endif
}

#define SEED_A 0xA0761D6478BD642Fu
#define SEED_B 0xE7037ED1A0B428DBu

uint64_t text_hash(const char *at, size_t length) {
    uint64_t hash = SEED_A ^ length;
    for (; length > 8; at += 8, length -= 8) hash = mixed(hash ^ text_word(at), SEED_B);
    uint64_t last = length ? text_short(at, length) : 0;
    return mixed(hash ^ last, SEED_B ^ hash);
}

static bool make_room(dictionary *d) {
    size_t room = d->room ? d->room * 2 : 64;
    uint32_t *slots = allocate(room, sizeof *slots);
    if (!slots) return false;
    for (size_t i = 0; i < d->count; i++) {
        size_t at = d->entry[i].hash & (room - 1);
        while (slots[at]) at = (at + 1) & (room - 1);
        slots[at] = (uint32_t)i + 1;
    }
    free(d->slots);
    d->slots = slots;
    d->room = room;
    return true;
}

int32_t dictionary_add(dictionary *d, uint64_t hash, const char *at, size_t length) {
    if (d->count * 2 >= d->room && !make_room(d)) return -1;
    size_t slot = hash & (d->room - 1);
    uint64_t word = length - 1 < 8 ? text_short(at, length) : 0;
    for (; d->slots[slot]; slot = (slot + 1) & (d->room - 1)) {
        const dictionary_entry *e = &d->entry[d->slots[slot] - 1];
        if (e->hash == hash && e->length == length &&
            (length <= 8 ? e->word == word : text_equal(e->at, at, length)))
            return (int32_t)(d->slots[slot] - 1);
    }
    if (d->count == INT32_MAX || !grow(&d->entry, &d->entries, d->count + 1, sizeof *d->entry))
        return -1;
    d->entry[d->count] = (dictionary_entry){hash, word, at, length};
    d->slots[slot] = (uint32_t)++d->count;
    return (int32_t)(d->count - 1);
}

void dictionary_free(dictionary *d) {
    free(d->slots);
    free(d->entry);
    *d = (dictionary){0};
}

bool dictionary_texts(const dictionary *d, table_texts *out) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < d->count; i++) bytes += d->entry[i].length;
    *out = (table_texts){(int64_t)d->count, allocate(d->count + 1, sizeof(uint64_t)),
                         malloc(bytes + 8)};
    if (!out->offset || !out->bytes) return false;
    for (size_t i = 0; i < d->count; i++) {
        if (d->entry[i].length)
            memcpy(out->bytes + out->offset[i], d->entry[i].at, d->entry[i].length);
        out->offset[i + 1] = out->offset[i] + d->entry[i].length;
    }
    return true;
}
