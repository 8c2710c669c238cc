/* npy: any bytes give an array or an error; an array holds what its shape says. */
#include "support/look_at.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    array_bytes a;
    buffer *file = buffer_new(size);
    if (!file) return 0;
    memcpy(file->data, data, size);
    if (npy_decode(file, 0, "fuzz", &a, NULL) == MICA_OK) {
        look_at_array(&a);
        buffer_drop(a.bytes);
    }
    buffer_drop(file);
    return 0;
}
