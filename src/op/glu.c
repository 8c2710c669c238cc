/* glu: y = a sigmoid(b), a and b the halves of x along the axis. x any float type, y half of it. A
 * composite.  Source: Dauphin et al. (2016); keras.activations.glu. */
#include "op/array.h"

static mica_status glu_shape(shape_frame *f) {
    const shape *x = &f->in[0].shape;
    int axis = 0;
    TRY(require_float(f, 0));
    TRY(require_axis(f, ((const along_attrs *)f->attrs)->axis, x->rank, &axis));
    if (x->dims[axis] < 0 || x->dims[axis] % 2)
        return shape_fail(f, "axis %d has extent %lld, expected an even one", axis,
                          (long long)x->dims[axis]);
    TRY(shape_of_input(f));
    f->out[0].shape.dims[axis] /= 2;
    return MICA_OK;
}

static void glu_compose(compose_frame *c) {
    mica_tensor *x = c->in[0];
    int axis = 0;
    axis_resolve(((const along_attrs *)c->attrs)->axis, x->shape.rank, &axis);
    int64_t half = x->shape.dims[axis] / 2;
    mica_tensor *gate = mica_sigmoid(slice_axis(x, axis, half, 2 * half));
    c->out[0] = mica_multiply(slice_axis(x, axis, 0, half), gate);
}

static bool glu_samples(int number, sample *s) {
    static const int64_t axes[] = {-1, 0, 1};
    if (number >= (int)LENGTH(axes)) return false;
    ((along_attrs *)s->attrs)->axis = axes[number];
    sample_real(s, MICA_SHAPE(2, 4, 6));
    return true;
}

const op op_glu = {.name = "glu",
                   .inputs = 1,
                   .outputs = 1,
                   .traits = PURE,
                   .fields = along_fields,
                   .attrs_size = sizeof(along_attrs),
                   .shape = glu_shape,
                   .compose = glu_compose,
                   .samples = glu_samples,
                   .tolerance = 1e-5};

mica_tensor *mica_glu(mica_tensor *x, int64_t axis) {
    return EMIT(&op_glu, &(along_attrs){axis}, x);
}
