/* resize_backward: dx in the shape of x (its values do not matter): every dy added, with its
 * weights, where resize took it from.  Gradient: resize. */
#include "op/resize.h"

static mica_status resize_backward_shape(shape_frame *f) {
    TRY(require_float(f, 0));
    shape y;
    int axis;
    TRY(resize_result(f, &f->in[1].shape, &y, &axis));
    TRY(require_shape(f, 0, &y));
    return shape_of_second(f);
}

static void resize_backward_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_resize, g->attrs, g->dout[0]);
}

static void resize_backward_reference(const kernel_call *c) {
    const resize_attrs *a = c->attrs;
    const shape *y = &c->in_info[0].shape, *x = &c->out_info[0].shape;
    int axis = (int)(a->axis < 0 ? a->axis + x->rank : a->axis);
    resize_axis r = resize_axis_for(a, x->dims[axis], y->dims[axis]);
    int64_t at[MAX_RANK] = {0}, from[MAX_RANK];
    for (int64_t i = 0, n = shape_size(x), end; i < n; i++, next_index(x, at)) {
        double sum = 0;
        memcpy(from, at, sizeof from);
        for (resize_users(&r, at[axis], &from[axis], &end); from[axis] < end; from[axis]++) {
            resize_source s = resize_source_of(&r, from[axis]);
            if (at[axis] < s.first || at[axis] >= s.end) continue;
            sum += resize_share(&r, &s, at[axis]) * element(c, 0, ravel(y, from));
        }
        set_element(c, 0, i, sum);
    }
}

static bool resize_backward_samples(int number, sample *s) {
    shape x, y;
    if (!resize_case(number, s->attrs, &x, &y)) return false;
    sample_real(s, y);
    sample_like(s, x);
    return true;
}

const op op_resize_backward = {
    .name = "resize_backward",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 1,
    .fields = resize_fields,
    .attrs_size = sizeof(resize_attrs),
    .shape = resize_backward_shape,
    .gradient = resize_backward_gradient,
    .reference = resize_backward_reference,
    .samples = resize_backward_samples,
    .tolerance = 1e-5,
};
