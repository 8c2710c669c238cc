/* Any bytes as a SQLite file: a table whose cells are what their types say, or an error. */
#include "data/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[4096];
static void remove_file(void) { unlink(path); }

/* One file of a name, for SQLite opens no other: written anew each time. */
static void put(const uint8_t *data, size_t size) {
    static int file = -1;
    if (file < 0) {
        const char *folder = getenv("TMPDIR");
        snprintf(path, sizeof path, "%s/mica_fuzz_sqlite_XXXXXX", folder ? folder : "/tmp");
        file = mkstemp(path);
        atexit(remove_file);
    }
    if (file < 0 || ftruncate(file, 0) || pwrite(file, data, size, 0) != (ssize_t)size) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char spec[4200], text[64];
    mica_table *t = NULL;
    mica_error err = {0};
    volatile size_t sum = 0;
    put(data, size);
    snprintf(spec, sizeof spec, "sqlite:%s", path);
    mica_status status = database_read(&(database_request){.spec = spec}, &t, &err);
    if ((status == MICA_OK) != (t != NULL) || (status != MICA_OK && !err.message[0])) abort();
    for (int i = 0; t && i < t->count; i++)
        for (int64_t row = 0; row < t->rows && row < 100; row++)
            sum += mica_table_text(t, i, row, text, sizeof text);
    (void)sum;
    mica_table_destroy(&t);
    return 0;
}
