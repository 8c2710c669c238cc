/* Pictures, from a corpus of WebP: any bytes give pixels or an error. */
#include "support/look_at.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    look_at_decodings(data, size);
    return 0;
}
