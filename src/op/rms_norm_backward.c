/* rms_norm_backward: with r = 1 / sqrt(mean(x^2) + epsilon), h = x r, g = gamma dy, means over the
 * last axes and sums over all others:  dx = r (g - h mean(g h)),  dgamma = sum(dy h).
 * In: dy, x, gamma. */
#include "op/layer_norm.h"

static void rms_norm_backward_compose(compose_frame *c) {
    const layer_norm_attrs *a = c->attrs;
    mica_tensor *gamma = c->in[2], *x = layer_norm_widened(c->in[1], gamma);
    mica_tensor *dy = mica_cast(c->in[0], x->dtype), *r = layer_norm_factor(x, a);
    mica_tensor *h = mica_multiply(x, r), *g = mica_multiply(dy, gamma);
    mica_tensor *along = mica_multiply(h, layer_norm_mean(mica_multiply(g, h), a));
    c->out[0] = mica_cast(mica_multiply(r, mica_subtract(g, along)), c->in[1]->dtype);
    c->out[1] = mica_cast(sum_to_like(mica_multiply(dy, h), gamma), gamma->dtype);
}

const op op_rms_norm_backward = {
    .name = "rms_norm_backward",
    .inputs = 3,
    .outputs = 2,
    .traits = PURE,
    .fields = layer_norm_fields,
    .attrs_size = sizeof(layer_norm_attrs),
    .shape = layer_norm_backward_check,
    .compose = rms_norm_backward_compose,
    .samples = layer_norm_backward_samples,
    .tolerance = 1e-4,
};
