/* k-anonymity and l-diversity: see protect.h. Columns are joined one after the other: a group so
 * far and a number make a new number. */
#include "transform/protect.h"

#include "base/memory.h"

#include <stdlib.h>

mica_status likeness_open(likeness *k, int columns, int sensitive, mica_error *err) {
    *k = (likeness){.columns = columns, .sensitive = sensitive};
    k->joined = allocate((size_t)columns + 1, sizeof *k->joined);
    k->pairs = allocate((size_t)sensitive + 1, sizeof *k->pairs);
    k->values = allocate((size_t)sensitive + 1, sizeof *k->values);
    k->values_room = allocate((size_t)sensitive + 1, sizeof *k->values_room);
    return k->joined && k->pairs && k->values && k->values_room
               ? MICA_OK
               : fail_no_memory(err, "k-anonymity");
}

void likeness_close(likeness *k) {
    for (int c = 0; c < k->columns && k->joined; c++) numbering_free(&k->joined[c]);
    for (int s = 0; s < k->sensitive && k->pairs; s++) numbering_free(&k->pairs[s]);
    for (int s = 0; s < k->sensitive && k->values; s++) free(k->values[s]);
    for (int s = 0; s < k->sensitive && k->met; s++) free(k->met[s]);
    free(k->joined), free(k->pairs), free(k->values), free(k->values_room), free(k->rows_of);
    free(k->again), free(k->met);
    *k = (likeness){0};
}

/* Makes room for a group's counts, zeroes. */
static bool make_room(int64_t **counts, size_t *room, size_t needed) {
    size_t before = *room;
    if (!grow(counts, room, needed, sizeof **counts)) return false;
    for (size_t i = before; i < *room; i++) (*counts)[i] = 0;
    return true;
}

static bool count_row(likeness *k, const uint32_t *const *sensitive, int64_t row, uint32_t group) {
    if (group >= k->groups) k->groups = group + 1;
    if (!make_room(&k->rows_of, &k->room, k->groups)) return false;
    k->rows_of[group]++;
    for (int s = 0; s < k->sensitive; s++) {
        uint32_t before = k->pairs[s].count;
        if (numbering_of(&k->pairs[s], (uint64_t)group << 32 | sensitive[s][row]) == NO_NUMBER ||
            !make_room(&k->values[s], &k->values_room[s], k->groups))
            return false;
        k->values[s][group] += k->pairs[s].count > before;
    }
    return true;
}

mica_status likeness_add(likeness *k, const uint32_t *const *columns,
                         const uint32_t *const *sensitive, int64_t rows, mica_error *err) {
    for (int64_t i = 0; i < rows; i++) {
        uint32_t g = 0; /* without columns all rows are alike */
        for (int c = 0; c < k->columns && g != NO_NUMBER; c++)
            g = numbering_of(&k->joined[c], (uint64_t)g << 32 | columns[c][i]);
        if (g == NO_NUMBER || !count_row(k, sensitive, i, g))
            return fail_no_memory(err, "k-anonymity");
    }
    return MICA_OK;
}

static bool expect_again(likeness *k) {
    if (k->again) return true;
    k->met = allocate((size_t)k->sensitive + 1, sizeof *k->met);
    for (int s = 0; s < k->sensitive && k->met; s++)
        if (!(k->met[s] = allocate((size_t)k->pairs[s].count + 1, sizeof **k->met))) return false;
    return k->met && (k->again = allocate((size_t)k->groups + 1, sizeof *k->again));
}

/* False: it was not measured. */
static bool meet_row(likeness *k, const uint32_t *const *columns, const uint32_t *const *sensitive,
                     int64_t row, uint32_t *group) {
    uint32_t g = 0;
    for (int c = 0; c < k->columns && g != NO_NUMBER; c++)
        g = numbering_find(&k->joined[c], (uint64_t)g << 32 | columns[c][row]);
    if (g >= k->groups) return false;
    for (int s = 0; s < k->sensitive; s++) {
        uint32_t pair = numbering_find(&k->pairs[s], (uint64_t)g << 32 | sensitive[s][row]);
        if (pair == NO_NUMBER) return false;
        k->met[s][pair] = true;
    }
    *group = g;
    return ++k->again[g] <= k->rows_of[g];
}

mica_status likeness_again(likeness *k, const uint32_t *const *columns,
                           const uint32_t *const *sensitive, int64_t rows, uint32_t *group,
                           mica_error *err) {
    if (!expect_again(k)) return fail_no_memory(err, "k-anonymity");
    for (int64_t i = 0; i < rows; i++)
        if (!meet_row(k, columns, sensitive, i, &group[i]))
            return fail(err, MICA_IO, "rows changed after k-anonymity was measured");
    return MICA_OK;
}

bool likeness_complete(const likeness *k) {
    for (uint32_t g = 0; g < k->groups; g++)
        if (!k->again || k->again[g] != k->rows_of[g]) return false;
    for (int s = 0; s < k->sensitive && k->again; s++)
        for (uint32_t p = 0; p < k->pairs[s].count; p++)
            if (!k->met[s][p]) return false;
    return true;
}

anonymity likeness_measure(const likeness *k, int64_t wanted, int64_t least) {
    anonymity out = {0};
    for (uint32_t g = 0; g < k->groups; g++) {
        int64_t n = k->rows_of[g];
        if (n < least) continue;
        if (!out.groups || n < out.k) out.k = n;
        if (n < wanted) out.exposed += n;
        for (int s = 0; s < k->sensitive; s++)
            if ((!out.groups && !s) || k->values[s][g] < out.l) out.l = k->values[s][g];
        out.groups++;
    }
    return out;
}
