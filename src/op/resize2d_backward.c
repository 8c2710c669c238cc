/* resize2d_backward: dx in the shape of x (its values do not matter): every dy added, with its
 * weights, where resize2d took it from.  Gradient: resize2d. */
#include "op/resize.h"

static mica_status resize2d_backward_shape(shape_frame *f) {
    TRY(require_float(f, 0));
    shape y;
    TRY(resize2d_result(f, &f->in[1].shape, &y));
    TRY(require_shape(f, 0, &y));
    return shape_of_second(f);
}

static void resize2d_backward_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_resize2d, g->attrs, g->dout[0]);
}

/* How much of element `from` of an axis is in element i of the result. */
static double share(int64_t method, int64_t i, int64_t from, int64_t n, int64_t size) {
    resize_tap t = resize_source(method, i, n, size);
    return (t.at[0] == from ? t.weight[0] : 0) + (t.at[1] == from ? t.weight[1] : 0);
}

static void resize2d_backward_reference(const kernel_call *c) {
    const resize2d_attrs *a = c->attrs;
    const shape *y = &c->in_info[0].shape, *x = &c->out_info[0].shape;
    int h = height_axis(a->layout), w = h + 1;
    int64_t at[MAX_RANK] = {0}, from[MAX_RANK];
    for (int64_t i = 0, n = shape_size(x); i < n; i++, next_index(x, at)) {
        double sum = 0;
        memcpy(from, at, sizeof from);
        for (from[h] = 0; from[h] < y->dims[h]; from[h]++) {
            double row = share(a->method, from[h], at[h], x->dims[h], y->dims[h]);
            for (from[w] = 0; row != 0 && from[w] < y->dims[w]; from[w]++) {
                double column = share(a->method, from[w], at[w], x->dims[w], y->dims[w]);
                if (column != 0) sum += row * column * element(c, 0, ravel(y, from));
            }
        }
        set_element(c, 0, i, sum);
    }
}

static bool resize2d_backward_samples(int number, sample *s) {
    shape x, y;
    if (!resize2d_case(number, s->attrs, &x, &y)) return false;
    sample_real(s, y);
    sample_like(s, x);
    return true;
}

const op op_resize2d_backward = {
    .name = "resize2d_backward",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 1,
    .fields = resize2d_fields,
    .attrs_size = sizeof(resize2d_attrs),
    .shape = resize2d_backward_shape,
    .gradient = resize2d_backward_gradient,
    .reference = resize2d_backward_reference,
    .samples = resize2d_backward_samples,
    .tolerance = 1e-5,
};
