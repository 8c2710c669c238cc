/* layer_norm_backward: with r = 1 / sqrt(variance + epsilon), h = (x - mean) r, g = gamma dy, means
 * over the last axes and sums over all others:
 *   dx = r (g - mean(g) - h mean(g h)),  dgamma = sum(dy h),  dbeta = sum(dy).
 * In: dy, x, gamma. Mean and variance are taken again, which costs less than keeping h. */
#include "op/layer_norm.h"

static void layer_norm_backward_compose(compose_frame *c) {
    const layer_norm_attrs *a = c->attrs;
    mica_tensor *gamma = c->in[2], *x = layer_norm_widened(c->in[1], gamma);
    mica_tensor *dy = mica_cast(c->in[0], x->dtype);
    mica_tensor *centred = mica_subtract(x, layer_norm_mean(x, a));
    mica_tensor *r = layer_norm_factor(centred, a), *h = mica_multiply(centred, r);
    mica_tensor *g = mica_multiply(dy, gamma);
    mica_tensor *along = mica_multiply(h, layer_norm_mean(mica_multiply(g, h), a));
    mica_tensor *across = mica_subtract(mica_subtract(g, layer_norm_mean(g, a)), along);
    c->out[0] = mica_cast(mica_multiply(r, across), c->in[1]->dtype);
    c->out[1] = mica_cast(sum_to_like(mica_multiply(dy, h), gamma), gamma->dtype);
    c->out[2] = mica_cast(sum_to_like(dy, gamma), gamma->dtype);
}

bool layer_norm_backward_samples(int number, sample *s) {
    shape x, parameters;
    if (!layer_norm_case(number, s->attrs, &x, &parameters)) return false;
    sample_real(s, x), sample_real(s, x);
    sample_real(s, parameters);
    return true;
}

const op op_layer_norm_backward = {
    .name = "layer_norm_backward",
    .inputs = 3,
    .outputs = 3,
    .traits = PURE,
    .fields = layer_norm_fields,
    .attrs_size = sizeof(layer_norm_attrs),
    .shape = layer_norm_backward_check,
    .compose = layer_norm_backward_compose,
    .samples = layer_norm_backward_samples,
    .tolerance = 1e-4,
};
