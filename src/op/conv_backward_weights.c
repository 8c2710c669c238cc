/* conv_backward_weights: dw[p,q,c,f] = sum over b, i, j of x[b, i s - top + p d, …, c]
 * dy[b,i,j,f]: the gradient of conv for its weights. x (B, H, W, C), dy (B, OH, OW, F), images in
 * the layout, dw in the shape of `like` (KH, KW, C/groups, F), whose values do not matter.
 * Gradient: conv_backward_data and conv. */
#include "op/window.h"

static mica_status conv_backward_weights_shape(shape_frame *f) {
    TRY(require_float(f, 0));
    if (f->in[1].dtype != f->in[0].dtype)
        return type_fail(f, "gradient is %s, expected %s", mica_dtype_name(f->in[1].dtype),
                         mica_dtype_name(f->in[0].dtype));
    shape dy;
    TRY(conv_result(f, &f->in[0].shape, &f->in[2].shape, &dy));
    TRY(require_shape(f, 1, &dy));
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = f->in[2].shape};
    return MICA_OK;
}

static void conv_backward_weights_gradient(gradient_frame *g) {
    if (g->need[0])
        g->din[0] = EMIT(&op_conv_backward_data, g->attrs, g->in[1], g->dout[0], g->in[0]);
    if (g->need[1]) g->din[1] = EMIT(&op_conv, g->attrs, g->in[0], g->dout[0]);
}

/* The sum that makes dw[p, q, k, f]; k counts within the group. */
static double backward_weights_sum(const kernel_call *c, const window *g, const int64_t p[3],
                                   int64_t k, int64_t f) {
    int64_t channel = f / (g->filters / g->groups) * (g->channels / g->groups) + k;
    const shape y = {4, {g->batch, g->out[0], g->out[1], g->out[2]}};
    int64_t at[MAX_RANK] = {0}, from[3];
    double sum = 0;
    for (int64_t i = 0, n = shape_size(&y); i < n; i++, next_index(&y, at))
        if (window_reads(g, at + 1, p, from))
            sum += element(c, 0, image_at(g, g->in, g->channels, at[0], from, channel)) *
                   element(c, 1, image_at(g, g->out, g->filters, at[0], at + 1, f));
    return sum;
}

static void conv_backward_weights_reference(const kernel_call *c) {
    window g;
    conv_window(c->attrs, &c->in_info[0].shape, &c->out_info[0].shape, &g);
    const shape w = {5, {g.kernel[0], g.kernel[1], g.kernel[2], g.channels / g.groups, g.filters}};
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(&w); i < n; i++, next_index(&w, at))
        set_element(c, 0, i, backward_weights_sum(c, &g, at, at[3], at[4]));
}

static bool conv_backward_weights_samples(int number, sample *s) {
    shape x, w, y;
    if (!conv_case(number, s->attrs, &x, &w, &y)) return false;
    sample_real(s, x);
    sample_real(s, y);
    sample_like(s, w);
    return true;
}

const op op_conv_backward_weights = {
    .name = "conv_backward_weights",
    .inputs = 3,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 2,
    .fields = conv_fields,
    .attrs_size = sizeof(conv_attrs),
    .shape = conv_backward_weights_shape,
    .gradient = conv_backward_weights_gradient,
    .reference = conv_backward_weights_reference,
    .samples = conv_backward_weights_samples,
    .tolerance = 1e-4,
};
