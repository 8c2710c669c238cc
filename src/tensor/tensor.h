/* Tensors from inside: handle, shape arithmetic, buffers, scopes. */
#ifndef TENSOR_TENSOR_H
#define TENSOR_TENSOR_H

#include "base/context.h"
#include "mica/tensor.h"
#include "tensor/dtype.h"

#define MAX_RANK MICA_MAX_RANK
typedef mica_shape shape;

/* Bytes, shared by reference count. Only a buffer owns bytes. */
typedef struct buffer {
    void *data;
    size_t bytes;
    int refs; /* atomic */
    void (*release)(struct buffer *b);
    void *user;
} buffer;

typedef enum tensor_kind {
    TENSOR_POISON,
    TENSOR_CONCRETE,
    TENSOR_VARIABLE,
    TENSOR_SYMBOLIC
} tensor_kind;

/* What makes a variable more than a tensor. */
typedef struct variable {
    char *name;             /* "dense/kernel" */
    bool frozen;            /* not trainable */
    const char *constraint; /* config of what it becomes after an update (part/constraint.h), kept
                               by its layer; NULL: none */
    uint64_t version;       /* +1 at every change: packed copies are remade when it changed */
    int holders;            /* layers, optimizers, functions that go on needing it */
    bool let_go;            /* its maker's handle was destroyed: the last holder frees it */
} variable;

struct mica_tensor {
    mica_context *ctx;
    uint64_t id; /* of one value: no other handle of the context has or had it, but for aliases that
                    tapes keep and the handles of one value of a graph */
    tensor_kind kind;
    mica_dtype dtype;
    shape shape;
    int64_t strides[MAX_RANK]; /* in elements; 0 repeats */
    buffer *buffer;            /* concrete and variable */
    size_t offset;             /* bytes */
    variable *variable;
    struct graph *graph; /* symbolic: the graph and the number of the value in it */
    int value;
    mica_scope *scope; /* the owner; NULL: the creator destroys it */
    mica_tensor *next, *previous;
};

struct mica_scope {
    mica_context *ctx;
    mica_scope *outer;
    mica_tensor *first;
};

/* shapes */
int64_t shape_size(const shape *s); /* -1 where a dim is not known; INT64_MAX: it is no int64 */
bool shape_known(const shape *s);
bool shape_equal(const shape *a, const shape *b);      /* unknown dims are equal to unknown ones */
bool shape_fits(const shape *pattern, const shape *s); /* unknown dims of pattern fit anything */
void shape_format(const shape *s, char text[128]);     /* "(None, 28, 28, 1)" */
void strides_of(const shape *s, int64_t strides[MAX_RANK]); /* row-major */
/* NumPy's broadcast of a and b; unknown with known > 1 gives known. False: they do not fit. */
bool shape_broadcast(const shape *a, const shape *b, shape *out);
bool axis_resolve(int64_t axis, int rank, int *out); /* negative counts from the end */

/* buffers */
buffer *buffer_new(size_t bytes); /* aligned, not zeroed, one reference */
buffer *buffer_over(void *data, size_t bytes, void (*release)(buffer *), void *user);
buffer *buffer_share(buffer *b);
void buffer_drop(buffer *b); /* NULL allowed */

/* handles; NULL only without memory: then the context has the error and poison is returned */
mica_tensor *tensor_poison(mica_context *ctx);
mica_tensor *tensor_alloc(mica_context *ctx, mica_dtype dtype, const shape *s); /* not zeroed */
mica_tensor *tensor_view(mica_tensor *of, const shape *s, const int64_t *strides, size_t offset);
mica_tensor *tensor_symbol(mica_context *ctx, mica_dtype dtype, const shape *s, struct graph *g,
                           int value);
/* A tensor of copies of these texts; the same for the elements of t, whose bytes so become its own:
 * false without memory. */
mica_tensor *tensor_texts(mica_context *ctx, const shape *s, const mica_string *texts);
bool tensor_own_texts(mica_tensor *t);
/* A block with copies of n texts: the elements, then their bytes; NULL without memory. */
buffer *texts_block(const mica_string *texts, int64_t n);
/* The value a variable has now, as a concrete tensor that later assignments do not change. */
mica_tensor *tensor_snapshot(mica_tensor *variable);
/* Takes t out of its scope: whoever calls destroys it. Returns t. */
mica_tensor *tensor_release(mica_tensor *t);
void scope_move(mica_scope *from, mica_scope *to);
static inline mica_context *context_of(const mica_tensor *t) { return t ? t->ctx : NULL; }
/* LACKS (base/context.h) for an array of tensors: true where it, or one of them, is NULL. */
#define LACKS_EACH(ctx, tensors, count, name) tensors_lack(ctx, tensors, count, __func__, name)
bool tensors_lack(mica_context *ctx, mica_tensor *const *t, int count, const char *function,
                  const char *name);
bool tensor_contiguous(const mica_tensor *t);
void *tensor_bytes(const mica_tensor *t); /* of the first element */
/* Row-major copy of any strided tensor's elements as dtype. */
void tensor_copy_out(const mica_tensor *t, mica_dtype dtype, void *out);
/* mica_assign, here and now; mica_assign itself asks the open emitter (op/emit.h). */
mica_status variable_set(mica_tensor *variable, const mica_tensor *value, mica_error *err);
/* A variable lives while a holder needs it, whatever becomes of the handle that it was made with;
 * taking it over ends that handle's claim too. Dropping sets *variable to NULL. */
void variable_hold(mica_tensor *variable);
void variable_take(mica_tensor *variable);
void variable_drop(mica_tensor **variable);
/* Makes sure that only the variable holds its buffer, so that it may be written in place. */
mica_status variable_own(mica_tensor *variable, mica_error *err);

/* Copies n elements between dtypes. */
void convert(mica_dtype from, const void *in, mica_dtype to, void *out, int64_t n);

#endif
