/* CSV: any bytes give a table, which can be described, or an error. The first byte chooses
 * separator and header. */
#include "codec/csv.h"
#include "transform/describe.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const mica_table *t) {
    volatile size_t sum = 0;
    char text[32];
    for (int i = 0; i < t->count; i++)
        for (int64_t row = 0; row < t->rows; row++)
            sum += mica_table_text(t, i, row, text, sizeof text) + (size_t)text[0];
    mica_column_summary *all = calloc((size_t)t->count + 1, sizeof *all);
    table_blocks b;
    if (blocks_of_table(t, 0, &b, NULL) == MICA_OK) {
        if (all) describe_blocks(&b, 0, NULL, all, NULL, NULL);
        blocks_close(&b);
    }
    free(all);
    (void)sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char separators[] = {0, ',', '\t', ';'};
    text_file text;
    mica_table *t = NULL;
    if (!size) return 0;
    csv_options o = {.separator = separators[data[0] & 3], .no_header = data[0] & 4};
    if (text_file_of(data + 1, size - 1, "fuzz", NULL, &text, NULL) != MICA_OK) return 0;
    if (csv_decode(&text, "fuzz", o, NULL, &t, NULL) == MICA_OK) look_at(t);
    mica_table_destroy(&t);
    text_file_free(&text);
    return 0;
}
