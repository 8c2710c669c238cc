/* slice_backward: zeros in the shape of x, with dy where slice took it from. The values of x do not
 * matter.  Gradient: the same slice. */
#include "op/array.h"

static mica_status slice_backward_shape(shape_frame *f) {
    shape y;
    TRY(slice_result(f, &f->in[1].shape, &y));
    TRY(require_shape(f, 0, &y));
    return shape_of_second(f);
}

static void slice_backward_gradient(gradient_frame *g) {
    g->din[0] = EMIT(&op_slice, g->attrs, g->dout[0]);
}

static void slice_backward_reference(const kernel_call *c) {
    const slice_attrs *a = c->attrs;
    const shape *y = &c->in_info[0].shape, *x = &c->out_info[0].shape;
    size_t size = mica_dtype_size(c->out_info[0].dtype), total = (size_t)shape_size(x) * size;
    if (total > 0) memset(c->out[0], 0, total);
    int64_t at[MAX_RANK] = {0}, to[MAX_RANK], first, count;
    for (int64_t i = 0, n = shape_size(y); i < n; i++, next_index(y, at)) {
        for (int k = 0; k < x->rank; k++) {
            slice_range(a->begin.dims[k], a->end.dims[k], a->step.dims[k], x->dims[k], &first,
                        &count);
            to[k] = first + at[k] * a->step.dims[k];
        }
        copy_element(c, 0, ravel(x, to), 0, i);
    }
}

static bool slice_backward_samples(int number, sample *s) {
    static const shape slices[] = {{2, {2, 3}}, {2, {2, 3}}, {2, {4, 3}}};
    if (!slice_case(number, s->attrs)) return false;
    sample_real(s, slices[number]);
    sample_like(s, MICA_SHAPE(4, 5));
    return true;
}

const op op_slice_backward = {
    .name = "slice_backward",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO,
    .shape_inputs = 1 << 1,
    .fields = slice_fields,
    .attrs_size = sizeof(slice_attrs),
    .shape = slice_backward_shape,
    .gradient = slice_backward_gradient,
    .reference = slice_backward_reference,
    .samples = slice_backward_samples,
};
