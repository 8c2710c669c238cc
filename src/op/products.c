/* Products in other ops: dot, inner, outer, vdot, tensordot, kron, cross.
 * Sources: numpy of the same names. */
#include "mica/linalg.h"
#include "op/array.h"

static mica_tensor *flat(mica_tensor *x) { return mica_reshape(x, MICA_SHAPE(-1)); }

static mica_tensor *refused(mica_tensor *a, mica_tensor *b, const char *what) {
    char first[128], second[128];
    shape_format(&a->shape, first), shape_format(&b->shape, second);
    context_fail(a->ctx, MICA_SHAPE, "%s of %s and %s", what, first, second);
    return tensor_poison(a->ctx);
}

static bool poisoned(const mica_tensor *a, const mica_tensor *b) {
    return a->kind == TENSOR_POISON || b->kind == TENSOR_POISON;
}

mica_tensor *mica_outer(mica_tensor *a, mica_tensor *b) {
    return mica_multiply(mica_expand_dims(flat(a), 1), mica_expand_dims(flat(b), 0));
}

mica_tensor *mica_vdot(mica_tensor *a, mica_tensor *b) {
    NEEDS(a, b);
    return mica_matmul(flat(a), flat(b));
}

mica_tensor *mica_tensordot(mica_tensor *a, mica_tensor *b, mica_axes of_a, mica_axes of_b) {
    NEEDS(a, b);
    bool used_a[MAX_RANK] = {false}, used_b[MAX_RANK] = {false};
    mica_axes first = {.count = a->shape.rank}, second = {.count = b->shape.rank};
    shape rows = {1, {1}}, columns = {1, {1}}, y = {0};
    int64_t inner = 1;
    int k = 0, at_a = 0, at_b = 0;
    if (poisoned(a, b)) return a->kind == TENSOR_POISON ? a : b;
    if (of_a.count != of_b.count) return refused(a, b, "tensordot: other numbers of axes");
    for (int i = 0; i < of_a.count; i++) {
        if (!axis_resolve(of_a.axes[i], a->shape.rank, &at_a) ||
            !axis_resolve(of_b.axes[i], b->shape.rank, &at_b) || used_a[at_a] || used_b[at_b])
            return refused(a, b, "tensordot: axes that are not there, or twice,");
        int64_t n = a->shape.dims[at_a], m = b->shape.dims[at_b];
        if (n >= 0 && m >= 0 && n != m) return refused(a, b, "tensordot: other extents");
        used_a[at_a] = used_b[at_b] = true;
        first.axes[a->shape.rank - of_a.count + i] = at_a, second.axes[i] = at_b;
        n = n < 0 ? m : n;
        inner = n < 0 || inner < 0 ? -1 : inner * n;
    }
    for (int i = 0; i < a->shape.rank; i++) {
        if (used_a[i]) continue;
        first.axes[k++] = i, y.dims[y.rank++] = a->shape.dims[i];
        rows.dims[0] = a->shape.dims[i] < 0 || rows.dims[0] < 0 ? -1
                                                                : rows.dims[0] * a->shape.dims[i];
    }
    k = of_b.count;
    for (int i = 0; i < b->shape.rank; i++) {
        if (used_b[i]) continue;
        second.axes[k++] = i;
        if (y.rank == MAX_RANK) return refused(a, b, "tensordot: too many axes");
        y.dims[y.rank++] = b->shape.dims[i];
        columns.dims[0] = b->shape.dims[i] < 0 || columns.dims[0] < 0
                              ? -1
                              : columns.dims[0] * b->shape.dims[i];
    }
    mica_tensor *left = first.count ? mica_transpose(a, first) : a;
    mica_tensor *right = second.count ? mica_transpose(b, second) : b;
    left = mica_reshape(left, MICA_SHAPE(rows.dims[0], inner));
    right = mica_reshape(right, MICA_SHAPE(inner, columns.dims[0]));
    return mica_reshape(mica_matmul(left, right), y);
}

mica_tensor *mica_inner(mica_tensor *a, mica_tensor *b) {
    NEEDS(a, b);
    if (a->shape.rank == 0 || b->shape.rank == 0) return mica_multiply(a, b);
    return mica_tensordot(a, b, MICA_AXES(-1), MICA_AXES(-1));
}

mica_tensor *mica_dot(mica_tensor *a, mica_tensor *b) {
    NEEDS(a, b);
    if (a->shape.rank == 0 || b->shape.rank == 0) return mica_multiply(a, b);
    return mica_tensordot(a, b, MICA_AXES(-1), MICA_AXES(b->shape.rank > 1 ? -2 : -1));
}

mica_tensor *mica_kron(mica_tensor *a, mica_tensor *b) {
    NEEDS(a, b);
    int rank = a->shape.rank > b->shape.rank ? a->shape.rank : b->shape.rank;
    shape wide_a = {.rank = 2 * rank}, wide_b = wide_a, y = {.rank = rank};
    if (poisoned(a, b)) return a->kind == TENSOR_POISON ? a : b;
    if (2 * rank > MAX_RANK) return refused(a, b, "kron: too many axes");
    for (int i = 0; i < rank; i++) {
        int from_a = i - (rank - a->shape.rank), from_b = i - (rank - b->shape.rank);
        int64_t n = from_a < 0 ? 1 : a->shape.dims[from_a];
        int64_t m = from_b < 0 ? 1 : b->shape.dims[from_b];
        wide_a.dims[2 * i] = n, wide_a.dims[2 * i + 1] = 1;
        wide_b.dims[2 * i] = 1, wide_b.dims[2 * i + 1] = m;
        y.dims[i] = n < 0 || m < 0 ? -1 : n * m;
    }
    return mica_reshape(mica_multiply(mica_reshape(a, wide_a), mica_reshape(b, wide_b)), y);
}

mica_tensor *mica_cross(mica_tensor *a, mica_tensor *b) {
    NEEDS(a, b);
    mica_tensor *p[3], *q[3], *y[3];
    mica_unstack(a, -1, 3, p), mica_unstack(b, -1, 3, q);
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3, k = (i + 2) % 3;
        y[i] = mica_subtract(mica_multiply(p[j], q[k]), mica_multiply(p[k], q[j]));
    }
    return mica_stack(y, 3, -1);
}
