/* Tables of text in blocks: any bytes, packed or not, in any encoding, give the table, or the
 * failure, that they give as a whole. The first byte chooses format, separator and header, the
 * second how small the blocks are. */
#include "codec/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool same) {
    if (!same) abort();
}

static void compare(const mica_table *a, const mica_table *b) {
    char x[64], y[64];
    expect(a->rows == b->rows && a->count == b->count);
    for (int i = 0; i < a->count; i++) {
        const table_column *c = &a->column[i], *d = &b->column[i];
        expect(c->type == d->type && c->missing == d->missing && c->timed == d->timed &&
               c->zoned == d->zoned && !strcmp(c->name, d->name));
        for (int64_t row = 0; row < a->rows; row++) {
            expect(mica_table_text(a, i, row, x, sizeof x) ==
                   mica_table_text(b, i, row, y, sizeof y));
            expect(!strcmp(x, y));
        }
    }
}

static void go_through(const text_table *kind, const char *path, csv_options o, size_t each,
                       const mica_table *whole) {
    table_blocks b;
    mica_table *t = NULL;
    mica_status status = text_table_blocks(
        kind, path, &(text_blocks){.csv = o, .each = each, .most = each / 2}, &b, NULL);
    expect((status == MICA_OK) == (whole != NULL));
    if (status == MICA_OK) {
        expect(blocks_gather(&b, NULL, 0, &t, NULL) == MICA_OK);
        compare(t, whole);
    }
    mica_table_destroy(&t);
    blocks_close(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char separators[] = {0, ',', '\t', ';'};
    char path[64];
    text_file text;
    mica_table *whole = NULL;
    if (size < 2) return 0;
    csv_options o = {.separator = separators[data[0] & 3], .no_header = data[0] & 4};
    const text_table *kind = data[0] & 8 ? &table_jsonl : &table_csv;
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    if (file < 0) return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (write(file, data + 2, size - 2) == (ssize_t)size - 2) {
        if (text_file_read(path, NULL, NULL, &text, NULL) == MICA_OK) {
            if (kind->decode(&text, "fuzz", o, NULL, &whole, NULL) != MICA_OK) whole = NULL;
            text_file_free(&text);
        }
        go_through(kind, path, o, (size_t)data[1] + 1, whole);
    }
    mica_table_destroy(&whole);
    close(file);
    return 0;
}
