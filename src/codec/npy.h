/* npy: NumPy's file of one array. Read: versions 1 to 3, both byte orders, C and Fortran order,
 * every dtype of mica (bfloat16 is NumPy's '<V2'; texts '<U5' and '|S5' become strings). Written:
 * version 1, little-endian, C order, strings as '<U5'. Source: numpy.lib.format. */
#ifndef CODEC_NPY_H
#define CODEC_NPY_H

#include "base/file.h"
#include "base/strbuf.h"
#include "tensor/tensor.h"

/* An array in memory: row-major, in the byte order of this machine. */
typedef struct array_bytes {
    mica_dtype dtype;
    shape shape;
    buffer *bytes; /* a reference that the holder drops */
    size_t offset;
} array_bytes;

/* What a header says. */
typedef struct npy_header {
    mica_dtype dtype;
    shape shape;
    bool swapped, fortran;
    size_t item; /* bytes of an element in the file */
    char text;   /* of strings: 'U' UTF-32, 'S' bytes, both filled up with zeros; 0: numbers */
    size_t data; /* where the elements begin */
} npy_header;

bool npy_is(const void *bytes, size_t size);
/* Reads the header of a file of which the first `size` bytes are there, `whole` bytes in all; the
 * elements that it announces must be in the file. `name` is for errors. */
mica_status npy_read_header(const void *bytes, size_t size, uint64_t whole, const char *name,
                            npy_header *out, mica_error *err);
/* The array in `file` from byte `at` on; shares the bytes where they can stay as they are. */
mica_status npy_decode(buffer *file, size_t at, const char *name, array_bytes *out,
                       mica_error *err);
mica_status npy_read(const char *path, array_bytes *out, mica_error *err);

/* Of strings: the elements (n, row-major, h->item bytes each) as a block of mica_string, of which
 * those of UTF-32 are UTF-8. */
mica_status npy_texts(const npy_header *h, const char *elements, int64_t n, const char *name,
                      buffer **out, mica_error *err);

/* The other way: n strings, which must be UTF-8, as UTF-32, all as long as the longest; *item: the
 * bytes of one. The caller frees *out. */
mica_status npy_texts_encode(const mica_string *texts, int64_t n, const char *name, char **out,
                             size_t *item, mica_error *err);

/* An array as the bytes of a file: the header (magic to padding, a multiple of 64 bytes), and the
 * elements, which are `data` or, of strings, a block of its own. */
typedef struct npy_file {
    strbuf header;
    const void *elements;
    size_t bytes;
    char *own;
} npy_file;

mica_status npy_encode(npy_file *out, const char *name, mica_dtype dtype, const shape *s,
                       const void *data, mica_error *err);
void npy_file_free(npy_file *f);
/* Writes aside and renames; `data` is row-major. */
mica_status npy_write(const char *path, mica_dtype dtype, const shape *s, const void *data,
                      mica_error *err);

/* An array as a tensor that shares its bytes; takes the reference over. Poison where memory is not
 * enough (then the context has the error). */
mica_tensor *array_tensor(mica_context *ctx, array_bytes *a);

#endif
