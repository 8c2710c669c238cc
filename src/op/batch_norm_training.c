/* batch_norm_training: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, mean and variance
 * (biased: divided by the number of elements) over all axes but the channels'.
 * x any shape of rank 2 or more, gamma, beta (C); y like x, mean, variance (C).
 * Gradient: batch_norm_backward.  Source: keras.layers.BatchNormalization. */
#include "mica/math.h"
#include "mica/nn.h"
#include "op/norm.h"

static mica_status batch_norm_training_shape(shape_frame *f) {
    TRY(batch_norm_check(f, &f->in[0], 1, 2));
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = f->in[0].shape};
    f->out[1] = f->out[2] = (operand){.dtype = f->in[1].dtype, .shape = f->in[1].shape};
    return MICA_OK;
}

/* What the gradients of the statistics add to dx: dmean / N + dvariance 2 (x - mean) / N. */
static mica_tensor *through_statistics(gradient_frame *g, int64_t axis) {
    mica_tensor *x = g->in[0], *n = channel_size(x, axis), *sum = NULL;
    if (g->dout[1]) sum = mica_broadcast_like(per_channel(mica_divide(g->dout[1], n), x, axis), x);
    if (g->dout[2]) {
        mica_tensor *centred = mica_subtract(x, per_channel(g->out[1], x, axis));
        mica_tensor *slope = mica_divide(mica_multiply(g->dout[2], scalar_like(g->dout[2], 2)), n);
        mica_tensor *part = mica_multiply(centred, per_channel(slope, x, axis));
        sum = sum ? mica_add(sum, part) : part;
    }
    return mica_cast(sum, x->dtype);
}

static void batch_norm_training_gradient(gradient_frame *g) {
    const batch_norm_attrs *a = g->attrs;
    if (g->dout[0]) {
        mica_tensor *in[] = {g->dout[0], g->in[0], g->in[1], g->out[1], g->out[2]};
        emit_many(g->in[0]->ctx, &op_batch_norm_backward, a, 5, in, 3, g->din);
    }
    if (!g->dout[1] && !g->dout[2]) return;
    mica_tensor *more = through_statistics(g, a->axis);
    g->din[0] = g->din[0] ? mica_add(g->din[0], more) : more;
}

static void batch_norm_training_reference(const kernel_call *c) {
    const batch_norm_attrs *a = c->attrs;
    channel_walk w = channel_walk_of(&c->in_info[0].shape, a->axis);
    for (int64_t k = 0; k < w.channels; k++) {
        double mean = 0, variance = 0;
        for (int64_t i = 0; i < w.count; i++) mean += element(c, 0, channel_at(&w, k, i));
        mean /= (double)w.count;
        for (int64_t i = 0; i < w.count; i++) {
            double d = element(c, 0, channel_at(&w, k, i)) - mean;
            variance += d * d;
        }
        variance /= (double)w.count;
        double scale = element(c, 1, k) / sqrt(variance + a->epsilon), shift = element(c, 2, k);
        for (int64_t i = 0; i < w.count; i++) {
            int64_t at = channel_at(&w, k, i);
            set_element(c, 0, at, (element(c, 0, at) - mean) * scale + shift);
        }
        set_element(c, 1, k, mean);
        set_element(c, 2, k, variance);
    }
}

static bool batch_norm_training_samples(int number, sample *s) {
    shape x, channels;
    if (!batch_norm_case(number, s->attrs, &x, &channels)) return false;
    sample_real(s, x);
    sample_real(s, channels);
    sample_real(s, channels);
    return true;
}

const op op_batch_norm_training = {
    .name = "batch_norm_training",
    .inputs = 3,
    .outputs = 3,
    .traits = PURE,
    .fields = batch_norm_fields,
    .attrs_size = sizeof(batch_norm_attrs),
    .shape = batch_norm_training_shape,
    .gradient = batch_norm_training_gradient,
    .reference = batch_norm_training_reference,
    .samples = batch_norm_training_samples,
    .tolerance = 1e-4,
};

mica_tensor *mica_batch_norm_training(mica_tensor *x, mica_tensor *gamma, mica_tensor *beta,
                                      int64_t axis, double epsilon, mica_tensor **mean,
                                      mica_tensor **variance) {
    const batch_norm_attrs a = {epsilon, axis};
    mica_tensor *in[] = {x, gamma, beta}, *out[3];
    emit_many(context_of(x), &op_batch_norm_training, &a, 3, in, 3, out);
    if (mean) *mean = out[1];
    if (variance) *variance = out[2];
    return out[0];
}
