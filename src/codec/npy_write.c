/* npy, writing: see npy.h. */
#include "codec/npy.h"

#include <string.h>

static const char spaces[] = "                                                                ";

void npy_put_header(strbuf *out, mica_dtype dtype, const shape *s) {
    strbuf dict = {0};
    strbuf_add(&dict, "{'descr': '%s', 'fortran_order': False, 'shape': (", dtype_numpy(dtype));
    for (int i = 0; i < s->rank; i++)
        strbuf_add(&dict,
                   i + 1 < s->rank ? "%lld, "
                   : s->rank == 1  ? "%lld,"
                                   : "%lld",
                   (long long)s->dims[i]);
    strbuf_add(&dict, "), }");
    size_t padding = 63 - (10 + dict.length) % 64, length = dict.length + padding + 1;
    unsigned char head[10] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)length, (unsigned char)(length >> 8)};
    strbuf_put(out, (char *)head, sizeof head);
    if (!dict.failed) strbuf_put(out, dict.data, dict.length);
    strbuf_put(out, spaces, padding);
    strbuf_put(out, "\n", 1);
    out->failed |= dict.failed;
    strbuf_free(&dict);
}

mica_status npy_write(const char *path, mica_dtype dtype, const shape *s, const void *data,
                      mica_error *err) {
    strbuf header = {0};
    file_writer w;
    if (dtype == MICA_STRING)
        return fail(err, MICA_UNSUPPORTED, "%s: strings cannot be written as npy", path);
    npy_put_header(&header, dtype, s);
    if (header.failed) {
        strbuf_free(&header);
        return fail_memory(err, 128, path);
    }
    mica_status status = file_begin(&w, path, err);
    if (status == MICA_OK) {
        status = file_write(&w, header.data, header.length, err);
        if (status == MICA_OK)
            status = file_write(&w, data, (size_t)shape_size(s) * mica_dtype_size(dtype), err);
        if (status == MICA_OK) status = file_commit(&w, err);
        else file_cancel(&w);
    }
    strbuf_free(&header);
    return status;
}
