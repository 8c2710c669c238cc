/* Tensors of strings: see mica/tensor.h. Their buffer is one block: the elements, then the bytes
 * that they point to; so views that share the buffer keep the bytes. */
#include "tensor/store.h"

#include <stdlib.h>
#include <string.h>

int string_order(const mica_string *a, const mica_string *b) {
    size_t n = a->size < b->size ? a->size : b->size;
    int order = n ? memcmp(a->bytes, b->bytes, n) : 0;
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

buffer *texts_block(const mica_string *texts, int64_t n) {
    size_t bytes = (size_t)n * sizeof *texts;
    for (int64_t i = 0; i < n; i++)
        if (__builtin_add_overflow(bytes, texts[i].size, &bytes)) return NULL;
    buffer *b = buffer_new(bytes);
    mica_string *out = b ? b->data : NULL;
    char *at = b ? (char *)(out + n) : NULL;
    for (int64_t i = 0; i < n && b; i++) {
        if (texts[i].size) memcpy(at, texts[i].bytes, texts[i].size);
        out[i] = (mica_string){at, texts[i].size};
        at += texts[i].size;
    }
    return b;
}

bool tensor_own_texts(mica_tensor *t) {
    if (t->kind != TENSOR_CONCRETE || t->dtype != MICA_STRING) return true;
    int64_t n = shape_size(&t->shape);
    mica_string *texts = allocate((size_t)n + 1, sizeof *texts);
    if (!texts) return false;
    tensor_copy_out(t, MICA_STRING, texts);
    buffer *own = texts_block(texts, n);
    free(texts);
    if (!own) return false;
    buffer_drop(t->buffer);
    t->buffer = own;
    t->offset = 0;
    strides_of(&t->shape, t->strides);
    return true;
}

mica_tensor *tensor_texts(mica_context *ctx, const shape *s, const mica_string *texts) {
    mica_tensor *t = tensor_alloc(ctx, MICA_STRING, s);
    if (!t || t->kind == TENSOR_POISON) return t;
    memcpy(tensor_bytes(t), texts, (size_t)shape_size(s) * sizeof *texts);
    if (tensor_own_texts(t)) return t;
    context_fail(ctx, MICA_MEMORY, "strings: no memory for their bytes");
    return tensor_poison(ctx);
}

mica_tensor *mica_strings(mica_context *ctx, mica_shape s, const char *const *texts) {
    if (!ctx) return NULL;
    if (LACKS(ctx, texts, "texts")) return tensor_poison(ctx);
    mica_tensor *t = tensor_alloc(ctx, MICA_STRING, &s);
    if (t->kind == TENSOR_POISON) return t;
    mica_string *out = tensor_bytes(t);
    for (int64_t i = 0; i < shape_size(&s); i++) {
        if (!texts[i]) {
            context_fail(ctx, MICA_VALUE, "strings: texts[%lld] is NULL", (long long)i);
            return tensor_poison(ctx);
        }
        out[i] = (mica_string){texts[i], strlen(texts[i])};
    }
    if (tensor_own_texts(t)) return t;
    context_fail(ctx, MICA_MEMORY, "strings: no memory for their bytes");
    return tensor_poison(ctx);
}
