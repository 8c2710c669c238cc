/* npz: see npz.h. */
#include "codec/npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const zip_member *find(const zip *z, const char *array) {
    size_t n = strlen(array);
    for (size_t i = 0; i < z->count; i++) {
        const char *name = z->member[i].name;
        if (!strncmp(name, array, n) && (!strcmp(name + n, ".npy") || !name[n]))
            return &z->member[i];
    }
    return NULL;
}

bool npz_has(const zip *z, const char *array) { return find(z, array) != NULL; }

mica_status npz_read(const zip *z, const char *array, array_bytes *out, mica_error *err) {
    const zip_member *m = find(z, array);
    char name[512];
    *out = (array_bytes){0};
    snprintf(name, sizeof name, "%s: array %s", z->name, array);
    if (!m) return fail(err, MICA_NAME, "%s is not in it", name);
    buffer *bytes;
    TRY(zip_read(z, m, &bytes, err));
    mica_status status = npy_decode(bytes, 0, name, out, err);
    buffer_drop(bytes);
    return status;
}

mica_status npz_add(zip_writer *w, const char *array, mica_dtype dtype, const shape *s,
                    const void *data, bool pack, mica_error *err) {
    strbuf file = {0};
    npy_file own;
    char name[512];
    snprintf(name, sizeof name, "%s.npy", array);
    TRY(npy_encode(&own, name, dtype, s, data, err));
    strbuf_put(&file, own.header.data, own.header.length);
    strbuf_put(&file, own.elements, own.bytes);
    npy_file_free(&own);
    mica_status status = file.failed ? fail_memory(err, file.capacity, name)
                                     : zip_add(w, name, file.data, file.length, pack, err);
    strbuf_free(&file);
    return status;
}
