/* Most frequent values: see frequent.h. */
#include "transform/frequent.h"

#include "base/memory.h"

#include <stdlib.h>

/* In a round there are less than `most` values that come more often than the least of all, and of
 * those that come that often no more than `most` are looked for. */
enum { PARTS = 3 };

bool frequent_open(frequent_values *f, int most) {
    *f = (frequent_values){.most = most, .value = allocate(PARTS * (size_t)most, sizeof *f->value)};
    return f->value != NULL;
}

static void forget(frequent_values *f, int from, int until) {
    for (int i = from; i < until; i++) free(f->value[i].text);
}

void frequent_free(frequent_values *f) {
    forget(f, 0, f->count + f->found);
    free(f->value);
    *f = (frequent_values){0};
}

/* ---- a round ---- */

/* Into counts in falling order, of which the first `most` are kept. */
static void rank(int64_t *counts, int most, int64_t count) {
    int at = most;
    if (count <= counts[most - 1]) return;
    for (; at > 0 && counts[at - 1] < count; at--)
        if (at < most) counts[at] = counts[at - 1];
    counts[at] = count;
}

/* How often a value must come to be among them all: as often as the last of the best. */
static bool find_least(frequent_values *f, const counted_key *keys, size_t count) {
    int64_t *best = allocate((size_t)f->most, sizeof *best);
    if (!best) return false;
    for (int i = 0; i < f->count; i++) rank(best, f->most, f->value[i].count);
    for (size_t i = 0; i < count; i++) rank(best, f->most, (int64_t)keys[i].count);
    f->least = best[f->most - 1] ? best[f->most - 1] : 1;
    free(best);
    return true;
}

bool frequent_begin(frequent_values *f, const counted_key *keys, size_t count) {
    f->found = f->more = f->alike = 0;
    if (!find_least(f, keys, count)) return false;
    for (size_t i = 0; i < count; i++) {
        f->more += (int64_t)keys[i].count > f->least;
        f->alike += (int64_t)keys[i].count == f->least && f->alike < f->most;
    }
    return true;
}

bool frequent_waits(const frequent_values *f, int64_t row) {
    const frequent_value *last = f->count == f->most ? &f->value[f->count - 1] : NULL;
    if (f->more) return true;
    return f->alike && !(last && last->count == f->least && last->row < row);
}

bool frequent_wants(const frequent_values *f, uint64_t key, int64_t count) {
    if (count < f->least || !(count > f->least ? f->more : f->alike)) return false;
    for (int i = 0; i < f->found; i++)
        if (f->value[f->count + i].key == key) return false;
    return true;
}

void frequent_add(frequent_values *f, frequent_value value) {
    f->value[f->count + f->found++] = value;
    if (value.count > f->least) f->more--;
    else f->alike--;
}

static int by_count(const void *a, const void *b) {
    const frequent_value *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

void frequent_end(frequent_values *f) {
    const int all = f->count + f->found;
    if (all) qsort(f->value, (size_t)all, sizeof *f->value, by_count);
    f->count = all < f->most ? all : f->most;
    forget(f, f->count, all);
    f->found = f->more = f->alike = 0;
}
