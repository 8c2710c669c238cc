/* rms_norm: y = gamma x / sqrt(mean(x^2) + epsilon), the mean over the last axes. x any shape,
 * gamma the shape of these axes, y like x.  Gradient: rms_norm_backward.
 * Source: Zhang and Sennrich (2019); keras.layers.RMSNormalization. */
#include "mica/nn.h"
#include "op/layer_norm.h"

static mica_status rms_norm_shape(shape_frame *f) {
    TRY(layer_norm_check(f, 0, 1));
    return shape_of_input(f);
}

static void rms_norm_compose(compose_frame *c) {
    const layer_norm_attrs *a = c->attrs;
    mica_tensor *x = layer_norm_widened(c->in[0], c->in[1]);
    mica_tensor *y = mica_multiply(mica_multiply(x, layer_norm_factor(x, a)), c->in[1]);
    c->out[0] = mica_cast(y, c->in[0]->dtype);
}

static void rms_norm_gradient(gradient_frame *g) {
    mica_tensor *in[] = {g->dout[0], g->in[0], g->in[1]};
    emit_many(g->in[0]->ctx, &op_rms_norm_backward, g->attrs, 3, in, 2, g->din);
}

static bool rms_norm_samples(int number, sample *s) {
    shape x, parameters;
    if (!layer_norm_case(number, s->attrs, &x, &parameters)) return false;
    sample_real(s, x);
    sample_real(s, parameters);
    return true;
}

const op op_rms_norm = {
    .name = "rms_norm",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE,
    .fields = layer_norm_fields,
    .attrs_size = sizeof(layer_norm_attrs),
    .shape = rms_norm_shape,
    .gradient = rms_norm_gradient,
    .compose = rms_norm_compose,
    .samples = rms_norm_samples,
    .tolerance = 1e-4,
};

mica_tensor *mica_rms_norm(mica_tensor *x, mica_tensor *gamma, mica_axes axes, double epsilon) {
    NEEDS(x);
    layer_norm_attrs a = {.epsilon = epsilon};
    mica_axes back;
    mica_tensor *turned = layer_norm_turned(x, axes, &a, &back);
    mica_tensor *y = EMIT(&op_rms_norm, &a, turned, layer_norm_parameter(gamma, turned, &a, 1));
    return back.count ? mica_transpose(y, back) : y;
}
