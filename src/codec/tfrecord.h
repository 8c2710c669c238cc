/* TFRecord: records one after another, each its length (uint64), the masked CRC of that, the bytes,
 * the masked CRC of those (uint32), little-endian. The CRC is CRC-32C (Castagnoli); masked: rotated
 * right by 15 bits, plus 0xa282ead8.  Source: tensorflow/core/lib/io/record_writer.h. */
#ifndef CODEC_TFRECORD_H
#define CODEC_TFRECORD_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

uint32_t crc32c(const void *bytes, size_t count);
uint32_t crc32c_masked(const void *bytes, size_t count);
/* Appends one record; `path` is for errors. */
mica_status tfrecord_write(FILE *file, const char *path, const void *bytes, size_t count,
                           mica_error *err);

#endif
