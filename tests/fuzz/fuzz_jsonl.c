/* JSON Lines: any bytes give a table or an error. */
#include "codec/jsonl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    text_file text;
    mica_table *t = NULL;
    volatile size_t sum = 0;
    char cell[32];
    if (text_file_of(data, size, "fuzz", NULL, &text, NULL) != MICA_OK) return 0;
    if (jsonl_decode(&text, "fuzz", &t, NULL) == MICA_OK)
        for (int i = 0; i < t->count; i++)
            for (int64_t row = 0; row < t->rows; row++)
                sum += mica_table_text(t, i, row, cell, sizeof cell);
    mica_table_destroy(&t);
    text_file_free(&text);
    (void)sum;
    return 0;
}
