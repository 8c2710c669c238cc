/* idx: an array as MNIST's files hold it, gzipped or not. Element types 8 to 64 bits, big-endian.
 * Source: the format's description by LeCun, Cortes and Burges. */
#ifndef CODEC_IDX_H
#define CODEC_IDX_H

#include "codec/npy.h"

mica_status idx_read(const char *path, array_bytes *out, mica_error *err);
/* Takes the bytes over, also where it fails. `name` is for errors. */
mica_status idx_decode(file_bytes content, const char *name, array_bytes *out, mica_error *err);

#endif
