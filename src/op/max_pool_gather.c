/* max_pool_gather: from x the values at the places that max_pool took. x (B, H, W, C), index
 * its second output (B, OH, OW, C). The gradient of max_pool_backward, which is its own. */
#include "op/window.h"

static mica_status max_pool_gather_shape(shape_frame *f) { return max_pool_shapes(f, 0, 1, -1); }

static void max_pool_gather_gradient(gradient_frame *g) {
    if (g->need[0])
        g->din[0] = EMIT(&op_max_pool_backward, g->attrs, g->dout[0], g->in[1], g->in[0]);
}

static void max_pool_gather_reference(const kernel_call *c) {
    window g;
    pool_window(c->attrs, &c->in_info[0].shape, &g);
    const shape y = window_image(&g, g.out, g.channels);
    int64_t at[MAX_RANK] = {0}, from[3];
    for (int64_t i = 0, n = shape_size(&y); i < n; i++, next_index(&y, at)) {
        int64_t to = image_at(&g, g.out, g.channels, at[0], at + 1, at[4]);
        int64_t place = (int64_t)element(c, 1, to), row = place / g.kernel[2];
        const int64_t p[3] = {row / g.kernel[1], row % g.kernel[1], place % g.kernel[2]};
        if (window_reads(&g, at + 1, p, from))
            copy_element(c, 0, to, 0, image_at(&g, g.in, g.channels, at[0], from, at[4]));
        else set_element(c, 0, to, 0);
    }
}

static bool max_pool_gather_samples(int number, sample *s) {
    pool_attrs *a = s->attrs;
    shape x, y;
    static const int whole[] = {0, 6};
    if (number >= (int)LENGTH(whole) || !pool_case(whole[number], a, &x, &y)) return false;
    sample_real(s, x);
    sample_whole(s, y, 0, (double)(a->pool[0] * a->pool[1] * a->pool[2] - 1), MICA_UINT8);
    return true;
}

const op op_max_pool_gather = {
    .name = "max_pool_gather",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE,
    .fields = pool_fields,
    .attrs_size = sizeof(pool_attrs),
    .shape = max_pool_gather_shape,
    .gradient = max_pool_gather_gradient,
    .reference = max_pool_gather_reference,
    .samples = max_pool_gather_samples,
};
