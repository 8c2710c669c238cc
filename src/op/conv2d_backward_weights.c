/* conv2d_backward_weights: dw[p,q,c,f] = sum over b, i, j of x[b, i s - top + p d, …, c]
 * dy[b,i,j,f]: the gradient of conv2d for its weights. x (B, H, W, C), dy (B, OH, OW, F), images in
 * the layout, dw in the shape of `like` (KH, KW, C/groups, F), whose values do not matter.
 * Gradient: conv2d_backward_data and conv2d. */
#include "op/window.h"

static mica_status conv2d_backward_weights_shape(shape_frame *f) {
    TRY(require_float(f, 0));
    if (f->in[1].dtype != f->in[0].dtype)
        return type_fail(f, "gradient is %s, expected %s", mica_dtype_name(f->in[1].dtype),
                         mica_dtype_name(f->in[0].dtype));
    shape dy;
    TRY(conv2d_result(f, &f->in[0].shape, &f->in[2].shape, &dy));
    TRY(require_shape(f, 1, &dy));
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = f->in[2].shape};
    return MICA_OK;
}

static void conv2d_backward_weights_gradient(gradient_frame *g) {
    if (g->need[0])
        g->din[0] = EMIT(&op_conv2d_backward_data, g->attrs, g->in[1], g->dout[0], g->in[0]);
    if (g->need[1]) g->din[1] = EMIT(&op_conv2d, g->attrs, g->in[0], g->dout[0]);
}

/* The sum that makes dw[p, q, k, f]; k counts within the group. */
static double backward_weights_sum(const kernel_call *c, const window *g, int64_t p, int64_t q,
                                   int64_t k, int64_t f) {
    int64_t channel = f / (g->filters / g->groups) * (g->channels / g->groups) + k;
    double sum = 0;
    for (int64_t b = 0; b < g->batch; b++)
        for (int64_t i = 0; i < g->out[0]; i++)
            for (int64_t j = 0; j < g->out[1]; j++) {
                int64_t h = i * g->strides[0] - g->before[0] + p * g->dilations[0];
                int64_t w = j * g->strides[1] - g->before[1] + q * g->dilations[1];
                if (h < 0 || h >= g->in[0] || w < 0 || w >= g->in[1]) continue;
                sum += element(c, 0, image_at(g, g->in, g->channels, b, h, w, channel)) *
                       element(c, 1, image_at(g, g->out, g->filters, b, i, j, f));
            }
    return sum;
}

static void conv2d_backward_weights_reference(const kernel_call *c) {
    const shape *w = &c->out_info[0].shape;
    window g;
    conv2d_window(c->attrs, &c->in_info[0].shape, w, &g);
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(w); i < n; i++, next_index(w, at))
        set_element(c, 0, i, backward_weights_sum(c, &g, at[0], at[1], at[2], at[3]));
}

static bool conv2d_backward_weights_samples(int number, sample *s) {
    shape x, w, y;
    if (!conv2d_case(number, s->attrs, &x, &w, &y)) return false;
    sample_real(s, x);
    sample_real(s, y);
    sample_like(s, w);
    return true;
}

const op op_conv2d_backward_weights = {
    .name = "conv2d_backward_weights",
    .inputs = 3,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 2,
    .fields = conv2d_fields,
    .attrs_size = sizeof(conv2d_attrs),
    .shape = conv2d_backward_weights_shape,
    .gradient = conv2d_backward_weights_gradient,
    .reference = conv2d_backward_weights_reference,
    .samples = conv2d_backward_weights_samples,
    .tolerance = 1e-4,
};
