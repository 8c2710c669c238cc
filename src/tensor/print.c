/* Printing tensors as NumPy does: see mica_tensor_format. */
#include "tensor/tensor.h"

#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As Python writes bytes that are printable, others as \\x41. */
static void print_text(strbuf *out, const mica_string *text) {
    strbuf_put(out, "'", 1);
    for (size_t i = 0; i < text->size; i++) {
        unsigned char c = (unsigned char)text->bytes[i];
        if (c == '\'' || c == '\\') strbuf_add(out, "\\%c", c);
        else if (c < ' ' || c == 0x7f) strbuf_add(out, "\\x%02x", c);
        else strbuf_put(out, &text->bytes[i], 1);
    }
    strbuf_put(out, "'", 1);
}

static void print_element(strbuf *out, mica_dtype dtype, const char *at) {
    if (dtype == MICA_STRING) {
        print_text(out, (const mica_string *)(const void *)at);
    } else if (dtype == MICA_BOOL) {
        strbuf_add(out, "%s", dtype_load_int(dtype, at) ? "True" : "False");
    } else if (dtype_is_float(dtype)) {
        strbuf_add(out, "%.8g", dtype_load(dtype, at));
    } else if (dtype_kind(dtype) == 'u') {
        strbuf_add(out, "%llu", (unsigned long long)dtype_load_int(dtype, at));
    } else {
        strbuf_add(out, "%lld", (long long)dtype_load_int(dtype, at));
    }
}

/* Axes longer than 6 show their first and last three. */
static void print_axis(strbuf *out, const mica_tensor *t, int axis, const char *at) {
    if (axis == t->shape.rank) {
        print_element(out, t->dtype, at);
        return;
    }
    int64_t n = t->shape.dims[axis], step = t->strides[axis] * (int64_t)mica_dtype_size(t->dtype);
    bool last = axis + 1 == t->shape.rank;
    strbuf_put(out, "[", 1);
    for (int64_t i = 0; i < n; i++) {
        if (i) strbuf_put(out, last ? " " : "\n ", last ? 1 : 2);
        if (n > 6 && i == 3) {
            strbuf_put(out, "...", 3);
            i = n - 4;
            continue;
        }
        print_axis(out, t, axis + 1, at + i * step);
    }
    strbuf_put(out, "]", 1);
}

void mica_tensor_format(const mica_tensor *t, char *text, size_t limit) {
    if (!text) return;
    if (!t) { /* as poison */
        snprintf(text, limit, "<tensor of a failed call>");
        return;
    }
    char extents[128];
    strbuf out = {0};
    if (limit == 0) return;
    shape_format(&t->shape, extents);
    if (t->kind == TENSOR_POISON) {
        strbuf_add(&out, "<tensor of a failed call>");
    } else if (t->kind == TENSOR_SYMBOLIC) {
        strbuf_add(&out, "<traced %s %s>", mica_dtype_name(t->dtype), extents);
    } else {
        print_axis(&out, t, 0, tensor_bytes(t));
    }
    size_t n = out.length < limit - 1 ? out.length : limit - 1;
    if (out.data) memcpy(text, out.data, n);
    text[n] = 0;
    strbuf_free(&out);
}
