/* idx: any bytes give an array or an error; an array holds what its shape says. */
#include "codec/idx.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    array_bytes a;
    file_bytes copy = {malloc(size ? size : 1), size};
    if (!copy.data) return 0;
    memcpy(copy.data, data, size);
    if (idx_decode(copy, "fuzz", &a, NULL) != MICA_OK) return 0;
    volatile double sum = 0;
    const char *at = (const char *)a.bytes->data + a.offset;
    for (int64_t i = 0; i < shape_size(&a.shape); i++)
        sum += dtype_load(a.dtype, at + (size_t)i * mica_dtype_size(a.dtype));
    (void)sum;
    buffer_drop(a.bytes);
    return 0;
}
