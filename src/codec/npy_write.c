/* npy, writing: see npy.h. */
#include "codec/npy.h"

#include <stdlib.h>
#include <string.h>

static const char spaces[] = "                                                                ";

/* letters: how long strings are. */
static void put_header(strbuf *out, mica_dtype dtype, size_t letters, const shape *s) {
    strbuf dict = {0};
    strbuf_add(&dict, "{'descr': '%s", dtype_numpy(dtype));
    if (dtype == MICA_STRING) strbuf_add(&dict, "%zu", letters);
    strbuf_add(&dict, "', 'fortran_order': False, 'shape': (");
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

mica_status npy_encode(npy_file *out, const char *name, mica_dtype dtype, const shape *s,
                       const void *data, mica_error *err) {
    size_t item = mica_dtype_size(dtype);
    int64_t n = shape_size(s);
    *out = (npy_file){.elements = data};
    if (dtype == MICA_STRING) TRY(npy_texts_encode(data, n, name, &out->own, &item, err));
    if (out->own) out->elements = out->own;
    out->bytes = (size_t)n * item;
    put_header(&out->header, dtype, item / 4, s);
    if (!out->header.failed) return MICA_OK;
    npy_file_free(out);
    return fail_memory(err, 128, name);
}

void npy_file_free(npy_file *f) {
    strbuf_free(&f->header);
    free(f->own);
    *f = (npy_file){0};
}

mica_status npy_write(const char *path, mica_dtype dtype, const shape *s, const void *data,
                      mica_error *err) {
    npy_file f;
    file_writer w;
    TRY(npy_encode(&f, path, dtype, s, data, err));
    mica_status status = file_begin(&w, path, err);
    if (status == MICA_OK) {
        status = file_write(&w, f.header.data, f.header.length, err);
        if (status == MICA_OK) status = file_write(&w, f.elements, f.bytes, err);
        if (status == MICA_OK) status = file_commit(&w, err);
        else file_cancel(&w);
    }
    npy_file_free(&f);
    return status;
}
