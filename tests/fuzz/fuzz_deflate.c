/* Raw deflate: any bytes, for any size that a container may claim, fill exactly that or are
 * refused; what was packed comes back. The first two bytes are the claim. */
#include "codec/deflate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void unpack(const uint8_t *data, size_t size, size_t claimed) {
    unsigned char *out = malloc(claimed ? claimed : 1);
    if (!out) return;
    memset(out, 0, claimed ? claimed : 1);
    if (deflate_unpack(data, size, out, claimed)) (void)crc32_of(0, out, claimed);
    free(out);
}

static void round_trip(const uint8_t *data, size_t size) {
    size_t room = size + size / 8 + 64;
    unsigned char *packed = malloc(room), *back = malloc(size + 1);
    size_t n = packed && back ? deflate_pack(data, size, packed, room) : 0;
    if (n && (!deflate_unpack(packed, n, back, size) || memcmp(back, data, size))) abort();
    free(packed);
    free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    unpack(data + 2, size - 2, (size_t)data[0] | (size_t)data[1] << 8);
    round_trip(data + 2, size - 2);
    return 0;
}
