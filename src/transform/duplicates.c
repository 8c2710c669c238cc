/* Rows that come again: see clean.h. Rows are put into a table by a hash of their cells; equal
 * hashes are looked at cell by cell. */
#include "transform/clean.h"

#include "base/hash.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The cell as bits that are equal where cells are. */
static uint64_t bits_of(const cells *c, int64_t row) {
    const char *at = (const char *)c->at + (size_t)row * c->stride;
    uint64_t bits = 0;
    double x;
    if (c->real) {
        memcpy(&x, at, sizeof x);
        x = isnan(x) ? NAN : x + 0.0;
        memcpy(&bits, &x, sizeof bits);
        return bits;
    }
    switch (c->size) { /* each copy is one instruction */
    case 8: memcpy(&bits, at, 8); break;
    case 4: memcpy(&bits, at, 4); break;
    case 2: memcpy(&bits, at, 2); break;
    default: memcpy(&bits, at, 1); break;
    }
    return bits;
}

static bool equal(const cells *columns, int count, int64_t a, int64_t b) {
    for (int c = 0; c < count; c++)
        if (bits_of(&columns[c], a) != bits_of(&columns[c], b)) return false;
    return true;
}

typedef struct row_entry {
    uint64_t hash;
    int64_t row; /* from 1; 0: free */
} row_entry;

/* The row that is there already and equals this one; -1: it was put there now. */
static int64_t find_or_put(row_entry *table, uint64_t mask, const cells *columns, int count,
                           uint64_t hash, int64_t row) {
    row_entry *e = &table[hash & mask];
    for (; e->row; e = &table[(e - table + 1) & (int64_t)mask])
        if (e->hash == hash && equal(columns, count, e->row - 1, row)) return e->row - 1;
    *e = (row_entry){hash, row + 1};
    return -1;
}

static uint64_t hash_of(const cells *columns, int count, int64_t row) {
    uint64_t h = 0;
    for (int c = 0; c < count; c++) h = hash_word(h ^ bits_of(&columns[c], row));
    return h;
}

#define AHEAD 16 /* rows whose entries are fetched meanwhile */

mica_status mark_duplicates(const cells *columns, int count_of_columns, int64_t rows,
                            keep_which keep, bool *again, int64_t *count, mica_error *err) {
    uint64_t size = 16, hashes[AHEAD];
    while (size < 2 * (uint64_t)rows) size *= 2;
    row_entry *table = allocate(size, sizeof *table);
    if (!table) return fail_memory(err, size * sizeof *table, "duplicates");
    *count = 0;
    for (int64_t i = 0; i < rows + AHEAD; i++) {
        int64_t behind = i - AHEAD, last = rows - 1;
        if (behind >= 0) {
            int64_t row = keep == KEEP_LAST ? last - behind : behind;
            int64_t same = find_or_put(table, size - 1, columns, count_of_columns,
                                       hashes[behind % AHEAD], row);
            again[row] = same >= 0;
            if (same >= 0 && keep == KEEP_NONE) again[same] = true;
        }
        if (i >= rows) continue;
        hashes[i % AHEAD] = hash_of(columns, count_of_columns, keep == KEEP_LAST ? last - i : i);
        __builtin_prefetch(&table[hashes[i % AHEAD] & (size - 1)]);
    }
    for (int64_t i = 0; i < rows; i++) *count += again[i];
    free(table);
    return MICA_OK;
}
