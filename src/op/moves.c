/* Moving elements and axes, in other ops: flip, roll, repeat, moveaxis, swapaxes, unstack, tril,
 * triu, diagonal, diag, trace. Most are views where the order allows it.
 * Sources: numpy of the same names. */
#include "mica/linalg.h"
#include "op/array.h"
#include "op/elementwise.h"

#include <stdlib.h>

static bool axis_known(mica_tensor *x, const char *what, int64_t axis, int *at) {
    if (x->kind == TENSOR_POISON) return false;
    if (axis_resolve(axis, x->shape.rank, at)) return true;
    context_fail(x->ctx, MICA_SHAPE, "%s: axis %lld of rank %d", what, (long long)axis,
                 x->shape.rank);
    return false;
}

mica_tensor *mica_flip(mica_tensor *x, mica_axes axes) {
    NEEDS(x);
    int64_t begin[MAX_RANK] = {0}, end[MAX_RANK], step[MAX_RANK];
    if (axes.count < 0 || axes.count > MAX_RANK) {
        context_fail(x->ctx, MICA_SHAPE, "flip: %d axes, expected 0 to %d", axes.count, MAX_RANK);
        return tensor_poison(x->ctx);
    }
    for (int i = 0; i < MAX_RANK; i++) end[i] = MICA_END, step[i] = 1;
    for (int i = 0; i < (axes.count ? axes.count : x->shape.rank); i++) {
        int at = i;
        if (axes.count && !axis_known(x, "flip", axes.axes[i], &at)) return tensor_poison(x->ctx);
        begin[at] = -1, step[at] = -1;
    }
    return mica_slice(x, x->shape.rank, begin, end, step);
}

mica_tensor *mica_roll(mica_tensor *x, int64_t shift, int64_t axis) {
    NEEDS(x);
    int at = 0;
    if (!axis_known(x, "roll", axis, &at)) return tensor_poison(x->ctx);
    int64_t n = x->shape.dims[at];
    if (n < 0) {
        context_fail(x->ctx, MICA_SHAPE, "roll: the extent of axis %d is not known", at);
        return tensor_poison(x->ctx);
    }
    if (n > 0) shift = (shift % n + n) % n;
    if (shift == 0 || n == 0) return x;
    mica_tensor *parts[] = {slice_axis(x, at, n - shift, n), slice_axis(x, at, 0, n - shift)};
    return mica_concatenate(parts, 2, at);
}

mica_tensor *mica_repeat(mica_tensor *x, int64_t repeats, int64_t axis) {
    NEEDS(x);
    int at = 0;
    if (!axis_known(x, "repeat", axis, &at)) return tensor_poison(x->ctx);
    if (repeats < 0 || x->shape.rank == MAX_RANK) {
        context_fail(x->ctx, MICA_SHAPE,
                     "repeat: %lld repeats of rank %d, expected 0 or more of "
                     "less than %d",
                     (long long)repeats, x->shape.rank, MAX_RANK);
        return tensor_poison(x->ctx);
    }
    mica_tensor *wide = mica_expand_dims(x, at + 1);
    shape s = wide->shape, y = x->shape;
    s.dims[at + 1] = repeats;
    if (y.dims[at] >= 0 && __builtin_mul_overflow(y.dims[at], repeats, &y.dims[at])) {
        context_fail(x->ctx, MICA_SHAPE, "repeat: %lld repeats of axis %d are too many",
                     (long long)repeats, at);
        return tensor_poison(x->ctx);
    }
    return mica_reshape(mica_broadcast_to(wide, s), y);
}

mica_tensor *mica_moveaxis(mica_tensor *x, int64_t from, int64_t to) {
    NEEDS(x);
    int a = 0, b = 0, k = 0;
    if (!axis_known(x, "moveaxis", from, &a) || !axis_known(x, "moveaxis", to, &b))
        return tensor_poison(x->ctx);
    mica_axes order = {.count = x->shape.rank};
    for (int i = 0; i < x->shape.rank; i++) {
        if (k == a) k++;
        order.axes[i] = i == b ? a : k++;
    }
    return mica_transpose(x, order);
}

mica_tensor *mica_swapaxes(mica_tensor *x, int64_t first, int64_t second) {
    NEEDS(x);
    int a = 0, b = 0;
    if (!axis_known(x, "swapaxes", first, &a) || !axis_known(x, "swapaxes", second, &b))
        return tensor_poison(x->ctx);
    mica_axes order = {.count = x->shape.rank};
    for (int i = 0; i < x->shape.rank; i++) order.axes[i] = i == a ? b : i == b ? a : i;
    return mica_transpose(x, order);
}

void mica_unstack(mica_tensor *x, int64_t axis, int count, mica_tensor **out) {
    if (LACKS(context_of(x), x, "x") || LACKS(x->ctx, out, "out")) return;
    int at = 0;
    bool known = axis_known(x, "unstack", axis, &at);
    if (known && x->shape.dims[at] >= 0 && x->shape.dims[at] != count) {
        context_fail(x->ctx, MICA_SHAPE, "unstack: axis %d has extent %lld, expected %d", at,
                     (long long)x->shape.dims[at], count);
        known = false;
    }
    for (int i = 0; i < count; i++)
        out[i] = known ? mica_squeeze(slice_axis(x, at, i, i + 1), MICA_AXES(at))
                       : tensor_poison(x->ctx);
}

/* ---- the last two axes as a matrix ---- */

static bool is_matrix(mica_tensor *x, const char *what) {
    if (x->kind == TENSOR_POISON) return false;
    if (x->shape.rank >= 2) return true;
    context_fail(x->ctx, MICA_SHAPE, "%s: rank %d, expected 2 or more", what, x->shape.rank);
    return false;
}

/* column - row of each place, in the shape (1, …, M, N). */
static mica_tensor *distances(mica_tensor *x) {
    for (int i = 0; i < x->shape.rank - 2; i++) x = slice_axis(x, i, 0, 1);
    return mica_subtract(mica_iota(x, -1, MICA_INT64), mica_iota(x, -2, MICA_INT64));
}

mica_tensor *mica_tril(mica_tensor *x, int64_t k) {
    NEEDS(x);
    if (!is_matrix(x, "tril")) return tensor_poison(x->ctx);
    mica_tensor *d = distances(x);
    return mica_where(mica_less_equal(d, scalar_like(d, (double)k)), x, zero_of(x));
}

mica_tensor *mica_triu(mica_tensor *x, int64_t k) {
    NEEDS(x);
    if (!is_matrix(x, "triu")) return tensor_poison(x->ctx);
    mica_tensor *d = distances(x);
    return mica_where(mica_greater_equal(d, scalar_like(d, (double)k)), x, zero_of(x));
}

/* The matrix without the rows and columns beside the diagonal, square; then its diagonal as the sum
 * over rows of what is on it. */
mica_tensor *mica_diagonal(mica_tensor *x, int64_t k) {
    NEEDS(x);
    if (!is_matrix(x, "diagonal")) return tensor_poison(x->ctx);
    int rank = x->shape.rank;
    int64_t rows = x->shape.dims[rank - 2], columns = x->shape.dims[rank - 1];
    int64_t top = k < 0 ? -k : 0, left = k > 0 ? k : 0;
    if (rows < 0 || columns < 0) {
        context_fail(x->ctx, MICA_SHAPE, "diagonal: the extents of the matrix are not known");
        return tensor_poison(x->ctx);
    }
    int64_t n = rows - top < columns - left ? rows - top : columns - left;
    if (n < 0) n = 0;
    x = slice_axis(slice_axis(x, rank - 2, top, top + n), rank - 1, left, left + n);
    mica_tensor *d = distances(x);
    mica_tensor *on = mica_where(mica_equal(d, zero_of(d)), x, zero_of(x));
    return mica_sum(on, MICA_AXES(-2), false);
}

mica_tensor *mica_diag(mica_tensor *x, int64_t k) {
    NEEDS(x);
    if (x->kind == TENSOR_POISON) return x;
    if (x->shape.rank == 2) return mica_diagonal(x, k);
    int64_t n = x->shape.rank == 1 ? x->shape.dims[0] : -1, size = llabs(k);
    if (n < 0) {
        context_fail(x->ctx, MICA_SHAPE, "diag: rank %d, expected 1 (of known extent) or 2",
                     x->shape.rank);
        return tensor_poison(x->ctx);
    }
    int64_t low[] = {k < 0 ? size : 0, k > 0 ? size : 0};
    int64_t high[] = {k > 0 ? size : 0, k < 0 ? size : 0};
    mica_tensor *row = mica_broadcast_to(mica_expand_dims(x, 0), MICA_SHAPE(n, n));
    mica_tensor *d = distances(row);
    mica_tensor *square = mica_where(mica_equal(d, zero_of(d)), row, zero_of(x));
    return k ? mica_pad(square, 2, low, high, MICA_PAD_CONSTANT, 0) : square;
}

mica_tensor *mica_trace(mica_tensor *x, int64_t k) {
    NEEDS(x);
    return mica_sum(mica_diagonal(x, k), MICA_AXES(-1), false);
}
