/* avg_pool2d: the mean of each window; padding is left out of it, or with count_padding counts as
 * zeros.  x (B, H, W, C) or (B, C, H, W), y (B, OH, OW, C).  Gradient: avg_pool2d_backward.
 * Source: keras.layers.AveragePooling2D; ONNX AveragePool. */
#include "op/window.h"

static mica_status avg_pool2d_shape(shape_frame *f) {
    TRY(require_float(f, 0));
    f->out[0].dtype = f->in[0].dtype;
    return pool2d_result(f, &f->in[0].shape, &f->out[0].shape);
}

static void avg_pool2d_gradient(gradient_frame *g) {
    g->din[0] = EMIT(&op_avg_pool2d_backward, g->attrs, g->dout[0], g->in[0]);
}

int64_t avg_pool2d_count(const window *g, int64_t i, int64_t j, bool count_padding) {
    int64_t count = 1, at[2] = {i, j};
    for (int k = 0; k < 2; k++) {
        int64_t low = count_padding ? -g->before[k] : 0;
        int64_t high = count_padding ? g->in[k] + g->after[k] : g->in[k];
        int64_t first = at[k] * g->strides[k] - g->before[k], end = first + g->kernel[k];
        count *= (end < high ? end : high) - (first > low ? first : low);
    }
    return count;
}

static void avg_pool2d_reference(const kernel_call *c) {
    const pool2d_attrs *a = c->attrs;
    window g;
    pool2d_window(a, &c->in_info[0].shape, &g);
    const shape each = {4, {g.batch, g.out[0], g.out[1], g.channels}};
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(&each); i < n; i++, next_index(&each, at)) {
        double sum = 0;
        for (int64_t p = 0; p < g.kernel[0]; p++)
            for (int64_t q = 0; q < g.kernel[1]; q++) {
                int64_t h = at[1] * g.strides[0] - g.before[0] + p;
                int64_t w = at[2] * g.strides[1] - g.before[1] + q;
                if (h < 0 || h >= g.in[0] || w < 0 || w >= g.in[1]) continue;
                sum += element(c, 0, image_at(&g, g.in, g.channels, at[0], h, w, at[3]));
            }
        set_element(c, 0, image_at(&g, g.out, g.channels, at[0], at[1], at[2], at[3]),
                    sum / (double)avg_pool2d_count(&g, at[1], at[2], a->count_padding != 0));
    }
}

static bool avg_pool2d_samples(int number, sample *s) {
    shape x, y;
    if (!pool2d_case(number, s->attrs, &x, &y)) return false;
    sample_real(s, x);
    return true;
}

const op op_avg_pool2d = {
    .name = "avg_pool2d",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE,
    .fields = pool2d_fields,
    .attrs_size = sizeof(pool2d_attrs),
    .shape = avg_pool2d_shape,
    .gradient = avg_pool2d_gradient,
    .reference = avg_pool2d_reference,
    .samples = avg_pool2d_samples,
    .tolerance = 1e-5,
};

mica_tensor *mica_avg_pool2d(mica_tensor *x, const mica_window_options *options) {
    pool2d_attrs a = pool2d_attrs_of(options);
    return EMIT(&op_avg_pool2d, &a, x);
}
