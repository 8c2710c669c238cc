/* Numbers in files: see bytes.h. */
#include "codec/bytes.h"

#include <string.h>

#define SWAP(type, turned)                                                                         \
    for (size_t i = 0; i < count; i++) {                                                           \
        type x;                                                                                    \
        memcpy(&x, at + i * sizeof x, sizeof x);                                                   \
        x = turned(x);                                                                             \
        memcpy(at + i * sizeof x, &x, sizeof x);                                                   \
    }

void swap_bytes(void *data, size_t count, size_t size) {
    unsigned char *at = data;
    if (size == 2) SWAP(uint16_t, __builtin_bswap16)
    if (size == 4) SWAP(uint32_t, __builtin_bswap32)
    if (size == 8) SWAP(uint64_t, __builtin_bswap64)
}
