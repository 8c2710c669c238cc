/* softmax_grad: dx = y (dy - s), s the sum of dy y along the axis.  dy, y (softmax's output), dx
 * one shape, any float type. Gradient, with g that of dx: by dy softmax_grad(g, y); by y g (dy - s)
 * - dy t, t the sum of g y. */
#include "op/elementwise.h"
#include "op/reduce.h"

static void softmax_grad_gradient(gradient_frame *g) {
    const axis_attrs *a = g->attrs;
    mica_tensor *dy = g->in[0], *y = g->in[1], *d = g->dout[0];
    if (g->need[0]) g->din[0] = EMIT(&op_softmax_grad, a, d, y);
    if (g->need[1]) {
        mica_tensor *s = mica_sum(mica_multiply(dy, y), MICA_AXES(a->axis), true);
        mica_tensor *t = mica_sum(mica_multiply(d, y), MICA_AXES(a->axis), true);
        g->din[1] = mica_subtract(mica_multiply(d, mica_subtract(dy, s)), mica_multiply(dy, t));
    }
}

static void softmax_grad_reference(const kernel_call *c) {
    mica_dtype dtype = c->out_info[0].dtype;
    reduce_walk w = walk_axis(&c->in_info[0], c->in[0], c->attrs);
    reduce_walk v = walk_axis(&c->in_info[1], c->in[1], c->attrs);
    for (int64_t i = 0; i < w.count; i++) {
        reduce_span dy = walk_at(&w, i), y = walk_at(&v, i);
        double sum = 0;
        for (int64_t k = 0; k < dy.count; k++) sum += span_at(&dy, k) * span_at(&y, k);
        for (int64_t k = 0; k < dy.count; k++)
            dtype_store(dtype, element_of(c->out[0], dtype, span_index(&dy, k)),
                        span_at(&y, k) * (span_at(&dy, k) - sum));
    }
}

static mica_status softmax_grad_shape(shape_frame *f) {
    TRY(shape_of_softmax(f));
    TRY(require_fits(f, 1, &f->in[0].shape, "dy"));
    return shape_of_softmax(f);
}

static bool softmax_grad_samples(int number, sample *s) {
    if (!axis_samples(number, s)) return false;
    s->in[1] = s->in[0], s->in[1].low = 0, s->in[1].high = 1, s->inputs = 2;
    return true;
}

const op op_softmax_grad = {.name = "softmax_grad",
                            .inputs = 2,
                            .outputs = 1,
                            .traits = PURE,
                            .fields = axis_fields,
                            .attrs_size = sizeof(axis_attrs),
                            .shape = softmax_grad_shape,
                            .gradient = softmax_grad_gradient,
                            .reference = softmax_grad_reference,
                            .samples = softmax_grad_samples,
                            .tolerance = ROUNDED};
