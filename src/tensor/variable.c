/* Variables: see mica/tensor.h. */
#include "tensor/store.h"

#include <stdlib.h>
#include <string.h>

mica_tensor *mica_variable(mica_tensor *initial, const char *name) {
    if (!initial) return NULL;
    mica_context *ctx = initial->ctx;
    if (!name) name = "variable";
    tensor_store *store = store_of(ctx);
    if (initial->kind == TENSOR_POISON) return initial;
    if (initial->kind == TENSOR_SYMBOLIC) {
        context_fail(ctx, MICA_STATE, "variable %s: its initial value is a traced tensor", name);
        return &store->poison;
    }
    if (initial->dtype == MICA_STRING) {
        context_fail(ctx, MICA_TYPE, "variable %s: its initial value is strings, expected numbers",
                     name);
        return &store->poison;
    }
    size_t bytes = (size_t)shape_size(&initial->shape) * mica_dtype_size(initial->dtype);
    buffer *b = buffer_new(bytes);
    variable *v = allocate(1, sizeof *v);
    char *copy = strdup(name);
    mica_tensor *t = b && v && copy ? store_handle(store, &store->variables) : NULL;
    if (!t) {
        buffer_drop(b);
        free(v);
        free(copy);
        context_fail(ctx, MICA_MEMORY, "variable %s: %zu bytes cannot be had", name, bytes);
        return &store->poison;
    }
    v->name = copy;
    tensor_copy_out(initial, initial->dtype, b->data);
    t->kind = TENSOR_VARIABLE;
    t->dtype = initial->dtype;
    t->shape = initial->shape;
    t->buffer = b;
    t->variable = v;
    strides_of(&t->shape, t->strides);
    return t;
}

mica_status variable_own(mica_tensor *v, mica_error *err) {
    if (__atomic_load_n(&v->buffer->refs, __ATOMIC_ACQUIRE) == 1) return MICA_OK;
    buffer *own = buffer_new(v->buffer->bytes);
    if (!own) return fail_memory(err, v->buffer->bytes, v->variable->name);
    memcpy(own->data, v->buffer->data, own->bytes);
    buffer_drop(v->buffer);
    v->buffer = own;
    return MICA_OK;
}

mica_tensor *tensor_snapshot(mica_tensor *v) {
    return tensor_view(v, &v->shape, v->strides, v->offset);
}

static bool only_holder(const buffer *b) {
    return __atomic_load_n(&b->refs, __ATOMIC_ACQUIRE) == 1;
}

mica_status variable_set(mica_tensor *v, const mica_tensor *value, mica_error *err) {
    char want[128], got[128];
    if (value->kind != TENSOR_CONCRETE && value->kind != TENSOR_VARIABLE)
        return fail(err, MICA_STATE, "assign to %s: the value is not concrete", v->variable->name);
    if (!shape_equal(&v->shape, &value->shape)) {
        shape_format(&v->shape, want), shape_format(&value->shape, got);
        return fail(err, MICA_SHAPE, "assign to %s: shape %s, expected %s", v->variable->name, got,
                    want);
    }
    if (value->buffer == v->buffer || !only_holder(v->buffer)) { /* others keep the old value */
        buffer *fresh = buffer_new(v->buffer->bytes);
        if (!fresh) return fail_memory(err, v->buffer->bytes, v->variable->name);
        tensor_copy_out(value, v->dtype, fresh->data);
        buffer_drop(v->buffer);
        v->buffer = fresh;
    } else {
        tensor_copy_out(value, v->dtype, tensor_bytes(v));
    }
    v->variable->version++;
    return MICA_OK;
}
