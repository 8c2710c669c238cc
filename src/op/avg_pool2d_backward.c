/* avg_pool2d_backward: dx in the shape of x (its values do not matter): every dy shared equally by
 * the elements of its window.  Gradient: avg_pool2d. */
#include "op/window.h"

static mica_status avg_pool2d_backward_shape(shape_frame *f) {
    TRY(require_float(f, 0));
    shape y;
    TRY(pool2d_result(f, &f->in[1].shape, &y));
    TRY(require_shape(f, 0, &y));
    return shape_of_second(f);
}

static void avg_pool2d_backward_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_avg_pool2d, g->attrs, g->dout[0]);
}

/* The sum of the shares of x[b, h, w, k]. */
static double shares(const kernel_call *c, const window *g, const int64_t at[4],
                     bool count_padding) {
    double sum = 0;
    for (int64_t p = 0; p < g->kernel[0]; p++)
        for (int64_t q = 0; q < g->kernel[1]; q++) {
            int64_t i = at[1] + g->before[0] - p, j = at[2] + g->before[1] - q;
            if (i < 0 || i % g->strides[0] != 0 || j < 0 || j % g->strides[1] != 0) continue;
            i /= g->strides[0];
            j /= g->strides[1];
            if (i >= g->out[0] || j >= g->out[1]) continue;
            sum += element(c, 0, image_at(g, g->out, g->channels, at[0], i, j, at[3])) /
                   (double)avg_pool2d_count(g, i, j, count_padding);
        }
    return sum;
}

static void avg_pool2d_backward_reference(const kernel_call *c) {
    const pool2d_attrs *a = c->attrs;
    window g;
    pool2d_window(a, &c->out_info[0].shape, &g);
    const shape each = {4, {g.batch, g.in[0], g.in[1], g.channels}};
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(&each); i < n; i++, next_index(&each, at))
        set_element(c, 0, image_at(&g, g.in, g.channels, at[0], at[1], at[2], at[3]),
                    shares(c, &g, at, a->count_padding != 0));
}

static bool avg_pool2d_backward_samples(int number, sample *s) {
    shape x, y;
    if (!pool2d_case(number, s->attrs, &x, &y)) return false;
    sample_real(s, y);
    sample_like(s, x);
    return true;
}

const op op_avg_pool2d_backward = {
    .name = "avg_pool2d_backward",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 1,
    .fields = pool2d_fields,
    .attrs_size = sizeof(pool2d_attrs),
    .shape = avg_pool2d_backward_shape,
    .gradient = avg_pool2d_backward_gradient,
    .reference = avg_pool2d_backward_reference,
    .samples = avg_pool2d_backward_samples,
    .tolerance = 1e-5,
};
