/* See open_inference.h. */
#include "tensor/open_inference.h"

#include <string.h>

static const char *const types[MICA_DTYPE_COUNT] = {
    [MICA_FLOAT32] = "FP32",  [MICA_FLOAT64] = "FP64",  [MICA_FLOAT16] = "FP16",
    [MICA_BFLOAT16] = "BF16", [MICA_INT8] = "INT8",     [MICA_INT16] = "INT16",
    [MICA_INT32] = "INT32",   [MICA_INT64] = "INT64",   [MICA_UINT8] = "UINT8",
    [MICA_UINT16] = "UINT16", [MICA_UINT32] = "UINT32", [MICA_UINT64] = "UINT64",
    [MICA_BOOL] = "BOOL",     [MICA_STRING] = "BYTES",
};

const char *v2_type(mica_dtype dtype) { return types[dtype]; }

bool v2_dtype(const char *name, mica_dtype *out) {
    for (int i = 0; name && i < MICA_DTYPE_COUNT; i++)
        if (!strcmp(types[i], name)) return *out = (mica_dtype)i, true;
    return false;
}

mica_status v2_read_texts(const char *what, const char *bytes, size_t size, int64_t count,
                          mica_string *out, arena *memory, mica_error *err) {
    size_t at = 0;
    const char *copy = arena_copy(memory, bytes, size);
    if (!copy) return fail_no_memory(err, what);
    for (int64_t i = 0; i < count; i++) {
        uint32_t length = 0;
        if (size - at >= 4) memcpy(&length, copy + at, 4); /* little-endian */
        if (size - at < 4 || length > size - at - 4)
            return fail(err, MICA_FORMAT, "%s: %s %lld goes beyond the %zu bytes", what,
                        size - at < 4 ? "the length of element" : "element", (long long)i, size);
        out[i] = (mica_string){copy + at + 4, length};
        at += 4 + (size_t)length;
    }
    if (at == size) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s: %zu bytes follow the last of %lld elements", what, size - at,
                (long long)count);
}

void v2_put_text(strbuf *out, const char *bytes, size_t size) {
    uint32_t length = (uint32_t)size;
    strbuf_put(out, (const char *)&length, 4);
    strbuf_put(out, bytes, size);
}
