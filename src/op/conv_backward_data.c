/* conv_backward_data: dx[b,h,w,c] = sum over all i, j, p, q, f with h = i s - top + p d of
 * dy[b,i,j,f] w[p,q,c,f]: the gradient of conv for its images, and the transposed convolution; with
 * one to three axes of space. dy (B, OH, OW, F), w (KH, KW, C/groups, F), dx (B, H, W, C), all
 * images in the layout. H and W are those of a third input `like` (its values do not matter), else
 * OH stride + output_extra.
 * Gradient: conv and conv_backward_weights.  Source: keras.layers.Conv1DTranspose to 3D. */
#include "op/window.h"

#include "mica/math.h"

/* dx from dy and w where there is no `like`. */
static mica_status transposed_result(shape_frame *f, const shape *dy, const shape *w, shape *dx) {
    const conv_attrs *a = f->attrs;
    int rank = dy->rank, axes = rank - 2;
    TRY(require_image(f, dy));
    if (w->rank != rank)
        return shape_fail(f, "weights of rank %d, expected %d: (extents, filters, channels)",
                          w->rank, rank);
    *dx = *dy;
    int64_t depth = w->dims[rank - 2];
    dx->dims[channel_axis(a->layout, rank)] = depth < 0 ? -1 : depth * a->groups;
    for (int i = 0; i < axes; i++) {
        int own = WINDOW_AXES - axes + i, axis = space_axis(a->layout) + i;
        int64_t n = dy->dims[axis];
        int64_t extent = n < 0 ? -1 : n * a->strides[own] + a->output_extra[own];
        if (n >= 0 && extent < 1)
            return shape_fail(f, "the result would have extent %lld along axis %d",
                              (long long)extent, axis);
        dx->dims[axis] = extent;
    }
    return MICA_OK;
}

static mica_status conv_backward_data_shape(shape_frame *f) {
    if (f->inputs < 2 || f->inputs > 3)
        return shape_fail(f, "%d inputs, expected 2 or 3", f->inputs);
    TRY(require_float(f, 0));
    if (f->in[1].dtype != f->in[0].dtype)
        return type_fail(f, "weights are %s, expected %s", mica_dtype_name(f->in[1].dtype),
                         mica_dtype_name(f->in[0].dtype));
    shape dx, dy;
    if (f->inputs == 3) dx = f->in[2].shape;
    else TRY(transposed_result(f, &f->in[0].shape, &f->in[1].shape, &dx));
    TRY(conv_result(f, &dx, &f->in[1].shape, &dy));
    TRY(require_shape(f, 0, &dy));
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = dx};
    return MICA_OK;
}

static void conv_backward_data_gradient(gradient_frame *g) {
    conv_attrs a = *(const conv_attrs *)g->attrs;
    memset(a.output_extra, 0, sizeof a.output_extra);
    if (g->need[0]) g->din[0] = EMIT(&op_conv, &a, g->dout[0], g->in[1]);
    if (g->need[1]) g->din[1] = EMIT(&op_conv_backward_weights, &a, g->dout[0], g->in[0], g->in[1]);
}

/* The sum that makes dx[b, h, w, k]; at: b and place. */
static double backward_data_sum(const kernel_call *c, const window *g, const int64_t *at,
                                int64_t k) {
    int64_t depth = g->channels / g->groups, filters = g->filters / g->groups;
    int64_t first = k / depth * filters, p[MAX_RANK] = {0}, from[3];
    const shape places = window_places(g);
    double sum = 0;
    for (int64_t i = 0, n = shape_size(&places); i < n; i++, next_index(&places, p)) {
        if (!window_reading(g, at + 1, p, from)) continue;
        int64_t row = (i * depth + k % depth) * g->filters;
        for (int64_t f = first; f < first + filters; f++)
            sum += element(c, 0, image_at(g, g->out, g->filters, at[0], from, f)) *
                   element(c, 1, row + f);
    }
    return sum;
}

static void conv_backward_data_reference(const kernel_call *c) {
    window g;
    conv_window(c->attrs, &c->out_info[0].shape, &c->in_info[1].shape, &g);
    const shape x = window_image(&g, g.in, g.channels);
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(&x); i < n; i++, next_index(&x, at))
        set_element(c, 0, image_at(&g, g.in, g.channels, at[0], at + 1, at[4]),
                    backward_data_sum(c, &g, at, at[4]));
}

/* With `like`, and then as a transposed convolution of the same extents. */
static bool conv_backward_data_samples(int number, sample *s) {
    conv_attrs *a = s->attrs;
    shape x, w, y;
    if (!conv_case(number / 2, a, &x, &w, &y)) return false;
    sample_real(s, y);
    sample_real(s, w);
    if (number % 2 == 0) sample_like(s, x);
    for (int i = 0, axes = x.rank - 2; i < axes && number % 2 == 1; i++) {
        int own = WINDOW_AXES - axes + i, axis = space_axis(a->layout) + i;
        a->output_extra[own] = x.dims[axis] - y.dims[axis] * a->strides[own];
    }
    return true;
}

const op op_conv_backward_data = {
    .name = "conv_backward_data",
    .inputs = VARIADIC,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 2,
    .fields = conv_fields,
    .attrs_size = sizeof(conv_attrs),
    .shape = conv_backward_data_shape,
    .gradient = conv_backward_data_gradient,
    .reference = conv_backward_data_reference,
    .samples = conv_backward_data_samples,
    .tolerance = 1e-4,
};

/* Keras's extents: none of output_padding: in * s + max(k' - s, 0) for valid, in * s for same; with
 * output_padding o: (in - 1) s + k' - 2 p + o, p = 0 for valid, k' / 2 for same. Explicit pads are
 * taken off on both sides, as in ONNX ConvTranspose. */
static void transposed_extra(conv_attrs *a, const mica_window_options *o, const shape *w) {
    int axes = w->rank - 2;
    for (int i = 0; i < axes; i++) {
        int own = WINDOW_AXES - axes + i;
        int64_t kernel = (w->dims[i] - 1) * a->dilations[own] + 1;
        int64_t excess = kernel - a->strides[own], more = o->output_padding[i];
        bool given = more != 0;
        if (more == MICA_ZERO) more = 0;
        if (a->padding == MICA_PADDING_EXPLICIT)
            a->output_extra[own] = excess - a->pads[own] - a->pads[own + 3] + more;
        else if (a->padding == MICA_PADDING_VALID)
            a->output_extra[own] = given ? excess + more : excess > 0 ? excess : 0;
        else a->output_extra[own] = given ? excess - kernel / 2 * 2 + more : 0;
    }
}

mica_tensor *mica_conv_transpose(mica_tensor *x, mica_tensor *w, mica_tensor *bias,
                                 const mica_window_options *options) {
    NEEDS(x, w);
    int rank = x->shape.rank;
    mica_window_options o = window_given(x->ctx, options, "conv_transpose");
    conv_attrs a = conv_attrs_of(&o, rank - 2);
    if (w->shape.rank == rank && rank > 2 && rank <= 2 + WINDOW_AXES)
        transposed_extra(&a, &o, &w->shape);
    mica_tensor *y = EMIT(&op_conv_backward_data, &a, x, w);
    if (!bias) return y;
    if (a.layout == MICA_CHANNELS_FIRST) {
        shape column = {rank - 1, {-1, 1, 1, 1}};
        bias = mica_reshape(bias, column);
    }
    return mica_add(y, bias);
}
