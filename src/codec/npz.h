/* npz: NumPy's zip archive of npy files; the array x is the member x.npy. */
#ifndef CODEC_NPZ_H
#define CODEC_NPZ_H

#include "codec/npy.h"
#include "codec/zip.h"

/* Whether there is an array of that name. */
bool npz_has(const zip *z, const char *array);
mica_status npz_read(const zip *z, const char *array, array_bytes *out, mica_error *err);
/* Adds row-major data as an array. */
mica_status npz_add(zip_writer *w, const char *array, mica_dtype dtype, const shape *s,
                    const void *data, bool pack, mica_error *err);

#endif
