/* Tensors made from numbers: arange, linspace, eye, meshgrid. Traced, they are constants.
 * Sources: numpy of the same names. */
#include "op/array.h"

#include <math.h>

static mica_tensor *refused(mica_context *ctx, const char *what, int64_t n) {
    context_fail(ctx, MICA_VALUE, "%s: %lld numbers, expected 0 to 2^40", what, (long long)n);
    return tensor_poison(ctx);
}

/* start + i step, i = 0 … n - 1, in float64; then as the dtype. */
static mica_tensor *ladder(mica_context *ctx, mica_dtype dtype, double start, double step,
                           int64_t n, const double *last) {
    shape s = {1, {n}};
    mica_tensor *t = tensor_alloc(ctx, MICA_FLOAT64, &s);
    if (!t || t->kind == TENSOR_POISON) return t;
    double *x = (double *)tensor_bytes(t);
    for (int64_t i = 0; i < n; i++) x[i] = start + (double)i * step;
    if (last && n > 1) x[n - 1] = *last;
    return mica_cast(t, dtype);
}

mica_tensor *mica_arange(mica_context *ctx, mica_dtype dtype, double start, double stop,
                         double step) {
    if (!ctx) return NULL;
    double count = ceil((stop - start) / step);
    if (!(count < 0x1p40)) return refused(ctx, "arange", -1); /* NaN, step 0 too */
    return ladder(ctx, dtype, start, step, count > 0 ? (int64_t)count : 0, NULL);
}

mica_tensor *mica_linspace(mica_context *ctx, mica_dtype dtype, double start, double stop,
                           int64_t n) {
    if (!ctx) return NULL;
    if (n < 0 || n >= (int64_t)1 << 40) return refused(ctx, "linspace", n);
    double step = n > 1 ? (stop - start) / (double)(n - 1) : 0;
    return ladder(ctx, dtype, start, step, n, &stop);
}

mica_tensor *mica_eye(mica_context *ctx, mica_dtype dtype, int64_t rows, int64_t columns,
                      int64_t k) {
    if (!ctx) return NULL;
    if (rows < 0 || columns < 0) return refused(ctx, "eye", rows < columns ? rows : columns);
    mica_tensor *like = mica_full(ctx, MICA_BOOL, MICA_SHAPE(rows, columns), 0);
    mica_tensor *row = mica_iota(like, 0, MICA_INT64), *column = mica_iota(like, 1, MICA_INT64);
    mica_tensor *distance = mica_subtract(column, row);
    return mica_cast(mica_equal(distance, scalar_like(distance, (double)k)), dtype);
}

void mica_meshgrid(mica_tensor *const *x, int count, bool ij, mica_tensor **out) {
    if (!x || !out) return;
    shape grid = {.rank = count};
    mica_context *ctx = context_among(x, count);
    bool lacking = LACKS_EACH(ctx, x, count, "x");
    for (int i = 0; i < count; i++) out[i] = lacking ? tensor_poison(ctx) : x[i];
    if (lacking) return;
    for (int i = 0; i < count; i++)
        if (x[i]->kind == TENSOR_POISON) return;
    for (int i = 0; i < count; i++) {
        bool fits = count <= MAX_RANK && x[i]->shape.rank == 1;
        if (!fits)
            context_fail(x[i]->ctx, MICA_SHAPE,
                         "meshgrid: %d tensors, input %d of rank %d, "
                         "expected at most %d of rank 1",
                         count, i, x[i]->shape.rank, MAX_RANK);
        for (int k = 0; !fits && k < count; k++) out[k] = tensor_poison(x[i]->ctx);
        if (!fits) return;
        grid.dims[!ij && i < 2 && count > 1 ? 1 - i : i] = x[i]->shape.dims[0];
    }
    for (int i = 0; i < count; i++) {
        int axis = !ij && i < 2 && count > 1 ? 1 - i : i;
        shape own = {.rank = count, .dims = {1, 1, 1, 1, 1, 1, 1, 1}};
        own.dims[axis] = -1;
        out[i] = mica_broadcast_to(mica_reshape(x[i], own), grid);
    }
}
