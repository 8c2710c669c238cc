/* Raw deflate and CRC-32 of whole blocks; libdeflate where built with it, else zlib. */
#ifndef CODEC_DEFLATE_H
#define CODEC_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEFLATE_HIGHEST_RATIO 1032 /* see zlib's technical details */

/* Unpacks exactly `size` bytes; false: the data is damaged, or has another size. */
bool deflate_unpack(const void *packed, size_t packed_size, void *out, size_t size);
/* Packs into at most `room` bytes; 0: it does not fit, or memory is not enough. */
size_t deflate_pack(const void *bytes, size_t size, void *out, size_t room);
/* Continues from `crc`; 0 begins. */
uint32_t crc32_of(uint32_t crc, const void *bytes, size_t size);

#endif
