/* npy: any bytes give an array or an error; an array holds what its shape says. */
#include "codec/npy.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    array_bytes a;
    buffer *file = buffer_new(size);
    if (!file) return 0;
    memcpy(file->data, data, size);
    if (npy_decode(file, 0, "fuzz", &a, NULL) == MICA_OK) {
        volatile double sum = 0;
        const char *at = (const char *)a.bytes->data + a.offset;
        for (int64_t i = 0; i < shape_size(&a.shape); i++)
            sum += dtype_load(a.dtype, at + (size_t)i * mica_dtype_size(a.dtype));
        (void)sum;
        buffer_drop(a.bytes);
    }
    buffer_drop(file);
    return 0;
}
