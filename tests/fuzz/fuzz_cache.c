/* The file of mica_dataset_cache: any bytes in its place, and (first byte odd) any bytes in the
 * place of its rows, behind the right head. What is no row is made again. */
#include "mica/mica.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROWS 3
#define HEAD_BYTES 4096

static mica_dataset *numbered(mica_context *ctx) {
    const float x[ROWS] = {1, 2, 3};
    mica_tensor *t = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(ROWS, 1), x);
    return mica_dataset_new(ctx, &t, 1, NULL, 0, NULL);
}

/* Reads all rows twice: as they are found, and as they are kept then. */
static void read_rows(mica_context *ctx, mica_dataset *data, const char *path) {
    mica_dataset *d = mica_dataset_cache(data, path);
    bool refused = mica_check(ctx, NULL) != MICA_OK;
    for (int i = 0; i < 2 && !refused; i++) mica_dataset_input(d, 0, NULL, ROWS);
    if (!refused && mica_check(ctx, NULL) != MICA_OK) abort();
    mica_dataset_destroy(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static mica_context *ctx;
    static mica_dataset *rows;
    char path[64];
    if (!ctx && !(ctx = mica_open(MICA_OPTIONS(context, .threads = 1)))) return 0;
    if (!rows) rows = numbered(ctx);
    int file = memfd_create("cache", MFD_CLOEXEC);
    if (file < 0 || size < 1) return close(file), 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    off_t at = 0;
    if (data[0] & 1) {
        mica_dataset *d = mica_dataset_cache(rows, path); /* writes the head */
        mica_dataset_destroy(&d);
        at = HEAD_BYTES;
    }
    mica_scope *scope = mica_scope_open(ctx);
    if (pwrite(file, data + 1, size - 1, at) == (ssize_t)size - 1) read_rows(ctx, rows, path);
    mica_scope_close(&scope);
    close(file);
    return 0;
}
