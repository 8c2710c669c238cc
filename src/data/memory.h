/* Datasets whose columns lie in memory. */
#ifndef DATA_MEMORY_H
#define DATA_MEMORY_H

#include "data/dataset.h"

/* Adds a column over row-major bytes of d->rows samples; the buffer is shared. */
mica_status memory_add_column(mica_dataset *d, const char *name, column_role role, mica_dtype dtype,
                              const shape *sample, buffer *bytes, size_t offset, mica_error *err);

#endif
