/* gzip: any bytes give bytes or an error. */
#include "codec/gzip.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    file_bytes out;
    if (gzip_unpack(data, size, "fuzz", &out, NULL) == MICA_OK) free(out.data);
    return 0;
}
