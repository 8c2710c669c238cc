/* zip and npz: any bytes give members, arrays or errors. */
#include "codec/npz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    zip z;
    array_bytes a;
    buffer *b;
    if (zip_open_memory(&z, data, size, "fuzz", NULL) != MICA_OK) return 0;
    for (size_t i = 0; i < z.count && i < 4; i++) {
        if (zip_read(&z, &z.member[i], &b, NULL) == MICA_OK) buffer_drop(b);
        if (npz_read(&z, z.member[i].name, &a, NULL) == MICA_OK) buffer_drop(a.bytes);
    }
    zip_close(&z);
    return 0;
}
