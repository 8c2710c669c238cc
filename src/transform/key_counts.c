/* Counting keys: see key_counts.h. What is added becomes a sorted run: by counting where the keys
 * lie close together, else by sorting. Runs of like length are merged, so that each key is moved a
 * logarithm of times. */
#include "transform/key_counts.h"

#include "base/memory.h"

#include <stdlib.h>

/* ---- one run ---- */

/* Least byte first; bytes that all keys share are skipped. Where they lie in the end. */
static uint64_t *sort_keys(uint64_t *keys, uint64_t *spare, size_t count) {
    uint64_t differ = 0, *from = keys, *to = spare;
    for (size_t i = 1; i < count; i++) differ |= keys[i] ^ keys[0];
    for (int shift = 0; shift < 64; shift += 8) {
        size_t place[256] = {0}, sum = 0;
        if (!(differ >> shift & 255)) continue;
        for (size_t i = 0; i < count; i++) place[from[i] >> shift & 255]++;
        for (int b = 0; b < 256; b++) {
            size_t n = place[b];
            place[b] = sum;
            sum += n;
        }
        for (size_t i = 0; i < count; i++) to[place[from[i] >> shift & 255]++] = from[i];
        uint64_t *t = from;
        from = to, to = t;
    }
    return from;
}

static bool run_of_sorted(const uint64_t *keys, size_t count, struct key_run *out) {
    size_t different = 1;
    for (size_t i = 1; i < count; i++) different += keys[i] != keys[i - 1];
    counted_key *to = out->keys = malloc(different * sizeof *to);
    if (!to) return false;
    *to = (counted_key){keys[0], 1};
    for (size_t i = 1; i < count; i++)
        if (keys[i] == to->key) to->count++;
        else *++to = (counted_key){keys[i], 1};
    out->count = different;
    return true;
}

/* Keys from `least` on, `size` of them at most. */
static bool run_of_near(const uint64_t *keys, size_t count, uint64_t least, size_t size,
                        struct key_run *out) {
    uint64_t *counts = allocate(size, sizeof *counts);
    size_t different = 0;
    if (!counts) return false;
    for (size_t i = 0; i < count; i++) counts[keys[i] - least]++;
    for (size_t i = 0; i < size; i++) different += counts[i] != 0;
    out->keys = malloc(different * sizeof *out->keys);
    for (size_t i = 0; i < size && out->keys; i++)
        if (counts[i]) out->keys[out->count++] = (counted_key){least + i, counts[i]};
    free(counts);
    return out->keys != NULL;
}

static bool make_run(uint64_t *keys, uint64_t *spare, size_t count, uint64_t least,
                     uint64_t greatest, struct key_run *out) {
    *out = (struct key_run){NULL, 0};
    if (greatest - least < count / 2 + 1024)
        return run_of_near(keys, count, least, (size_t)(greatest - least) + 1, out);
    return run_of_sorted(sort_keys(keys, spare, count), count, out);
}

/* ---- runs ---- */

/* The first of the run that is not below the key. */
static size_t place_of(const struct key_run *r, uint64_t key) {
    size_t low = 0, high = r->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->keys[middle].key < key) low = middle + 1;
        else high = middle;
    }
    return low;
}

static void cut_at(key_counts *k, uint64_t until) {
    k->cut = true, k->until = until;
    for (int i = 0; i < k->run_count; i++) k->runs[i].count = place_of(&k->runs[i], until);
}

/* The last two become one. */
static bool merge(key_counts *k) {
    struct key_run *a = &k->runs[k->run_count - 2], *b = a + 1;
    counted_key *made = malloc((a->count + b->count) * sizeof *made + 1), *to = made;
    size_t i = 0, j = 0;
    if (!made) return false;
    while (i < a->count && j < b->count) {
        uint64_t x = a->keys[i].key, y = b->keys[j].key;
        *to = x <= y ? a->keys[i] : b->keys[j];
        if (x == y) to->count += b->keys[j].count;
        i += x <= y, j += y <= x, to++;
    }
    for (; i < a->count; i++) *to++ = a->keys[i];
    for (; j < b->count; j++) *to++ = b->keys[j];
    free(a->keys), free(b->keys);
    *a = (struct key_run){made, (size_t)(to - made)};
    k->run_count--;
    if (a->count > k->most) cut_at(k, a->keys[k->most].key);
    return true;
}

/* Those of the round go to the front; how many. */
static size_t choose(const key_counts *k, uint64_t *keys, size_t count) {
    size_t kept = 0;
    if (!k->from && !k->cut) return count;
    for (size_t i = 0; i < count; i++) {
        uint64_t key = keys[i];
        keys[kept] = key;
        kept += key >= k->from && !(k->cut && key >= k->until);
    }
    return kept;
}

bool key_counts_add(key_counts *k, uint64_t *keys, uint64_t *spare, size_t count) {
    uint64_t least = UINT64_MAX, greatest = 0;
    for (size_t i = 0; i < count; i++) {
        least = keys[i] < least ? keys[i] : least;
        greatest = keys[i] > greatest ? keys[i] : greatest;
    }
    if (count && (!k->any || least < k->least)) k->least = least;
    if (count && (!k->any || greatest > k->greatest)) k->greatest = greatest;
    k->any = k->any || count;
    count = choose(k, keys, count);
    if (!count) return true;
    if (least < k->from) least = k->from;
    if (k->cut && greatest >= k->until) greatest = k->until - 1;
    if (!grow(&k->runs, &k->run_room, (size_t)k->run_count + 1, sizeof *k->runs) ||
        !make_run(keys, spare, count, least, greatest, &k->runs[k->run_count]))
        return false;
    struct key_run *last = &k->runs[k->run_count++];
    if (last->count > k->most) cut_at(k, last->keys[k->most].key);
    while (k->run_count > 1) {
        last = &k->runs[k->run_count - 1];
        if (last[-1].count > 2 * last->count) break;
        if (!merge(k)) return false;
    }
    return true;
}

bool key_counts_end(key_counts *k, const counted_key **keys, size_t *count) {
    while (k->run_count > 1)
        if (!merge(k)) return false;
    *keys = k->run_count ? k->runs[0].keys : NULL;
    *count = k->run_count ? k->runs[0].count : 0;
    return true;
}

static void forget(key_counts *k) {
    for (int i = 0; i < k->run_count; i++) free(k->runs[i].keys);
    free(k->runs);
    k->runs = NULL, k->run_room = 0, k->run_count = 0;
}

bool key_counts_next(key_counts *k) {
    bool more = k->cut;
    forget(k);
    k->from = k->until, k->cut = false;
    return more;
}

void key_counts_again(key_counts *k) {
    forget(k);
    k->from = 0, k->cut = false;
}

uint64_t key_counts_of(const key_counts *k, uint64_t key) {
    if (!k->run_count) return 0;
    const struct key_run *r = &k->runs[0];
    size_t at = place_of(r, key);
    return at < r->count && r->keys[at].key == key ? r->keys[at].count : 0;
}
