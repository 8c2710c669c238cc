/* Tensors: see mica/tensor.h and tensor.h. */
#include "tensor/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mica_tensor *out_of_memory(mica_context *ctx, int64_t bytes) {
    context_fail(ctx, MICA_MEMORY, "a tensor of %lld bytes cannot be had", (long long)bytes);
    return tensor_poison(ctx);
}

/* Bytes of a concrete tensor; -1 and an error where there is no such number. */
static int64_t checked_bytes(mica_context *ctx, mica_dtype dtype, const shape *s) {
    char text[128];
    if (s->rank < 0 || s->rank > MAX_RANK) {
        context_fail(ctx, MICA_SHAPE, "a tensor of rank %d, expected 0 to %d", s->rank, MAX_RANK);
        return -1;
    }
    int64_t size = shape_size(s), bytes;
    if (size >= 0 && size < INT64_MAX && mica_dtype_size(dtype) &&
        !__builtin_mul_overflow(size, (int64_t)mica_dtype_size(dtype), &bytes))
        return bytes;
    shape_format(s, text);
    context_fail(ctx, MICA_SHAPE, "a tensor of shape %s cannot be made", text);
    return -1;
}

static mica_tensor *wrap(tensor_store *store, mica_dtype dtype, const shape *s, buffer *b) {
    mica_tensor *t = b ? store_handle(store, store->innermost) : NULL;
    if (!t) {
        buffer_drop(b);
        return out_of_memory(store->ctx, shape_size(s));
    }
    t->kind = TENSOR_CONCRETE;
    t->dtype = dtype;
    t->shape = *s;
    t->buffer = b;
    strides_of(s, t->strides);
    return t;
}

#define LARGE_BYTES ((int64_t)1 << 30)

/* Systems promise more than they have, and end the program when it is used: what cannot be had is
 * refused before. */
static bool too_large(int64_t bytes) { return bytes > LARGE_BYTES && bytes > memory_available(); }

mica_tensor *tensor_alloc(mica_context *ctx, mica_dtype dtype, const shape *s) {
    if (!ctx) return NULL;
    tensor_store *store = store_of(ctx);
    int64_t bytes = checked_bytes(ctx, dtype, s);
    if (too_large(bytes)) return out_of_memory(ctx, bytes);
    return bytes < 0 ? &store->poison : wrap(store, dtype, s, store_buffer(store, (size_t)bytes));
}

mica_tensor *mica_tensor_new(mica_context *ctx, mica_dtype dtype, mica_shape s, const void *data) {
    mica_tensor *t = tensor_alloc(ctx, dtype, &s);
    if (!t || t->kind == TENSOR_POISON) return t;
    if (data && dtype == MICA_STRING) {
        mica_tensor_destroy(&t);
        return tensor_texts(ctx, &s, data);
    }
    if (data) memcpy(t->buffer->data, data, t->buffer->bytes);
    else memset(t->buffer->data, 0, t->buffer->bytes);
    return t;
}

struct lent {
    void (*release)(void *user);
    void *user;
};

static void release_lent(buffer *b) {
    struct lent *lent = b->user;
    if (lent->release) lent->release(lent->user);
    free(lent);
    free(b);
}

mica_tensor *mica_tensor_over(mica_context *ctx, mica_dtype dtype, mica_shape s, void *data,
                              void (*release)(void *user), void *user) {
    if (!ctx) return NULL;
    tensor_store *store = store_of(ctx);
    int64_t bytes = data ? checked_bytes(ctx, dtype, &s) : -1;
    if (!data) context_fail(ctx, MICA_VALUE, "tensor_over: data is NULL");
    if (bytes < 0) return &store->poison;
    struct lent *lent = allocate(1, sizeof *lent);
    if (!lent) return out_of_memory(ctx, bytes);
    *lent = (struct lent){release, user};
    buffer *b = buffer_over(data, (size_t)bytes, release_lent, lent);
    if (!b) free(lent);
    return wrap(store, dtype, &s, b);
}

mica_tensor *mica_full(mica_context *ctx, mica_dtype dtype, mica_shape s, double value) {
    if (ctx && dtype == MICA_STRING) {
        context_fail(ctx, MICA_TYPE, "full: strings cannot be filled with a number");
        return tensor_poison(ctx);
    }
    mica_tensor *t = tensor_alloc(ctx, dtype, &s);
    size_t size = mica_dtype_size(dtype);
    if (!t || t->kind == TENSOR_POISON || !t->buffer->bytes) return t;
    char *bytes = t->buffer->data;
    dtype_store(dtype, bytes, value);
    for (size_t done = size, whole = t->buffer->bytes; done < whole; done *= 2)
        memcpy(bytes + done, bytes, done < whole - done ? done : whole - done);
    return t;
}

mica_tensor *mica_zeros(mica_context *ctx, mica_dtype dtype, mica_shape s) {
    return mica_full(ctx, dtype, s, 0);
}

mica_tensor *mica_ones(mica_context *ctx, mica_dtype dtype, mica_shape s) {
    return mica_full(ctx, dtype, s, 1);
}

mica_tensor *mica_scalar(mica_context *ctx, mica_dtype dtype, double value) {
    return mica_full(ctx, dtype, MICA_SCALAR, value);
}

mica_tensor *tensor_view(mica_tensor *of, const shape *s, const int64_t *strides, size_t offset) {
    tensor_store *store = store_of(of->ctx);
    mica_tensor *t = wrap(store, of->dtype, s, buffer_share(of->buffer));
    if (t->kind == TENSOR_POISON) return t;
    memcpy(t->strides, strides, sizeof t->strides);
    t->offset = offset;
    return t;
}

mica_tensor *tensor_symbol(mica_context *ctx, mica_dtype dtype, const shape *s, struct graph *g,
                           int value) {
    tensor_store *store = store_of(ctx);
    mica_tensor *t = store_handle(store, store->innermost);
    if (!t) return out_of_memory(ctx, 0);
    t->kind = TENSOR_SYMBOLIC;
    t->dtype = dtype;
    t->shape = *s;
    t->graph = g;
    t->value = value;
    return t;
}

bool tensors_lack(mica_context *ctx, mica_tensor *const *t, int count, const char *function,
                  const char *name) {
    if (!t && count > 0) return context_lacks(ctx, function, name);
    for (int i = 0; i < count; i++) {
        char element[64];
        snprintf(element, sizeof element, "%s[%d]", name, i);
        if (!t[i]) return context_lacks(ctx, function, element);
    }
    return false;
}

bool tensor_contiguous(const mica_tensor *t) {
    int64_t step = 1;
    for (int i = t->shape.rank - 1; i >= 0; i--) {
        if (t->shape.dims[i] != 1 && t->strides[i] != step) return false;
        step *= t->shape.dims[i];
    }
    return true;
}

void *tensor_bytes(const mica_tensor *t) { return (char *)t->buffer->data + t->offset; }

/* NULL is answered as poison is. */
mica_dtype mica_tensor_dtype(const mica_tensor *t) { return t ? t->dtype : MICA_FLOAT32; }
mica_shape mica_tensor_shape(const mica_tensor *t) { return t ? t->shape : MICA_SCALAR; }
int64_t mica_tensor_size(const mica_tensor *t) { return t ? shape_size(&t->shape) : 1; }

const void *mica_tensor_data(const mica_tensor *t) {
    bool readable = t && (t->kind == TENSOR_CONCRETE || t->kind == TENSOR_VARIABLE);
    return readable && tensor_contiguous(t) ? tensor_bytes(t) : NULL;
}

void tensor_copy_out(const mica_tensor *t, mica_dtype dtype, void *out) {
    size_t from = mica_dtype_size(t->dtype), to = mica_dtype_size(dtype);
    int64_t total = shape_size(&t->shape), at[MAX_RANK] = {0};
    if (tensor_contiguous(t)) {
        convert(t->dtype, tensor_bytes(t), dtype, out, total);
        return;
    }
    int last = t->shape.rank - 1;
    const char *row = tensor_bytes(t);
    for (int64_t done = 0; done < total; done += t->shape.dims[last]) {
        const char *in = row;
        for (int64_t i = 0; i < t->shape.dims[last]; i++, in += t->strides[last] * (int64_t)from)
            convert(t->dtype, in, dtype, (char *)out + (size_t)(done + i) * to, 1);
        for (int axis = last - 1; axis >= 0; axis--) { /* the next row, as an odometer */
            row += t->strides[axis] * (int64_t)from;
            if (++at[axis] < t->shape.dims[axis]) break;
            row -= t->strides[axis] * t->shape.dims[axis] * (int64_t)from;
            at[axis] = 0;
        }
    }
}

mica_status mica_tensor_read(const mica_tensor *t, mica_dtype dtype, void *out, size_t bytes,
                             mica_error *err) {
    if (!t || !out) return fail(err, MICA_VALUE, "tensor_read: %s is NULL", t ? "out" : "t");
    if (t->kind == TENSOR_POISON) {
        if (err) *err = t->ctx->error;
        return t->ctx->error.code ? t->ctx->error.code
                                  : fail(err, MICA_STATE, "the tensor is of a failed call");
    }
    if (t->kind == TENSOR_SYMBOLIC)
        return fail(err, MICA_STATE, "a traced tensor has no data before the graph is run");
    if ((t->dtype == MICA_STRING) != (dtype == MICA_STRING))
        return fail(err, MICA_TYPE, "reading a tensor: %s as %s", mica_dtype_name(t->dtype),
                    mica_dtype_name(dtype));
    size_t needed = (size_t)shape_size(&t->shape) * mica_dtype_size(dtype);
    if (bytes != needed)
        return fail(err, MICA_SHAPE, "reading a tensor: %zu bytes of room, expected %zu", bytes,
                    needed);
    tensor_copy_out(t, dtype, out);
    return MICA_OK;
}

double mica_tensor_item(const mica_tensor *t) {
    double value = __builtin_nan("");
    if (t && t->kind != TENSOR_POISON && shape_size(&t->shape) == 1)
        mica_tensor_read(t, MICA_FLOAT64, &value, sizeof value, NULL);
    return value;
}
