/* Random CSV: every type, missing spellings, quotes, line breaks in cells, blank lines; columns
 * whose type shows late. The same seed gives the same text. */
#ifndef SUPPORT_RANDOM_CSV_H
#define SUPPORT_RANDOM_CSV_H

#include "base/philox.h"
#include "base/strbuf.h"
#include "support/testing.h"

typedef struct random_csv {
    uint64_t seed, turn;
} random_csv;

static inline uint32_t random_below(random_csv *r, uint32_t n) {
    return philox(r->seed, 7, r->turn++).v[0] % n;
}

enum { RANDOM_COLUMNS = 10 };

static inline void random_cell(random_csv *r, int column, int row, int rows, strbuf *out) {
    static const char *const words[] = {"alpha", "\"be,ta\"", "\"ga\"\"mma\"", "\"two\nlines\"",
                                        "Ö",     " x ",       "\"\"\"\"",      "delta 7"};
    static const char *const missing[] = {"", "NA", "nan", "NULL"};
    if (column && !random_below(r, 9)) {
        strbuf_add(out, "%s", missing[random_below(r, 4)]);
        return;
    }
    int64_t whole = (int64_t)random_below(r, 40) - 20;
    bool late = row > rows * 3 / 4;
    switch (column) {
    case 0: strbuf_add(out, "%d", row / 2); break;
    case 1: strbuf_add(out, "%lld", (long long)whole); break;
    case 2: strbuf_add(out, "%.3f", (double)whole / 7); break;
    case 3: strbuf_add(out, "%s", words[random_below(r, 8)]); break;
    case 4: strbuf_add(out, "note %u", random_below(r, 1000000)); break;
    case 5:
        strbuf_add(out, "2024-%02u-%02u", random_below(r, 12) + 1, random_below(r, 28) + 1);
        break;
    case 6: strbuf_add(out, "%s", random_below(r, 2) ? "True" : "False"); break;
    case 7: strbuf_add(out, late && whole > 15 ? "%lld.5" : "%lld", (long long)whole); break;
    case 8: strbuf_add(out, late && whole > 18 ? "x%lld" : "%03lld", (long long)whole); break;
    default:
        strbuf_add(out, whole == 19 ? "99999999999999999999%s" : "%s",
                   late && !whole ? "1.5" : "12");
    }
}

/* The text; free its data. */
static inline strbuf random_table(uint64_t seed, int rows) {
    random_csv r = {seed, 0};
    strbuf out = {0};
    const char *end = seed % 3 ? "\n" : "\r\n";
    if (seed % 4 == 1) strbuf_put(&out, "\xef\xbb\xbf", 3);
    strbuf_add(&out, "id,whole,real,word,note,day,flag,late,code,large%s", end);
    for (int row = 0; row < rows; row++) {
        for (int c = 0; c < RANDOM_COLUMNS; c++) {
            if (c) strbuf_put(&out, ",", 1);
            random_cell(&r, c, row, rows, &out);
        }
        if (row + 1 < rows || seed % 2) strbuf_add(&out, "%s", end);
        if (!random_below(&r, 12) && row + 1 < rows) strbuf_add(&out, " %s", end);
    }
    return out;
}

#endif
