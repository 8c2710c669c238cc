/* sparse_softmax_cross_entropy: y = log(sum of e^z) - z[label].  z logits (…, K), labels (…) of any
 * number type, y (…); output 1 holds softmax(z) (…, K) for the gradient. A label that is no whole
 * number from 0 to K-1 makes its row NaN.
 * Gradient: dz = sparse_softmax_cross_entropy_grad(dy, p, labels).
 * Source: tf.nn.sparse_softmax_cross_entropy_with_logits. */
#include "op/loss.h"

static void sparse_softmax_cross_entropy_gradient(gradient_frame *g) {
    mica_tensor *p = g->out[1], *dy = g->dout[0], *of_y = NULL;
    if (!g->need[0]) return;
    if (dy) of_y = EMIT(&op_sparse_softmax_cross_entropy_grad, NULL, dy, p, g->in[1]);
    g->din[0] = with_gradient_of_saved(of_y, p, g->dout[1]);
}

static mica_status sparse_softmax_cross_entropy_shape(shape_frame *f) {
    TRY(shape_of_row_losses(f));
    return require_fits(f, 1, &f->out[0].shape, "the rows of the logits");
}

static void sparse_softmax_cross_entropy_reference(const kernel_call *c) {
    mica_dtype dtype = c->in_info[0].dtype;
    int64_t k = classes_of(&c->in_info[0].shape), n = shape_size(&c->out_info[0].shape);
    for (int64_t i = 0; i < n; i++) {
        double y = softmax_row(c, i, k);
        int64_t label = label_of(&c->in_info[1], c->in[1], i, k);
        if (label < 0) y = NAN;
        else y -= dtype_load(dtype, element_of(c->in[0], dtype, i * k + label));
        dtype_store(dtype, element_of(c->out[0], dtype, i), y);
    }
}

static bool sparse_softmax_cross_entropy_samples(int number, sample *s) {
    if (!row_loss_samples(number, s)) return false;
    add_label_samples(s, 0, number);
    return true;
}

const op op_sparse_softmax_cross_entropy = {.name = "sparse_softmax_cross_entropy",
                                            .inputs = 2,
                                            .outputs = 2,
                                            .traits = PURE | SAVES,
                                            .shape = sparse_softmax_cross_entropy_shape,
                                            .gradient = sparse_softmax_cross_entropy_gradient,
                                            .reference = sparse_softmax_cross_entropy_reference,
                                            .samples = sparse_softmax_cross_entropy_samples,
                                            .tolerance = ROUNDED};

mica_tensor *mica_sparse_softmax_cross_entropy(mica_tensor *logits, mica_tensor *labels) {
    mica_tensor *in[] = {logits, labels}, *out[2];
    emit_many(context_of(logits), &op_sparse_softmax_cross_entropy, NULL, 2, in, 2, out);
    return out[0];
}
