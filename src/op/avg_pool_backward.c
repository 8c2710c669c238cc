/* avg_pool_backward: dx in the shape of x (its values do not matter): every dy shared equally by
 * the elements of its window.  Gradient: avg_pool. */
#include "op/window.h"

static mica_status avg_pool_backward_shape(shape_frame *f) {
    TRY(require_float(f, 0));
    shape y;
    TRY(pool_result(f, &f->in[1].shape, &y));
    TRY(require_shape(f, 0, &y));
    return shape_of_second(f);
}

static void avg_pool_backward_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_avg_pool, g->attrs, g->dout[0]);
}

/* The sum of the shares of x[b, h, w, k]. */
static double shares(const kernel_call *c, const window *g, const int64_t at[5],
                     bool count_padding) {
    const shape places = window_places(g);
    int64_t p[MAX_RANK] = {0}, from[3];
    double sum = 0;
    for (int64_t i = 0, n = shape_size(&places); i < n; i++, next_index(&places, p))
        if (window_reading(g, at + 1, p, from))
            sum += element(c, 0, image_at(g, g->out, g->channels, at[0], from, at[4])) /
                   (double)avg_pool_count(g, from, count_padding);
    return sum;
}

static void avg_pool_backward_reference(const kernel_call *c) {
    const pool_attrs *a = c->attrs;
    window g;
    pool_window(a, &c->out_info[0].shape, &g);
    const shape x = window_image(&g, g.in, g.channels);
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(&x); i < n; i++, next_index(&x, at))
        set_element(c, 0, image_at(&g, g.in, g.channels, at[0], at + 1, at[4]),
                    shares(c, &g, at, a->count_padding != 0));
}

static bool avg_pool_backward_samples(int number, sample *s) {
    shape x, y;
    if (!pool_case(number, s->attrs, &x, &y)) return false;
    sample_real(s, y);
    sample_like(s, x);
    return true;
}

const op op_avg_pool_backward = {
    .name = "avg_pool_backward",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 1,
    .fields = pool_fields,
    .attrs_size = sizeof(pool_attrs),
    .shape = avg_pool_backward_shape,
    .gradient = avg_pool_backward_gradient,
    .reference = avg_pool_backward_reference,
    .samples = avg_pool_backward_samples,
    .tolerance = 1e-5,
};
