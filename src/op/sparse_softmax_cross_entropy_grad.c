/* sparse_softmax_cross_entropy_grad: dz = dy (p - one_hot(label)).  dy (…), p (…, K) softmax(z),
 * labels (…) of any number type, dz (…, K). A label that is no whole number from 0 to K-1 makes its
 * row NaN. Gradient, with g that of dz: by dy sum over K of g (p - one_hot(label)); by p g dy. */
#include "op/loss.h"

#include "mica/array.h"

static void sparse_softmax_cross_entropy_grad_gradient(gradient_frame *g) {
    mica_tensor *dy = g->in[0], *p = g->in[1], *d = g->dout[0];
    if (g->need[0]) { /* with dy = 1 the op itself is p - one_hot(label) */
        mica_tensor *each = EMIT(&op_sparse_softmax_cross_entropy_grad, NULL, mica_ones_like(dy), p,
                                 g->in[2]);
        g->din[0] = mica_sum(mica_multiply(d, each), MICA_AXES(-1), false);
    }
    if (g->need[1]) {
        reduce_attrs last = last_axis(p);
        g->din[1] = mica_multiply(d, expand_like(dy, p, &last));
    }
}

static mica_status sparse_softmax_cross_entropy_grad_shape(shape_frame *f) {
    TRY(shape_of_row_gradients(f));
    return require_fits(f, 2, &f->in[0].shape, "dy");
}

static void sparse_softmax_cross_entropy_grad_reference(const kernel_call *c) {
    mica_dtype dtype = c->out_info[0].dtype;
    int64_t k = classes_of(&c->in_info[1].shape), n = shape_size(&c->in_info[0].shape);
    for (int64_t i = 0; i < n; i++) {
        double dy = dtype_load(c->in_info[0].dtype, element_of(c->in[0], c->in_info[0].dtype, i));
        int64_t label = label_of(&c->in_info[2], c->in[2], i, k);
        if (label < 0) dy = NAN;
        for (int64_t j = 0; j < k; j++) {
            double p = dtype_load(dtype, element_of(c->in[1], dtype, i * k + j));
            dtype_store(dtype, element_of(c->out[0], dtype, i * k + j), dy * (p - (j == label)));
        }
    }
}

static bool sparse_softmax_cross_entropy_grad_samples(int number, sample *s) {
    if (!row_gradient_samples(number, s)) return false;
    add_label_samples(s, 1, number);
    return true;
}

const op op_sparse_softmax_cross_entropy_grad = {
    .name = "sparse_softmax_cross_entropy_grad",
    .inputs = 3,
    .outputs = 1,
    .traits = PURE,
    .shape = sparse_softmax_cross_entropy_grad_shape,
    .gradient = sparse_softmax_cross_entropy_grad_gradient,
    .reference = sparse_softmax_cross_entropy_grad_reference,
    .samples = sparse_softmax_cross_entropy_grad_samples,
    .tolerance = ROUNDED};
