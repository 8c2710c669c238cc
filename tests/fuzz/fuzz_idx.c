/* idx: any bytes give an array or an error; an array holds what its shape says. */
#include "codec/idx.h"
#include "support/look_at.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    array_bytes a;
    file_bytes copy = {malloc(size ? size : 1), size};
    if (!copy.data) return 0;
    memcpy(copy.data, data, size);
    if (idx_decode(copy, "fuzz", &a, NULL) != MICA_OK) return 0;
    look_at_array(&a);
    buffer_drop(a.bytes);
    return 0;
}
