/* reshape: the same elements, row-major, in another shape. One of dims may be -1: what is left.
 * x any shape, y dims.  Gradient: dy in the shape of x.
 * Source: numpy.reshape; keras.ops.reshape. */
#include "op/array.h"

/* The extent that -1 stands for; -1 where x's size is not known. */
static mica_status reshape_rest(shape_frame *f, const shape *x, shape *y, int rest) {
    int64_t others = 1, known = 1;
    int unknown = 0;
    for (int i = 0; i < y->rank; i++)
        if (i != rest) others *= y->dims[i];
    for (int i = 0; i < x->rank; i++) {
        if (x->dims[i] < 0) unknown++;
        else known *= x->dims[i];
    }
    y->dims[rest] = -1;
    if (unknown > 0) return MICA_OK;
    if (others == 0 || known % others != 0) {
        char from[128], to[128];
        shape_format(x, from);
        shape_format(y, to);
        return shape_fail(f, "cannot reshape %s to %s: %lld elements, expected a multiple of %lld",
                          from, to, (long long)known, (long long)others);
    }
    y->dims[rest] = known / others;
    return MICA_OK;
}

static mica_status reshape_shape(shape_frame *f) {
    const dims_attrs *a = f->attrs;
    const shape *x = &f->in[0].shape;
    if (a->dims.count < 0 || a->dims.count > MAX_RANK)
        return shape_fail(f, "rank %lld, expected at most %d", (long long)a->dims.count, MAX_RANK);
    shape y = {.rank = (int)a->dims.count};
    int rest = -1;
    for (int i = 0; i < y.rank; i++) {
        y.dims[i] = a->dims.dims[i];
        if (y.dims[i] >= 0) continue;
        if (y.dims[i] < -1 || rest >= 0)
            return shape_fail(f, "axis %d is %lld, expected 0 or more, or one -1", i,
                              (long long)y.dims[i]);
        rest = i;
    }
    if (rest >= 0) TRY(reshape_rest(f, x, &y, rest));
    else if (shape_known(x) && shape_size(x) != shape_size(&y)) {
        char from[128], to[128];
        shape_format(x, from);
        shape_format(&y, to);
        return shape_fail(f, "cannot reshape %s to %s: %lld elements, expected %lld", from, to,
                          (long long)shape_size(x), (long long)shape_size(&y));
    }
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = y};
    return MICA_OK;
}

static bool reshape_samples(int number, sample *s) {
    static const struct {
        shape x;
        field_dims dims;
    } cases[] = {
        {{2, {3, 4}}, {3, {2, -1, 3}}}, {{0, {0}}, {2, {1, 1}}}, {{3, {2, 3, 2}}, {1, {12}}}};
    if (number >= (int)LENGTH(cases)) return false;
    ((dims_attrs *)s->attrs)->dims = cases[number].dims;
    sample_real(s, cases[number].x);
    return true;
}

const op op_reshape = {
    .name = "reshape",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO | TEXTS,
    .fields = dims_fields,
    .attrs_size = sizeof(dims_attrs),
    .shape = reshape_shape,
    .gradient = gradient_reshape_like,
    .reference = reference_copy,
    .view = view_contiguous,
    .samples = reshape_samples,
};

mica_tensor *mica_reshape(mica_tensor *x, mica_shape dims) {
    return EMIT(&op_reshape, &(dims_attrs){dims_of(dims.dims, dims.rank)}, x);
}
