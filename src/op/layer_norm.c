/* layer_norm: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, mean and variance over the
 * last axes. x any shape, gamma and beta the shape of these axes, y like x.
 * Gradient: layer_norm_backward.  Source: Ba, Kiros and Hinton, Layer Normalization (2016);
 * keras.layers.LayerNormalization; ONNX LayerNormalization. */
#include "op/layer_norm.h"
#include "mica/nn.h"

static mica_status layer_norm_shape(shape_frame *f) {
    TRY(layer_norm_check(f, 0, 2));
    return shape_of_input(f);
}

static void layer_norm_compose(compose_frame *c) {
    const layer_norm_attrs *a = c->attrs;
    mica_tensor *x = layer_norm_widened(c->in[0], c->in[1]);
    mica_tensor *centred = mica_subtract(x, layer_norm_mean(x, a));
    mica_tensor *y = mica_multiply(centred, layer_norm_factor(centred, a));
    y = mica_add(mica_multiply(y, c->in[1]), c->in[2]);
    c->out[0] = mica_cast(y, c->in[0]->dtype);
}

static void layer_norm_gradient(gradient_frame *g) {
    mica_tensor *in[] = {g->dout[0], g->in[0], g->in[1]};
    emit_many(g->in[0]->ctx, &op_layer_norm_backward, g->attrs, 3, in, 3, g->din);
}

static bool layer_norm_samples(int number, sample *s) {
    shape x, parameters;
    if (!layer_norm_case(number, s->attrs, &x, &parameters)) return false;
    sample_real(s, x);
    sample_real(s, parameters), sample_real(s, parameters);
    return true;
}

const op op_layer_norm = {
    .name = "layer_norm",
    .inputs = 3,
    .outputs = 1,
    .traits = PURE,
    .fields = layer_norm_fields,
    .attrs_size = sizeof(layer_norm_attrs),
    .shape = layer_norm_shape,
    .gradient = layer_norm_gradient,
    .compose = layer_norm_compose,
    .samples = layer_norm_samples,
    .tolerance = 1e-4,
};

mica_tensor *mica_layer_norm(mica_tensor *x, mica_tensor *gamma, mica_tensor *beta, mica_axes axes,
                             double epsilon) {
    NEEDS(x);
    layer_norm_attrs a = {.epsilon = epsilon};
    mica_axes back;
    mica_tensor *turned = layer_norm_turned(x, axes, &a, &back);
    mica_tensor *y = EMIT(&op_layer_norm, &a, turned, layer_norm_parameter(gamma, turned, &a, 1),
                          layer_norm_parameter(beta, turned, &a, 0));
    return back.count ? mica_transpose(y, back) : y;
}
