/* Dictionaries: see dictionary.h. Open addressing with linear probing, at most half full. */
#include "table/dictionary.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* Of at most 7 bytes: no two have one. */
static inline uint64_t short_hash(const char *at, size_t length) {
    return hash_word((length ? text_short(at, length) : 0) | (uint64_t)length << 56);
}

uint64_t text_hash(const char *at, size_t length) {
    if (length < 8) return short_hash(at, length);
    uint64_t hash = hash_key[0] ^ length;
    for (; length > 8; at += 8, length -= 8) hash = hash_product(hash ^ text_word(at), hash_key[1]);
    uint64_t last = text_short(at, length);
    return hash_product(hash_product(hash ^ last, hash_key[1]) ^ hash_key[2], hash_key[3]);
}

static bool make_room(dictionary *d) {
    size_t room = d->room ? d->room * 2 : 16; /* a table may have 100,000 columns of few texts */
    dictionary_slot *slots = allocate(room, sizeof *slots);
    if (!slots) return false;
    for (size_t i = 0; i < d->room; i++) {
        size_t at = d->slots[i].hash & (room - 1);
        if (!d->slots[i].number) continue;
        while (slots[at].number) at = (at + 1) & (room - 1);
        slots[at] = d->slots[i];
    }
    free(d->slots);
    d->slots = slots;
    d->room = room;
    return true;
}

int32_t dictionary_add(dictionary *d, uint64_t hash, const char *at, size_t length) {
    if (d->count * 2 >= d->room && !make_room(d)) return -1;
    size_t slot = hash & (d->room - 1);
    for (; d->slots[slot].number; slot = (slot + 1) & (d->room - 1)) {
        const dictionary_slot *s = &d->slots[slot];
        if (s->hash != hash || s->length != (uint32_t)length) continue;
        if (length < 8) return (int32_t)(s->number - 1); /* the hash tells it */
        const dictionary_entry *e = &d->entry[s->number - 1];
        if (e->length == length && text_equal(e->at, at, length)) return (int32_t)(s->number - 1);
    }
    if (d->count == INT32_MAX || !grow(&d->entry, &d->entries, d->count + 1, sizeof *d->entry))
        return -1;
    d->entry[d->count] = (dictionary_entry){hash, at, length};
    d->slots[slot] = (dictionary_slot){hash, (uint32_t)++d->count, (uint32_t)length};
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
