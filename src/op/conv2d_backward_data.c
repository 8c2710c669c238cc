/* conv2d_backward_data: dx[b,h,w,c] = sum over all i, j, p, q, f with h = i s - top + p d of
 * dy[b,i,j,f] w[p,q,c,f]: the gradient of conv2d for its images, and the transposed convolution.
 * dy (B, OH, OW, F), w (KH, KW, C/groups, F), dx (B, H, W, C), all images in the layout. H and W
 * are those of a third input `like` (its values do not matter), else OH stride + output_extra.
 * Gradient: conv2d and conv2d_backward_weights.  Source: keras.layers.Conv2DTranspose. */
#include "op/window.h"

#include "mica/math.h"

/* dx from dy and w where there is no `like`. */
static mica_status transposed_result(shape_frame *f, const shape *dy, const shape *w, shape *dx) {
    const conv2d_attrs *a = f->attrs;
    if (dy->rank != 4) return shape_fail(f, "images of rank %d, expected 4", dy->rank);
    if (w->rank != 4)
        return shape_fail(f, "weights of rank %d, expected 4: (height, width, filters, channels)",
                          w->rank);
    *dx = *dy;
    dx->dims[channel_axis(a->layout)] = w->dims[2] < 0 ? -1 : w->dims[2] * a->groups;
    for (int i = 0; i < 2; i++) {
        int64_t n = dy->dims[height_axis(a->layout) + i];
        int64_t extent = n < 0 ? -1 : n * a->strides[i] + a->output_extra[i];
        if (n >= 0 && extent < 1)
            return shape_fail(f, "the result would have extent %lld along axis %d",
                              (long long)extent, height_axis(a->layout) + i);
        dx->dims[height_axis(a->layout) + i] = extent;
    }
    return MICA_OK;
}

static mica_status conv2d_backward_data_shape(shape_frame *f) {
    if (f->inputs < 2 || f->inputs > 3)
        return shape_fail(f, "%d inputs, expected 2 or 3", f->inputs);
    TRY(require_float(f, 0));
    if (f->in[1].dtype != f->in[0].dtype)
        return type_fail(f, "weights are %s, expected %s", mica_dtype_name(f->in[1].dtype),
                         mica_dtype_name(f->in[0].dtype));
    shape dx, dy;
    if (f->inputs == 3) dx = f->in[2].shape;
    else TRY(transposed_result(f, &f->in[0].shape, &f->in[1].shape, &dx));
    TRY(conv2d_result(f, &dx, &f->in[1].shape, &dy));
    TRY(require_shape(f, 0, &dy));
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = dx};
    return MICA_OK;
}

static void conv2d_backward_data_gradient(gradient_frame *g) {
    conv2d_attrs a = *(const conv2d_attrs *)g->attrs;
    memset(a.output_extra, 0, sizeof a.output_extra);
    if (g->need[0]) g->din[0] = EMIT(&op_conv2d, &a, g->dout[0], g->in[1]);
    if (g->need[1])
        g->din[1] = EMIT(&op_conv2d_backward_weights, &a, g->dout[0], g->in[0], g->in[1]);
}

/* The sum that makes dx[b, h, w, k]. */
static double backward_data_sum(const kernel_call *c, const window *g, int64_t b, int64_t h,
                                int64_t w, int64_t k) {
    int64_t depth = g->channels / g->groups, filters = g->filters / g->groups;
    int64_t first = k / depth * filters;
    double sum = 0;
    for (int64_t p = 0; p < g->kernel[0]; p++)
        for (int64_t q = 0; q < g->kernel[1]; q++) {
            int64_t i = h + g->before[0] - p * g->dilations[0];
            int64_t j = w + g->before[1] - q * g->dilations[1];
            if (i < 0 || i % g->strides[0] != 0 || j < 0 || j % g->strides[1] != 0) continue;
            i /= g->strides[0];
            j /= g->strides[1];
            if (i >= g->out[0] || j >= g->out[1]) continue;
            int64_t row = ((p * g->kernel[1] + q) * depth + k % depth) * g->filters;
            for (int64_t f = first; f < first + filters; f++)
                sum += element(c, 0, image_at(g, g->out, g->filters, b, i, j, f)) *
                       element(c, 1, row + f);
        }
    return sum;
}

static void conv2d_backward_data_reference(const kernel_call *c) {
    window g;
    conv2d_window(c->attrs, &c->out_info[0].shape, &c->in_info[1].shape, &g);
    for (int64_t b = 0; b < g.batch; b++)
        for (int64_t h = 0; h < g.in[0]; h++)
            for (int64_t w = 0; w < g.in[1]; w++)
                for (int64_t k = 0; k < g.channels; k++)
                    set_element(c, 0, image_at(&g, g.in, g.channels, b, h, w, k),
                                backward_data_sum(c, &g, b, h, w, k));
}

/* With `like`, and then as a transposed convolution of the same extents. */
static bool conv2d_backward_data_samples(int number, sample *s) {
    conv2d_attrs *a = s->attrs;
    shape x, w, y;
    if (!conv2d_case(number / 2, a, &x, &w, &y)) return false;
    sample_real(s, y);
    sample_real(s, w);
    if (number % 2 == 0) sample_like(s, x);
    for (int i = 0; i < 2 && number % 2 == 1; i++) {
        int axis = height_axis(a->layout) + i;
        a->output_extra[i] = x.dims[axis] - y.dims[axis] * a->strides[i];
    }
    return true;
}

const op op_conv2d_backward_data = {
    .name = "conv2d_backward_data",
    .inputs = VARIADIC,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 2,
    .fields = conv2d_fields,
    .attrs_size = sizeof(conv2d_attrs),
    .shape = conv2d_backward_data_shape,
    .gradient = conv2d_backward_data_gradient,
    .reference = conv2d_backward_data_reference,
    .samples = conv2d_backward_data_samples,
    .tolerance = 1e-4,
};

/* Keras's extents: none of output_padding: in * s + max(k' - s, 0) for valid, in * s for same; with
 * output_padding o: (in - 1) s + k' - 2 p + o, p = 0 for valid, k' / 2 for same. Explicit pads are
 * taken off on both sides, as in ONNX ConvTranspose. */
static void transposed_extra(conv2d_attrs *a, const mica_window_options *o, const shape *w) {
    for (int i = 0; i < 2; i++) {
        int64_t kernel = (w->dims[i] - 1) * a->dilations[i] + 1, excess = kernel - a->strides[i];
        int64_t more = o ? o->output_padding[i] : 0;
        bool given = more != 0;
        if (more == MICA_ZERO) more = 0;
        if (a->padding == MICA_PADDING_EXPLICIT)
            a->output_extra[i] = excess - a->pads[i] - a->pads[i + 2] + more;
        else if (a->padding == MICA_PADDING_VALID)
            a->output_extra[i] = given ? excess + more : excess > 0 ? excess : 0;
        else a->output_extra[i] = given ? excess - kernel / 2 * 2 + more : 0;
    }
}

mica_tensor *mica_conv2d_transpose(mica_tensor *x, mica_tensor *w, mica_tensor *bias,
                                   const mica_window_options *options) {
    conv2d_attrs a = conv2d_attrs_of(options);
    if (w->shape.rank == 4) transposed_extra(&a, options, &w->shape);
    mica_tensor *y = EMIT(&op_conv2d_backward_data, &a, x, w);
    if (!bias) return y;
    if (a.layout == MICA_CHANNELS_FIRST) bias = mica_reshape(bias, MICA_SHAPE(-1, 1, 1));
    return mica_add(y, bias);
}
