/* conv2d: y[b,i,j,f] = activation(z + bias[f]), with p, q over the window and c over the channels
 *   z = sum of x[b, i s - top + p d, j s - left + q d, c] w[p,q,c,f]
 * x (B, H, W, C) or (B, C, H, W), w (KH, KW, C/groups, F), bias (F) may be left out,
 * y (B, OH, OW, F) or (B, F, OH, OW). Group g of the filters sees group g of the channels.
 * Gradient: conv2d_backward_data, conv2d_backward_weights; of the bias the sum over B, OH, OW.
 * Source: keras.layers.Conv2D; ONNX Conv. */
#include "op/window.h"

#include "mica/math.h"
#include "op/epilogue.h"

static mica_status conv2d_shape(shape_frame *f) {
    if (f->inputs < 2 || f->inputs > 3)
        return shape_fail(f, "%d inputs, expected 2 or 3", f->inputs);
    TRY(require_float(f, 0));
    for (int i = 1; i < f->inputs; i++)
        if (f->in[i].dtype != f->in[0].dtype)
            return type_fail(f, "%s is %s, expected %s", i == 1 ? "weights" : "bias",
                             mica_dtype_name(f->in[i].dtype), mica_dtype_name(f->in[0].dtype));
    f->out[0].dtype = f->in[0].dtype;
    TRY(conv2d_result(f, &f->in[0].shape, &f->in[1].shape, &f->out[0].shape));
    shape bias = {1, {f->in[1].shape.dims[3]}};
    return f->inputs == 3 ? require_shape(f, 2, &bias) : MICA_OK;
}

static void conv2d_gradient(gradient_frame *g) {
    conv2d_attrs a = *(const conv2d_attrs *)g->attrs;
    mica_tensor *dy = g->dout[0];
    if (a.activation != EPILOGUE_NONE) {
        int64_t activation = a.activation;
        a.activation = EPILOGUE_NONE;
        mica_tensor *z = emit(&op_conv2d, &a, g->inputs, g->in);
        dy = epilogue_gradient(activation, z, g->out[0], dy);
    }
    if (g->need[0]) g->din[0] = EMIT(&op_conv2d_backward_data, &a, dy, g->in[1], g->in[0]);
    if (g->need[1]) g->din[1] = EMIT(&op_conv2d_backward_weights, &a, g->in[0], dy, g->in[1]);
    if (g->inputs > 2 && g->need[2])
        g->din[2] = mica_sum(
            dy, a.layout == MICA_CHANNELS_FIRST ? MICA_AXES(0, 2, 3) : MICA_AXES(0, 1, 2), false);
}

/* The sum that makes y[b, i, j, f], without bias. */
static double conv2d_sum(const kernel_call *c, const window *g, int64_t b, int64_t i, int64_t j,
                         int64_t f) {
    int64_t depth = g->channels / g->groups, first = f / (g->filters / g->groups) * depth;
    double sum = 0;
    for (int64_t p = 0; p < g->kernel[0]; p++)
        for (int64_t q = 0; q < g->kernel[1]; q++) {
            int64_t h = i * g->strides[0] - g->before[0] + p * g->dilations[0];
            int64_t w = j * g->strides[1] - g->before[1] + q * g->dilations[1];
            if (h < 0 || h >= g->in[0] || w < 0 || w >= g->in[1]) continue;
            for (int64_t k = 0; k < depth; k++)
                sum += element(c, 0, image_at(g, g->in, g->channels, b, h, w, first + k)) *
                       element(c, 1, ((p * g->kernel[1] + q) * depth + k) * g->filters + f);
        }
    return sum;
}

static void conv2d_reference(const kernel_call *c) {
    const conv2d_attrs *a = c->attrs;
    window g;
    conv2d_window(a, &c->in_info[0].shape, &c->in_info[1].shape, &g);
    for (int64_t b = 0; b < g.batch; b++)
        for (int64_t i = 0; i < g.out[0]; i++)
            for (int64_t j = 0; j < g.out[1]; j++)
                for (int64_t f = 0; f < g.filters; f++) {
                    double z = conv2d_sum(c, &g, b, i, j, f);
                    if (c->inputs > 2) z += element(c, 2, f);
                    set_element(c, 0, image_at(&g, g.out, g.filters, b, i, j, f),
                                epilogue_apply(a->activation, z));
                }
}

static bool conv2d_samples(int number, sample *s) {
    shape x, w, y;
    if (!conv2d_case(number, s->attrs, &x, &w, &y)) return false;
    sample_real(s, x);
    sample_real(s, w);
    if (number % 2 == 0) sample_real(s, (shape){1, {w.dims[3]}});
    return true;
}

const op op_conv2d = {
    .name = "conv2d",
    .inputs = VARIADIC,
    .outputs = 1,
    .traits = PURE,
    .fields = conv2d_fields,
    .attrs_size = sizeof(conv2d_attrs),
    .shape = conv2d_shape,
    .gradient = conv2d_gradient,
    .reference = conv2d_reference,
    .samples = conv2d_samples,
    .tolerance = 1e-4,
};

mica_tensor *mica_conv2d(mica_tensor *x, mica_tensor *w, mica_tensor *bias,
                         const mica_window_options *options) {
    conv2d_attrs a = conv2d_attrs_of(options);
    return bias ? EMIT(&op_conv2d, &a, x, w, bias) : EMIT(&op_conv2d, &a, x, w);
}
