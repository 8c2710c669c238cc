/* Numbers of values: see numbering.h. Open addressing with linear probing. */
#include "base/numbering.h"

#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>

static size_t place(const numbering *n, uint64_t value) {
    size_t at = (size_t)hash_word(value) & (n->room - 1);
    while (n->number[at] && n->value[at] != value) at = (at + 1) & (n->room - 1);
    return at;
}

static bool make_room(numbering *n) {
    size_t room = n->room ? n->room * 2 : 64;
    numbering larger = {allocate(room, sizeof *n->value), allocate(room, sizeof *n->number), room,
                        n->count};
    if (!larger.value || !larger.number) return numbering_free(&larger), false;
    for (size_t i = 0; i < n->room; i++) {
        if (!n->number[i]) continue;
        size_t at = place(&larger, n->value[i]);
        larger.value[at] = n->value[i], larger.number[at] = n->number[i];
    }
    numbering_free(n);
    *n = larger;
    return true;
}

uint32_t numbering_of(numbering *n, uint64_t value) {
    if ((size_t)n->count * 2 >= n->room && !make_room(n)) return NO_NUMBER;
    size_t at = place(n, value);
    if (!n->number[at]) {
        if (n->count >= NO_NUMBER - 1) return NO_NUMBER;
        n->value[at] = value, n->number[at] = ++n->count;
    }
    return n->number[at] - 1;
}

uint32_t numbering_find(const numbering *n, uint64_t value) {
    return n->count ? n->number[place(n, value)] - 1 : NO_NUMBER;
}

void numbering_free(numbering *n) {
    free(n->value);
    free(n->number);
    *n = (numbering){0};
}
