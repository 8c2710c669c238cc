/* Tensors: n-dimensional arrays of one element type, row-major. Immutable values; only a variable
 * changes, by assignment. One handle for eager and traced tensors. A failed call returns the
 * context's poison tensor (never NULL), which passes through every later call; mica_check tells
 * the first error. The innermost open scope or tape owns a new tensor, else the context. */
#ifndef MICA_TENSOR_H
#define MICA_TENSOR_H

#include "mica/api.h"
#include "mica/context.h"
#include "mica/dtype.h"

MICA_API_BEGIN

#define MICA_MAX_RANK 8

typedef struct mica_tensor mica_tensor;

/* The extents of a tensor. A negative one is not known yet (batch, time). Rank 0 is a scalar. */
typedef struct mica_shape {
    int rank;
    int64_t dims[MICA_MAX_RANK];
} mica_shape;

#define MICA_COUNT_(a1, a2, a3, a4, a5, a6, a7, a8, n, ...) n
#define MICA_SHAPE(...)                                                                            \
    ((mica_shape){MICA_COUNT_(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0), {__VA_ARGS__}})
#define MICA_SCALAR ((mica_shape){0, {0}})

/* A tensor with a copy of `data` (row-major, dtype's element size); NULL data gives zeros. */
mica_tensor *mica_tensor_new(mica_context *ctx, mica_dtype dtype, mica_shape shape,
                             const void *data);
/* A tensor over the caller's memory; `release(user)` (may be NULL) is called when mica is done. */
mica_tensor *mica_tensor_over(mica_context *ctx, mica_dtype dtype, mica_shape shape, void *data,
                              void (*release)(void *user), void *user);
/* A tensor of dtype MICA_STRING with copies of `texts` (row-major, each ending in NUL). Few
 * operations take strings: views (array.h), and those that make numbers of them (categories.h). */
mica_tensor *mica_strings(mica_context *ctx, mica_shape shape, const char *const *texts);
mica_tensor *mica_scalar(mica_context *ctx, mica_dtype dtype, double value);
/* Every element is `value`, 0 or 1. */
mica_tensor *mica_full(mica_context *ctx, mica_dtype dtype, mica_shape shape, double value);
mica_tensor *mica_zeros(mica_context *ctx, mica_dtype dtype, mica_shape shape);
mica_tensor *mica_ones(mica_context *ctx, mica_dtype dtype, mica_shape shape);

/* A variable with a copy of `initial`'s value. Lives until mica_tensor_destroy or mica_close. */
mica_tensor *mica_variable(mica_tensor *initial, const char *name);
/* Sets a variable's value; same shape, value is cast to its dtype. A view or a tape that holds the
 * old value keeps it. In a trace it is a part of what is traced. */
mica_status mica_assign(mica_tensor *variable, const mica_tensor *value, mica_error *err);

mica_dtype mica_tensor_dtype(const mica_tensor *t);
mica_shape mica_tensor_shape(const mica_tensor *t);
int64_t mica_tensor_size(const mica_tensor *t); /* number of elements; -1 while not known */
/* Copies the elements, row-major and as `dtype`, to out. Errors: STATE for a traced tensor, TYPE
 * for strings as numbers; strings as such (mica_string) stay valid while t lives. */
mica_status mica_tensor_read(const mica_tensor *t, mica_dtype dtype, void *out, size_t bytes,
                             mica_error *err);
/* The one element of a tensor of size 1; NaN where it cannot be read. */
double mica_tensor_item(const mica_tensor *t);
/* Row-major bytes of a concrete tensor, valid while it lives; NULL for a traced or strided one. */
const void *mica_tensor_data(const mica_tensor *t);
/* Frees the handle before its scope does; sets *t to NULL. */
void mica_tensor_destroy(mica_tensor **t);
/* As NumPy prints it, at most `limit` bytes with the closing NUL. */
void mica_tensor_format(const mica_tensor *t, char *text, size_t limit);

/* Scopes own the tensors made while they are open. They nest. */
typedef struct mica_scope mica_scope;
mica_scope *mica_scope_open(mica_context *ctx);
void mica_scope_close(mica_scope **scope);
/* Moves t to the scope that encloses its own, so that it survives one close. Returns t. */
mica_tensor *mica_keep(mica_tensor *t);

MICA_API_END

#endif
