/* Numbers in files: of either byte order, at any address. */
#ifndef CODEC_BYTES_H
#define CODEC_BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t little16(const unsigned char *b) {
    return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}
static inline uint32_t little32(const unsigned char *b) {
    return little16(b) | little16(b + 2) << 16;
}
static inline uint64_t little64(const unsigned char *b) {
    return little32(b) | (uint64_t)little32(b + 4) << 32;
}
static inline uint32_t big16(const unsigned char *b) { return (uint32_t)b[0] << 8 | b[1]; }
static inline uint32_t big32(const unsigned char *b) { return big16(b) << 16 | big16(b + 2); }

static inline void put_little16(unsigned char *b, uint32_t v) {
    b[0] = (unsigned char)v, b[1] = (unsigned char)(v >> 8);
}
static inline void put_little32(unsigned char *b, uint32_t v) {
    put_little16(b, v), put_little16(b + 2, v >> 16);
}
static inline void put_little64(unsigned char *b, uint64_t v) {
    put_little32(b, (uint32_t)v), put_little32(b + 4, (uint32_t)(v >> 32));
}
static inline void put_big32(unsigned char *b, uint32_t v) {
    b[0] = (unsigned char)(v >> 24), b[1] = (unsigned char)(v >> 16),
    b[2] = (unsigned char)(v >> 8), b[3] = (unsigned char)v;
}

/* Turns the bytes of `count` elements of `size` bytes round. */
void swap_bytes(void *data, size_t count, size_t size);

#endif
