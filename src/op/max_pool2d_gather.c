/* max_pool2d_gather: from x the values at the places that max_pool2d took. x (B, H, W, C), index
 * its second output (B, OH, OW, C). The gradient of max_pool2d_backward, which is its own. */
#include "op/window.h"

static mica_status max_pool2d_gather_shape(shape_frame *f) {
    return max_pool2d_shapes(f, 0, 1, -1);
}

static void max_pool2d_gather_gradient(gradient_frame *g) {
    if (g->need[0])
        g->din[0] = EMIT(&op_max_pool2d_backward, g->attrs, g->dout[0], g->in[1], g->in[0]);
}

static void max_pool2d_gather_reference(const kernel_call *c) {
    window g;
    pool2d_window(c->attrs, &c->in_info[0].shape, &g);
    const shape each = {4, {g.batch, g.out[0], g.out[1], g.channels}};
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(&each); i < n; i++, next_index(&each, at)) {
        int64_t to = image_at(&g, g.out, g.channels, at[0], at[1], at[2], at[3]);
        int64_t place = (int64_t)element(c, 1, to);
        int64_t h = at[1] * g.strides[0] - g.before[0] + place / g.kernel[1];
        int64_t w = at[2] * g.strides[1] - g.before[1] + place % g.kernel[1];
        if (h >= 0 && h < g.in[0] && w >= 0 && w < g.in[1])
            copy_element(c, 0, to, 0, image_at(&g, g.in, g.channels, at[0], h, w, at[3]));
        else set_element(c, 0, to, 0);
    }
}

static bool max_pool2d_gather_samples(int number, sample *s) {
    pool2d_attrs *a = s->attrs;
    shape x, y;
    if (number > 0 || !pool2d_case(number, a, &x, &y)) return false;
    sample_real(s, x);
    sample_whole(s, y, 0, (double)(a->pool[0] * a->pool[1] - 1), MICA_UINT8);
    return true;
}

const op op_max_pool2d_gather = {
    .name = "max_pool2d_gather",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE,
    .fields = pool2d_fields,
    .attrs_size = sizeof(pool2d_attrs),
    .shape = max_pool2d_gather_shape,
    .gradient = max_pool2d_gather_gradient,
    .reference = max_pool2d_gather_reference,
    .samples = max_pool2d_gather_samples,
};
