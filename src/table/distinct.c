/* Counting different hashes: see distinct.h. Source: Wegman's adaptive sampling (Flajolet, 1990):
 * with m of them kept the count is m 2^bits, and its deviation is that divided by sqrt(m). */
#include "table/distinct.h"

#include "base/hash.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 1 << 19, MOST_TOGETHER = 1 << 22, LEAST = 1 << 12, LEAST_ROOM = 1 << 6 };

static uint64_t spread(uint64_t x) { /* its bits may be alike, or chosen */
    x = hash_word(x);
    return x ? x : 1;
}

static void put(uint64_t *slots, size_t room, uint64_t x) {
    size_t at = (size_t)(x >> 32) & (room - 1);
    while (slots[at]) at = (at + 1) & (room - 1);
    slots[at] = x;
}

/* The same in other room; those that the mask leaves out are gone. */
static bool rehash(distinct_counter *d, size_t room) {
    uint64_t *slots = allocate(room, sizeof *slots);
    if (!slots) return false;
    d->count = 0;
    for (size_t i = 0; i < d->room; i++)
        if (d->slots[i] && (d->slots[i] & d->mask) == d->share)
            put(slots, room, d->slots[i]), d->count++;
    free(d->slots);
    d->slots = slots;
    d->room = room;
    return true;
}

size_t distinct_most(int counters) {
    size_t each = MOST_TOGETHER / (size_t)(counters < 1 ? 1 : counters);
    return each > MOST ? MOST : each < LEAST ? LEAST : each;
}

bool distinct_add(distinct_counter *d, uint64_t hash) {
    uint64_t x = spread(hash);
    if ((x & d->mask) != d->share) return true;
    if (d->count >= (d->most ? d->most : MOST) && !d->fixed) {
        d->mask = d->mask << 1 | 1;
        if (!rehash(d, d->room)) return false;
        return distinct_add(d, hash);
    }
    if (d->count * 2 >= d->room && !rehash(d, d->room ? d->room * 2 : LEAST_ROOM)) return false;
    size_t at = (size_t)(x >> 32) & (d->room - 1);
    for (; d->slots[at]; at = (at + 1) & (d->room - 1))
        if (d->slots[at] == x) return true;
    d->slots[at] = x;
    d->count++;
    return true;
}

void distinct_free(distinct_counter *d) {
    free(d->slots);
    *d = (distinct_counter){0};
}

int distinct_compare(const distinct_counter *d, double limit) {
    enum { DEVIATIONS = 12 };
    double all = (double)d->count * ((double)d->mask + 1);
    double sure = d->mask ? DEVIATIONS * all / sqrt((double)d->count) : 0;
    if (all - sure > limit) return 1;
    return all + sure <= limit ? -1 : 0;
}
