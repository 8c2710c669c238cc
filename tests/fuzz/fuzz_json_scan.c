/* JSON: any bytes are a value or an error; an array that was measured is read or refused. */
#include "serve/json_scan.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_array(const char *text, size_t size, mica_dtype dtype) {
    arena memory = {0};
    mica_error err = {0};
    json_scan s;
    shape found;
    scan_open(&s, text, size, &memory, &err);
    s.base64 = true;
    if (scan_measure(&s, &found)) {
        size_t bytes = mica_dtype_size(dtype);
        for (int i = 0; i < found.rank; i++)
            if (__builtin_mul_overflow(bytes, (size_t)found.dims[i], &bytes)) bytes = SIZE_MAX;
        void *room = bytes < 1 << 20 ? malloc(bytes ? bytes : 1) : NULL;
        if (room && scan_array(&s, dtype, &found, true, room)) scan_close(&s);
        free(room);
    }
    if (s.status && !err.message[0]) abort();
    arena_free(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena memory = {0};
    mica_error err = {0};
    json_scan s;
    char *copy = malloc(size ? size : 1); /* so that a byte too far is seen */
    if (!copy) return 0;
    if (size) memcpy(copy, data, size);
    scan_open(&s, copy, size, &memory, &err);
    scan_skip(&s);
    if (scan_close(&s) != MICA_OK && !err.message[0]) abort();
    arena_free(&memory);
    for (int dtype = 0; dtype < MICA_DTYPE_COUNT; dtype++)
        read_array(copy, size, (mica_dtype)dtype);
    free(copy);
    return 0;
}
