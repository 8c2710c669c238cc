/* Rows that come again: see clean.h. Rows are put into a table by a hash of their cells; equal
 * hashes are looked at cell by cell. */
#include "transform/clean.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t h, uint64_t x) {
    h = (h ^ x) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

/* The cell as bits that are equal where cells are. */
static uint64_t bits_of(const cells *c, int64_t row) {
    uint64_t bits = 0;
    memcpy(&bits, (const char *)c->at + (size_t)row * c->stride, c->size);
    if (!c->real) return bits;
    double x;
    memcpy(&x, &bits, sizeof x);
    x = isnan(x) ? NAN : x + 0.0;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static bool equal(const cells *columns, int count, int64_t a, int64_t b) {
    for (int c = 0; c < count; c++)
        if (bits_of(&columns[c], a) != bits_of(&columns[c], b)) return false;
    return true;
}

typedef struct row_table {
    int64_t *row; /* -1: free */
    uint64_t *hash, mask;
} row_table;

/* The row that is there already and equals this one; -1: it was put there now. */
static int64_t find_or_put(row_table *t, const cells *columns, int count, int64_t row) {
    uint64_t h = 0;
    for (int c = 0; c < count; c++) h = mix(h, bits_of(&columns[c], row));
    uint64_t at = h & t->mask;
    for (; t->row[at] >= 0; at = (at + 1) & t->mask)
        if (t->hash[at] == h && equal(columns, count, t->row[at], row)) return t->row[at];
    t->row[at] = row;
    t->hash[at] = h;
    return -1;
}

mica_status mark_duplicates(const cells *columns, int count_of_columns, int64_t rows,
                            keep_which keep, bool *again, int64_t *count, mica_error *err) {
    uint64_t size = 16;
    while (size < 2 * (uint64_t)rows) size *= 2;
    row_table t = {allocate(size, sizeof *t.row), allocate(size, sizeof *t.hash), size - 1};
    mica_status status = t.row && t.hash ? MICA_OK : fail_memory(err, size * 16, "duplicates");
    *count = 0;
    for (uint64_t i = 0; i < size && status == MICA_OK; i++) t.row[i] = -1;
    for (int64_t i = 0; i < rows && status == MICA_OK; i++) {
        int64_t row = keep == KEEP_LAST ? rows - 1 - i : i;
        int64_t same = find_or_put(&t, columns, count_of_columns, row);
        again[row] = same >= 0;
        if (same >= 0 && keep == KEEP_NONE) again[same] = true;
    }
    for (int64_t i = 0; i < rows && status == MICA_OK; i++) *count += again[i];
    free(t.row);
    free(t.hash);
    return status;
}
