/* conv: y[b,i,j,f] = activation(z + bias[f]), with p, q over the window and c over the channels
 *   z = sum of x[b, i s - top + p d, j s - left + q d, c] w[p,q,c,f]
 * and so for one axis of space, and for three. x (B, H, W, C) or (B, C, H, W),
 * w (KH, KW, C/groups, F), bias (F) may be left out, y (B, OH, OW, F) or (B, F, OH, OW). Group g of
 * the filters sees group g of the channels.
 * Gradient: conv_backward_data, conv_backward_weights; of the bias the sum over B, OH, OW.
 * Source: keras.layers.Conv1D to Conv3D; ONNX Conv. */
#include "op/window.h"

#include "mica/math.h"
#include "op/epilogue.h"

static mica_status conv_shape(shape_frame *f) {
    if (f->inputs < 2 || f->inputs > 3)
        return shape_fail(f, "%d inputs, expected 2 or 3", f->inputs);
    TRY(require_float(f, 0));
    for (int i = 1; i < f->inputs; i++)
        if (f->in[i].dtype != f->in[0].dtype)
            return type_fail(f, "%s is %s, expected %s", i == 1 ? "weights" : "bias",
                             mica_dtype_name(f->in[i].dtype), mica_dtype_name(f->in[0].dtype));
    f->out[0].dtype = f->in[0].dtype;
    TRY(conv_result(f, &f->in[0].shape, &f->in[1].shape, &f->out[0].shape));
    shape bias = {1, {f->in[1].shape.dims[f->in[1].shape.rank - 1]}};
    return f->inputs == 3 ? require_shape(f, 2, &bias) : MICA_OK;
}

static mica_axes all_but_channels(int64_t layout, int rank) {
    mica_axes axes = {0};
    for (int i = 0; i < rank; i++)
        if (i != channel_axis(layout, rank)) axes.axes[axes.count++] = i;
    return axes;
}

static void conv_gradient(gradient_frame *g) {
    conv_attrs a = *(const conv_attrs *)g->attrs;
    mica_tensor *dy = g->dout[0];
    if (a.activation != EPILOGUE_NONE) {
        int64_t activation = a.activation;
        a.activation = EPILOGUE_NONE;
        mica_tensor *z = emit(&op_conv, &a, g->inputs, g->in);
        dy = epilogue_gradient(activation, z, g->out[0], dy);
    }
    if (g->need[0]) g->din[0] = EMIT(&op_conv_backward_data, &a, dy, g->in[1], g->in[0]);
    if (g->need[1]) g->din[1] = EMIT(&op_conv_backward_weights, &a, g->in[0], dy, g->in[1]);
    if (g->inputs > 2 && g->need[2])
        g->din[2] = mica_sum(dy, all_but_channels(a.layout, dy->shape.rank), false);
}

/* The sum that makes y[b, i, j, f], without bias; at: b and place. */
static double conv_sum(const kernel_call *c, const window *g, const int64_t *at, int64_t f) {
    int64_t depth = g->channels / g->groups, first = f / (g->filters / g->groups) * depth;
    int64_t p[MAX_RANK] = {0}, from[3];
    const shape places = window_places(g);
    double sum = 0;
    for (int64_t i = 0, n = shape_size(&places); i < n; i++, next_index(&places, p)) {
        if (!window_reads(g, at + 1, p, from)) continue;
        for (int64_t k = 0; k < depth; k++)
            sum += element(c, 0, image_at(g, g->in, g->channels, at[0], from, first + k)) *
                   element(c, 1, (i * depth + k) * g->filters + f);
    }
    return sum;
}

static void conv_reference(const kernel_call *c) {
    const conv_attrs *a = c->attrs;
    window g;
    conv_window(a, &c->in_info[0].shape, &c->in_info[1].shape, &g);
    const shape y = window_image(&g, g.out, g.filters);
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(&y); i < n; i++, next_index(&y, at)) {
        double z = conv_sum(c, &g, at, at[4]);
        if (c->inputs > 2) z += element(c, 2, at[4]);
        set_element(c, 0, image_at(&g, g.out, g.filters, at[0], at + 1, at[4]),
                    epilogue_apply(a->activation, z));
    }
}

static bool conv_samples(int number, sample *s) {
    shape x, w, y;
    if (!conv_case(number, s->attrs, &x, &w, &y)) return false;
    sample_real(s, x);
    sample_real(s, w);
    if (number % 2 == 0) sample_real(s, (shape){1, {w.dims[w.rank - 1]}});
    return true;
}

const op op_conv = {
    .name = "conv",
    .inputs = VARIADIC,
    .outputs = 1,
    .traits = PURE,
    .fields = conv_fields,
    .attrs_size = sizeof(conv_attrs),
    .shape = conv_shape,
    .gradient = conv_gradient,
    .reference = conv_reference,
    .samples = conv_samples,
    .tolerance = 1e-4,
};

mica_tensor *mica_conv(mica_tensor *x, mica_tensor *w, mica_tensor *bias,
                       const mica_window_options *options) {
    NEEDS(x, w);
    mica_window_options o = window_given(x->ctx, options, "conv");
    conv_attrs a = conv_attrs_of(&o, x->shape.rank - 2);
    return bias ? EMIT(&op_conv, &a, x, w, bias) : EMIT(&op_conv, &a, x, w);
}
