/* Datasets whose columns lie in memory. */
#ifndef DATA_MEMORY_H
#define DATA_MEMORY_H

#include "codec/npy.h"
#include "data/dataset.h"

/* Adds a column over row-major bytes of d->rows samples; the buffer is shared. */
mica_status memory_add_column(mica_dataset *d, const char *name, column_role role, mica_dtype dtype,
                              const shape *sample, buffer *bytes, size_t offset, mica_error *err);
/* The same over an array whose first axis are the samples; the first one sets d->rows, the others
 * must have as many. */
mica_status memory_add_array(mica_dataset *d, const char *name, column_role role,
                             const array_bytes *a, mica_error *err);
/* The fingerprint is that of these files' bytes, not of the values in memory. Before any column. */
mica_status memory_digest_files(mica_dataset *d, const char *const *paths, int count,
                                mica_error *err);
/* The fingerprint is that of this text, which stands for the data. Before any column. */
mica_status memory_digest_text(mica_dataset *d, const char *text, mica_error *err);

#endif
