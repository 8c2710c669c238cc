/* batch_norm_inference: y = gamma (x - mean) / sqrt(variance + epsilon) + beta.
 * x any shape of rank 2 or more, gamma, beta, mean, variance (C), y like x. A composite: with
 * s = gamma / sqrt(variance + epsilon) it is x s + (beta - mean s).
 * Source: keras.layers.BatchNormalization, training=False. */
#include "mica/math.h"
#include "mica/nn.h"
#include "op/norm.h"

static mica_status batch_norm_inference_shape(shape_frame *f) {
    TRY(batch_norm_check(f, &f->in[0], 1, 4));
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = f->in[0].shape};
    return MICA_OK;
}

static void batch_norm_inference_compose(compose_frame *c) {
    const batch_norm_attrs *a = c->attrs;
    mica_tensor *x = c->in[0];
    mica_tensor *scale = mica_multiply(c->in[1], inverse_deviation(c->in[4], a->epsilon));
    mica_tensor *shift = mica_subtract(c->in[2], mica_multiply(c->in[3], scale));
    mica_tensor *y = mica_add(mica_multiply(x, per_channel(scale, x, a->axis)),
                              per_channel(shift, x, a->axis));
    c->out[0] = mica_cast(y, x->dtype);
}

static void batch_norm_inference_gradient(gradient_frame *g) {
    const batch_norm_attrs *a = g->attrs;
    mica_tensor *x = g->in[0], *gamma = g->in[1], *dy = g->dout[0];
    mica_tensor *r = inverse_deviation(g->in[4], a->epsilon), *scale = mica_multiply(gamma, r);
    if (g->need[0])
        g->din[0] = mica_cast(mica_multiply(dy, per_channel(scale, x, a->axis)), x->dtype);
    if (!g->need[1] && !g->need[2] && !g->need[3] && !g->need[4]) return;
    mica_tensor *sum = mica_cast(channel_sum(dy, a->axis), gamma->dtype);
    mica_tensor *centred = mica_subtract(x, per_channel(g->in[3], x, a->axis));
    mica_tensor *product = mica_cast(channel_sum(mica_multiply(dy, centred), a->axis),
                                     gamma->dtype);
    mica_tensor *cube = mica_multiply(mica_square(r), r);
    g->din[1] = mica_multiply(product, r);
    g->din[2] = sum;
    g->din[3] = mica_negative(mica_multiply(sum, scale));
    g->din[4] = mica_multiply(mica_multiply(mica_multiply(product, gamma), cube),
                              scalar_like(cube, -0.5));
}

static bool batch_norm_inference_samples(int number, sample *s) {
    shape x, channels;
    if (!batch_norm_case(number, s->attrs, &x, &channels)) return false;
    sample_real(s, x);
    for (int i = 0; i < 4; i++) sample_real(s, channels);
    s->in[4].low = 0.5;
    s->in[4].high = 2;
    return true;
}

const op op_batch_norm_inference = {
    .name = "batch_norm_inference",
    .inputs = 5,
    .outputs = 1,
    .traits = PURE,
    .fields = batch_norm_fields,
    .attrs_size = sizeof(batch_norm_attrs),
    .shape = batch_norm_inference_shape,
    .gradient = batch_norm_inference_gradient,
    .compose = batch_norm_inference_compose,
    .samples = batch_norm_inference_samples,
    .tolerance = 1e-4,
};

mica_tensor *mica_batch_norm_inference(mica_tensor *x, mica_tensor *gamma, mica_tensor *beta,
                                       mica_tensor *mean, mica_tensor *variance, int64_t axis,
                                       double epsilon) {
    const batch_norm_attrs a = {epsilon, axis};
    return EMIT(&op_batch_norm_inference, &a, x, gamma, beta, mean, variance);
}
