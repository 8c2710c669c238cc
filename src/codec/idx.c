/* idx: see idx.h. Two zeros, the type, the number of axes, the extents, the elements. */
#include "codec/idx.h"

#include "codec/bytes.h"
#include "codec/gzip.h"

#include <stdlib.h>
#include <string.h>

static bool dtype_of_code(unsigned char code, mica_dtype *dtype) {
    switch (code) {
    case 0x08: return *dtype = MICA_UINT8, true;
    case 0x09: return *dtype = MICA_INT8, true;
    case 0x0B: return *dtype = MICA_INT16, true;
    case 0x0C: return *dtype = MICA_INT32, true;
    case 0x0D: return *dtype = MICA_FLOAT32, true;
    case 0x0E: return *dtype = MICA_FLOAT64, true;
    default: return false;
    }
}

/* Fills all of *out but the bytes. */
static mica_status parse(const unsigned char *b, size_t size, const char *name, array_bytes *out,
                         mica_error *err) {
    char expected[128];
    if (size < 4 || b[0] || b[1] || !dtype_of_code(b[2], &out->dtype) || b[3] < 1 ||
        b[3] > MAX_RANK) {
        const unsigned char none[4] = {0}, *shown = size < 4 ? none : b;
        return fail(err, MICA_FORMAT,
                    "%s: not an IDX file: %zu bytes that begin with %02x %02x %02x %02x", name,
                    size, shown[0], shown[1], shown[2], shown[3]);
    }
    out->offset = 4 + 4 * (size_t)b[3];
    if (size < out->offset)
        return fail(err, MICA_FORMAT, "%s: the IDX header is cut short: %zu bytes, expected %zu",
                    name, size, out->offset);
    out->shape.rank = b[3];
    for (int i = 0; i < out->shape.rank; i++) out->shape.dims[i] = big32(b + 4 + 4 * i);
    int64_t n = shape_size(&out->shape), bytes;
    if (__builtin_mul_overflow(n, (int64_t)mica_dtype_size(out->dtype), &bytes)) bytes = INT64_MAX;
    if ((uint64_t)bytes == size - out->offset) return MICA_OK;
    shape_format(&out->shape, expected);
    return fail(err, MICA_FORMAT, "%s: %zu bytes of data, expected %lld for %s of %s", name,
                size - out->offset, (long long)bytes, expected, mica_dtype_name(out->dtype));
}

static void release_allocated(buffer *b) {
    free(b->data);
    free(b);
}

mica_status idx_decode(file_bytes content, const char *name, array_bytes *out, mica_error *err) {
    *out = (array_bytes){0};
    mica_status status = parse(content.data, content.size, name, out, err);
    if (status == MICA_OK) {
        size_t each = mica_dtype_size(out->dtype), bytes = content.size - out->offset;
        if (out->offset % each) { /* an even number of axes and eight bytes each */
            memmove(content.data, content.data + out->offset, bytes);
            out->offset = 0;
        }
        swap_bytes(content.data + out->offset, bytes / each, each);
        out->bytes = buffer_over(content.data, content.size, release_allocated, NULL);
        if (!out->bytes) status = fail_memory(err, sizeof *out->bytes, name);
    }
    if (status != MICA_OK) free(content.data);
    return status;
}

mica_status idx_read(const char *path, array_bytes *out, mica_error *err) {
    file_bytes file, content;
    *out = (array_bytes){0};
    TRY(file_read(path, &file, err));
    if (!gzip_is(file.data, file.size)) return idx_decode(file, path, out, err);
    mica_status status = gzip_unpack(file.data, file.size, path, &content, err);
    free(file.data);
    return status == MICA_OK ? idx_decode(content, path, out, err) : status;
}
