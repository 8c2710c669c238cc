/* tile: x repeated dims[i] times along axis i.  Gradient: tile_backward.  Source: numpy.tile. */
#include "op/array.h"

mica_status tile_result(shape_frame *f, const shape *x, shape *y) {
    const field_dims *repeats = &((const dims_attrs *)f->attrs)->dims;
    if (repeats->count != x->rank)
        return shape_fail(f, "%lld repeats, expected %d", (long long)repeats->count, x->rank);
    *y = *x;
    for (int i = 0; i < x->rank; i++) {
        if (repeats->dims[i] < 0)
            return shape_fail(f, "%lld repeats along axis %d", (long long)repeats->dims[i], i);
        if (x->dims[i] < 0) continue;
        if (__builtin_mul_overflow(x->dims[i], repeats->dims[i], &y->dims[i]))
            return shape_fail(f, "%lld repeats along axis %d are too many",
                              (long long)repeats->dims[i], i);
    }
    return MICA_OK;
}

static mica_status tile_shape(shape_frame *f) {
    f->out[0].dtype = f->in[0].dtype;
    return tile_result(f, &f->in[0].shape, &f->out[0].shape);
}

static void tile_gradient(gradient_frame *g) {
    g->din[0] = EMIT(&op_tile_backward, g->attrs, g->dout[0], g->in[0]);
}

static void tile_reference(const kernel_call *c) {
    const shape *x = &c->in_info[0].shape, *y = &c->out_info[0].shape;
    int64_t at[MAX_RANK] = {0}, from[MAX_RANK];
    for (int64_t i = 0, n = shape_size(y); i < n; i++, next_index(y, at)) {
        for (int k = 0; k < x->rank; k++) from[k] = at[k] % x->dims[k];
        copy_element(c, 0, i, 0, ravel(x, from));
    }
}

static bool tile_samples(int number, sample *s) {
    static const field_dims cases[] = {{2, {2, 3}}, {2, {1, 2}}};
    if (number >= (int)LENGTH(cases)) return false;
    ((dims_attrs *)s->attrs)->dims = cases[number];
    sample_real(s, MICA_SHAPE(2, 3));
    return true;
}

const op op_tile = {
    .name = "tile",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO,
    .fields = dims_fields,
    .attrs_size = sizeof(dims_attrs),
    .shape = tile_shape,
    .gradient = tile_gradient,
    .reference = tile_reference,
    .samples = tile_samples,
};

mica_tensor *mica_tile(mica_tensor *x, const int64_t *repeats, int count) {
    return EMIT(&op_tile, &(dims_attrs){dims_of(repeats, count)}, x);
}
