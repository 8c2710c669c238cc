/* softmax_cross_entropy_grad: dz = dy (p s - t), s the sum of t over K.  dy (…), p (…, K)
 * softmax(z), t (…, K) targets, dz (…, K), float types. For probabilities s is 1. Gradient, with g
 * that of dz: by dy sum of g (p s - t); by p g dy s; by t dy (sum of g p - g). */
#include "op/loss.h"

static void softmax_cross_entropy_grad_gradient(gradient_frame *g) {
    mica_tensor *dy = g->in[0], *p = g->in[1], *t = g->in[2], *d = g->dout[0];
    reduce_attrs last = last_axis(p);
    mica_axes k = MICA_AXES(-1);
    mica_tensor *s = mica_sum(t, k, true), *wide = expand_like(dy, p, &last);
    if (g->need[0]) {
        mica_tensor *each = mica_subtract(mica_multiply(p, s), t);
        g->din[0] = mica_sum(mica_multiply(d, each), k, false);
    }
    if (g->need[1]) g->din[1] = mica_multiply(mica_multiply(d, wide), s);
    if (g->need[2]) {
        mica_tensor *common = mica_sum(mica_multiply(d, p), k, true);
        g->din[2] = mica_multiply(wide, mica_subtract(common, d));
    }
}

static mica_status softmax_cross_entropy_grad_shape(shape_frame *f) {
    TRY(shape_of_row_gradients(f));
    TRY(require_float(f, 2));
    return require_fits(f, 2, &f->in[1].shape, "the probabilities");
}

static void softmax_cross_entropy_grad_reference(const kernel_call *c) {
    mica_dtype dtype = c->out_info[0].dtype, t_type = c->in_info[2].dtype;
    int64_t k = classes_of(&c->in_info[1].shape), n = shape_size(&c->in_info[0].shape);
    for (int64_t i = 0; i < n; i++) {
        double dy = dtype_load(c->in_info[0].dtype, element_of(c->in[0], c->in_info[0].dtype, i)),
               sum = 0;
        for (int64_t j = 0; j < k; j++)
            sum += dtype_load(t_type, element_of(c->in[2], t_type, i * k + j));
        for (int64_t j = i * k; j < (i + 1) * k; j++) {
            double p = dtype_load(dtype, element_of(c->in[1], dtype, j));
            double t = dtype_load(t_type, element_of(c->in[2], t_type, j));
            dtype_store(dtype, element_of(c->out[0], dtype, j), dy * (p * sum - t));
        }
    }
}

static bool softmax_cross_entropy_grad_samples(int number, sample *s) {
    if (!row_gradient_samples(number, s)) return false;
    s->inputs = 3;
    s->in[2] = s->in[1];
    return true;
}

const op op_softmax_cross_entropy_grad = {.name = "softmax_cross_entropy_grad",
                                          .inputs = 3,
                                          .outputs = 1,
                                          .traits = PURE,
                                          .shape = softmax_cross_entropy_grad_shape,
                                          .gradient = softmax_cross_entropy_grad_gradient,
                                          .reference = softmax_cross_entropy_grad_reference,
                                          .samples = softmax_cross_entropy_grad_samples,
                                          .tolerance = ROUNDED};
