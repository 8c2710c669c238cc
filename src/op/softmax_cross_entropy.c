/* softmax_cross_entropy: y = -sum over K of t log(softmax(z)) = sum of t (log(sum of e^z) - z).
 * z logits (…, K), t target probabilities (…, K), y (…); output 1 holds softmax(z) (…, K) for the
 * gradient. Where t is 0 nothing is added, even for z = -inf.
 * Gradient: dz = softmax_cross_entropy_grad(dy, p, t); dt = -dy log(softmax(z)).
 * Source: tf.nn.softmax_cross_entropy_with_logits. */
#include "op/loss.h"

static void softmax_cross_entropy_gradient(gradient_frame *g) {
    mica_tensor *z = g->in[0], *t = g->in[1], *p = g->out[1], *dy = g->dout[0];
    if (g->need[0]) {
        mica_tensor *of_y = dy ? EMIT(&op_softmax_cross_entropy_grad, NULL, dy, p, t) : NULL;
        g->din[0] = with_gradient_of_saved(of_y, p, g->dout[1]);
    }
    if (g->need[1] && dy) {
        reduce_attrs last = last_axis(z);
        mica_tensor *each = mica_negative(mica_log_softmax(z, -1));
        g->din[1] = mica_multiply(expand_like(dy, z, &last), each);
    }
}

static mica_status softmax_cross_entropy_shape(shape_frame *f) {
    TRY(shape_of_row_losses(f));
    TRY(require_float(f, 1));
    return require_fits(f, 1, &f->in[0].shape, "the logits");
}

static void softmax_cross_entropy_reference(const kernel_call *c) {
    mica_dtype z_type = c->in_info[0].dtype, t_type = c->in_info[1].dtype;
    int64_t k = classes_of(&c->in_info[0].shape), n = shape_size(&c->out_info[0].shape);
    for (int64_t i = 0; i < n; i++) {
        double log_sum = softmax_row(c, i, k), y = 0;
        for (int64_t j = 0; j < k; j++) {
            double t = dtype_load(t_type, element_of(c->in[1], t_type, i * k + j));
            double z = dtype_load(z_type, element_of(c->in[0], z_type, i * k + j));
            if (t != 0) y += t * (log_sum - z);
        }
        dtype_store(z_type, element_of(c->out[0], z_type, i), y);
    }
}

static bool softmax_cross_entropy_samples(int number, sample *s) {
    if (!row_loss_samples(number, s)) return false;
    s->inputs = 2;
    s->in[1] = s->in[0], s->in[1].low = 0.1, s->in[1].high = 1;
    return true;
}

const op op_softmax_cross_entropy = {.name = "softmax_cross_entropy",
                                     .inputs = 2,
                                     .outputs = 2,
                                     .traits = PURE | SAVES,
                                     .shape = softmax_cross_entropy_shape,
                                     .gradient = softmax_cross_entropy_gradient,
                                     .reference = softmax_cross_entropy_reference,
                                     .samples = softmax_cross_entropy_samples,
                                     .tolerance = ROUNDED};

mica_tensor *mica_softmax_cross_entropy(mica_tensor *logits, mica_tensor *targets) {
    NEEDS(logits, targets);
    mica_tensor *in[] = {logits, mica_cast(targets, logits->dtype)}, *out[2];
    emit_many(context_of(logits), &op_softmax_cross_entropy, NULL, 2, in, 2, out);
    return out[0];
}
