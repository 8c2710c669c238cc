/* avg_pool: the mean of each window; padding is left out of it, or with count_padding counts as
 * zeros.  x (B, H, W, C) or (B, C, H, W), y (B, OH, OW, C); so with one axis of space, and three.
 * Gradient: avg_pool_backward.  Source: keras.layers.AveragePooling1D to 3D; ONNX AveragePool. */
#include "op/window.h"

static mica_status avg_pool_shape(shape_frame *f) {
    TRY(require_float(f, 0));
    f->out[0].dtype = f->in[0].dtype;
    return pool_result(f, &f->in[0].shape, &f->out[0].shape);
}

static void avg_pool_gradient(gradient_frame *g) {
    g->din[0] = EMIT(&op_avg_pool_backward, g->attrs, g->dout[0], g->in[0]);
}

int64_t avg_pool_count(const window *g, const int64_t at[3], bool count_padding) {
    int64_t count = 1;
    for (int k = 0; k < WINDOW_AXES; k++) {
        int64_t low = count_padding ? -g->before[k] : 0;
        int64_t high = count_padding ? g->in[k] + g->after[k] : g->in[k];
        int64_t first = at[k] * g->strides[k] - g->before[k], end = first + g->kernel[k];
        count *= (end < high ? end : high) - (first > low ? first : low);
    }
    return count;
}

static double window_sum(const kernel_call *c, const window *g, const int64_t at[5]) {
    const shape places = window_places(g);
    int64_t p[MAX_RANK] = {0}, from[3];
    double sum = 0;
    for (int64_t i = 0, n = shape_size(&places); i < n; i++, next_index(&places, p))
        if (window_reads(g, at + 1, p, from))
            sum += element(c, 0, image_at(g, g->in, g->channels, at[0], from, at[4]));
    return sum;
}

static void avg_pool_reference(const kernel_call *c) {
    const pool_attrs *a = c->attrs;
    window g;
    pool_window(a, &c->in_info[0].shape, &g);
    const shape y = window_image(&g, g.out, g.channels);
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(&y); i < n; i++, next_index(&y, at))
        set_element(c, 0, image_at(&g, g.out, g.channels, at[0], at + 1, at[4]),
                    window_sum(c, &g, at) /
                        (double)avg_pool_count(&g, at + 1, a->count_padding != 0));
}

static bool avg_pool_samples(int number, sample *s) {
    shape x, y;
    if (!pool_case(number, s->attrs, &x, &y)) return false;
    sample_real(s, x);
    return true;
}

const op op_avg_pool = {
    .name = "avg_pool",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE,
    .fields = pool_fields,
    .attrs_size = sizeof(pool_attrs),
    .shape = avg_pool_shape,
    .gradient = avg_pool_gradient,
    .reference = avg_pool_reference,
    .samples = avg_pool_samples,
    .tolerance = 1e-5,
};

mica_tensor *mica_avg_pool(mica_tensor *x, const mica_window_options *options) {
    NEEDS(x);
    mica_window_options o = window_given(x->ctx, options, "avg_pool");
    pool_attrs a = pool_attrs_of(&o, x->shape.rank - 2);
    return EMIT(&op_avg_pool, &a, x);
}
