/* stack: x_1 … x_n of one shape along a new axis.  Gradient: to each input its slice of dy.
 * Source: numpy.stack. A composite of expand_dims and concatenate. */
#include "op/array.h"

static mica_status stack_shape(shape_frame *f) {
    if (f->inputs < 1 || f->inputs > MAX_INPUTS - 1)
        return shape_fail(f, "%d tensors, expected 1 to %d", f->inputs, MAX_INPUTS - 1);
    shape x = f->in[0].shape, y = {.rank = x.rank + 1};
    TRY(require_rank_between(f, 0, 0, MAX_RANK - 1));
    int axis = 0;
    TRY(require_axis(f, ((const along_attrs *)f->attrs)->axis, y.rank, &axis));
    for (int i = 1; i < f->inputs; i++) {
        char found[128], expected[128];
        shape_format(&f->in[i].shape, found);
        shape_format(&x, expected);
        if (!shape_fits(&x, &f->in[i].shape))
            return shape_fail(f, "tensor %d has shape %s, expected %s", i, found, expected);
        if (f->in[i].dtype != f->in[0].dtype)
            return type_fail(f, "tensor %d is %s, expected %s", i, mica_dtype_name(f->in[i].dtype),
                             mica_dtype_name(f->in[0].dtype));
        for (int k = 0; k < x.rank; k++)
            if (x.dims[k] < 0) x.dims[k] = f->in[i].shape.dims[k];
    }
    for (int i = 0; i < y.rank; i++) y.dims[i] = i == axis ? f->inputs : x.dims[i - (i > axis)];
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = y};
    return MICA_OK;
}

static void stack_compose(compose_frame *c) {
    int64_t axis = ((const along_attrs *)c->attrs)->axis;
    mica_tensor *rows[MAX_INPUTS];
    for (int i = 0; i < c->inputs; i++) rows[i] = mica_expand_dims(c->in[i], axis);
    c->out[0] = mica_concatenate(rows, c->inputs, axis);
}

static void stack_gradient(gradient_frame *g) {
    int axis = 0;
    axis_resolve(((const along_attrs *)g->attrs)->axis, g->in[0]->shape.rank + 1, &axis);
    for (int i = 0; i < g->inputs; i++)
        if (g->need[i])
            g->din[i] = mica_squeeze(slice_axis(g->dout[0], axis, i, i + 1), MICA_AXES(axis));
}

static bool stack_samples(int number, sample *s) {
    static const int64_t axes[] = {0, 1, -1};
    if (number >= (int)LENGTH(axes)) return false;
    ((along_attrs *)s->attrs)->axis = axes[number];
    for (int i = 0; i < 2 + number; i++) sample_real(s, MICA_SHAPE(2, 3));
    return true;
}

const op op_stack = {
    .name = "stack",
    .inputs = VARIADIC,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO,
    .fields = along_fields,
    .attrs_size = sizeof(along_attrs),
    .shape = stack_shape,
    .gradient = stack_gradient,
    .compose = stack_compose,
    .samples = stack_samples,
};

mica_tensor *mica_stack(mica_tensor *const *x, int count, int64_t axis) {
    if (!x || count < 1) return NULL;
    return emit(&op_stack, &(along_attrs){axis}, count, x);
}
