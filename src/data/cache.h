/* Where mica_dataset_cache keeps rows: in memory, or in a file.
 *
 * The file: "MICACACH", version (uint32), bytes of a row (uint64), rows (uint64), fingerprint of
 * the data (64 characters), zeros up to 4096; then the rows one after another: the columns' values,
 * and 1 << 32 | CRC-32 of them (uint64), which is 0 where a row is not there yet. Little-endian. A
 * row that a kill or a power cut left half written is made again. */
#ifndef DATA_CACHE_H
#define DATA_CACHE_H

#include "base/scratch_file.h"
#include "data/dataset.h"

#include <stdatomic.h>

typedef struct row_store {
    const mica_dataset *d; /* whose columns a row has */
    int64_t rows, room;
    size_t row_bytes;
    size_t offset[MAX_COLUMNS]; /* of each column in a row */
    char *memory;               /* NULL: in the file */
    scratch_file file;
    atomic_uchar *there; /* rows that are; of a file those that were looked at once */
} row_store;

mica_status store_in_memory(row_store *s, const mica_dataset *d, int64_t rows, mica_error *err);
/* fingerprint NULL: anew. MISMATCH where the file is of other data. */
mica_status store_in_file(row_store *s, const mica_dataset *d, int64_t rows, const char *path,
                          const char *fingerprint, mica_error *err);
void store_close(row_store *s);
/* The row's values, in *at: in memory those kept, of a file read into `into` (row_bytes + 8). NULL:
 * it is not there. Any thread. */
mica_status store_row(row_store *s, int64_t row, void *into, const char **at, mica_error *err);
/* Keeps it; `bytes` has room for 8 more. One thread at a time. */
mica_status store_keep(row_store *s, int64_t row, void *bytes, mica_error *err);
/* Room for rows up to this one, of a stream. */
mica_status store_widen(row_store *s, int64_t rows, mica_error *err);
/* Of a stream: that is all. */
mica_status store_end(row_store *s, int64_t rows, mica_error *err);

#endif
