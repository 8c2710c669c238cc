/* max_pool_backward: dx in the shape of x (its values do not matter): every dy is added where
 * max_pool took its value from; index is that op's second output.
 * Gradient: max_pool_gather. */
#include "op/window.h"

mica_status max_pool_shapes(shape_frame *f, int x, int index, int dy) {
    shape y;
    TRY(pool_result(f, &f->in[x].shape, &y));
    TRY(require_shape(f, index, &y));
    if (dy >= 0) TRY(require_shape(f, dy, &y));
    mica_dtype dtype = max_pool_index_dtype(f->attrs);
    if (f->in[index].dtype != dtype)
        return type_fail(f, "index is %s, expected %s", mica_dtype_name(f->in[index].dtype),
                         mica_dtype_name(dtype));
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = dy >= 0 ? f->in[x].shape : y};
    return MICA_OK;
}

static mica_status max_pool_backward_shape(shape_frame *f) { return max_pool_shapes(f, 2, 1, 0); }

static void max_pool_backward_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_max_pool_gather, g->attrs, g->dout[0], g->in[1]);
}

/* The sum of dy over the windows that took x[b, h, w, k]. */
static running_sum taken(const kernel_call *c, const window *g, const int64_t at[5]) {
    const shape places = window_places(g);
    running_sum sum = {c->in_info[0].dtype, 0, 0};
    int64_t p[MAX_RANK] = {0}, to[3];
    for (int64_t k = 0, n = shape_size(&places); k < n; k++, next_index(&places, p)) {
        if (!window_reading(g, at + 1, p, to)) continue;
        int64_t from = image_at(g, g->out, g->channels, at[0], to, at[4]);
        if ((int64_t)element(c, 1, from) == k) sum_element(&sum, c->in[0], from);
    }
    return sum;
}

static void max_pool_backward_reference(const kernel_call *c) {
    window g;
    pool_window(c->attrs, &c->out_info[0].shape, &g);
    const shape x = window_image(&g, g.in, g.channels);
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(&x); i < n; i++, next_index(&x, at)) {
        running_sum sum = taken(c, &g, at);
        sum_store(&sum, c->out[0], image_at(&g, g.in, g.channels, at[0], at + 1, at[4]));
    }
}

static bool max_pool_backward_samples(int number, sample *s) {
    pool_attrs *a = s->attrs;
    shape x, y;
    static const int whole[] = {0, 2, 6}; /* any place in the window is one that may be taken */
    if (number >= (int)LENGTH(whole) || !pool_case(whole[number], a, &x, &y)) return false;
    if (number == 1) /* overlapping, without padding */
        *a = (pool_attrs){.pool = {1, 3, 2}, .strides = {1, 1, 2}, .layout = MICA_CHANNELS_FIRST};
    if (number == 1) y = MICA_SHAPE(1, 2, 2, 2);
    sample_real(s, y);
    sample_whole(s, y, 0, (double)(a->pool[0] * a->pool[1] * a->pool[2] - 1), MICA_UINT8);
    sample_like(s, x);
    return true;
}

const op op_max_pool_backward = {
    .name = "max_pool_backward",
    .inputs = 3,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 2,
    .fields = pool_fields,
    .attrs_size = sizeof(pool_attrs),
    .shape = max_pool_backward_shape,
    .gradient = max_pool_backward_gradient,
    .reference = max_pool_backward_reference,
    .samples = max_pool_backward_samples,
    .tolerance = 1e-5,
};
