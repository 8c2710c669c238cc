/* Writing HDF5 files in the classic layout that h5py writes by default: superblock 0, groups with
 * symbol tables, contiguous data. Every HDF5 library since 1.0 opens it. The same calls give the
 * same bytes, in any order of the calls that name different things.
 *
 * A writer collects names, attributes (copied) and datasets (pointers only), then sends the bytes
 * in order to a sink: data goes from the caller's memory straight into it. To replace a file whole,
 * let the sink write to a file beside it, then rename.
 *
 * Paths are absolute; missing groups on the way are made. Errors name the path. */
#ifndef CODEC_HDF5_WRITE_H
#define CODEC_HDF5_WRITE_H

#include "mica/dtype.h"
#include "mica/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct h5_writer h5_writer;

/* The most bytes that an attribute other than h5_write_text may take with its name and type: HDF5
 * stores it in one message of an object header. Longer lists are split as Keras does (name0 …). */
#define H5_ATTRIBUTE_MAX 65528

mica_status h5_writer_open(h5_writer **writer, mica_error *err);
void h5_writer_close(h5_writer **writer);

/* A group; nothing happens where there is one already. */
mica_status h5_write_group(h5_writer *writer, const char *path, mica_error *err);
/* A dataset, row-major; rank 0 is a scalar. `data` is read by h5_writer_finish. */
mica_status h5_write_dataset(h5_writer *writer, const char *path, mica_dtype dtype, unsigned rank,
                             const int64_t *dims, const void *data, mica_error *err);

/* Attributes of the group or dataset at `path`, which must exist; a second one of a name is VALUE.
 */
/* One UTF-8 string of any length, stored as h5py stores a str. */
mica_status h5_write_text(h5_writer *writer, const char *path, const char *name, const char *text,
                          mica_error *err);
/* A list of strings, stored as h5py stores an array of bytes (fixed length). */
mica_status h5_write_texts(h5_writer *writer, const char *path, const char *name,
                           const char *const *texts, size_t count, mica_error *err);
mica_status h5_write_numbers(h5_writer *writer, const char *path, const char *name,
                             mica_dtype dtype, unsigned rank, const int64_t *dims, const void *data,
                             mica_error *err);

/* Takes the next bytes of the file. */
typedef mica_status h5_sink(void *context, const void *bytes, size_t size, mica_error *err);
/* How large the file will be, so that room can be made sure of first. */
mica_status h5_writer_size(h5_writer *writer, uint64_t *bytes, mica_error *err);
/* Sends the whole file; the writer may be used again (and sends the same). */
mica_status h5_writer_finish(h5_writer *writer, h5_sink *sink, void *context, mica_error *err);

#endif
