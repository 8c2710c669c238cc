/* max_pool2d_backward: dx in the shape of x (its values do not matter): every dy is added where
 * max_pool2d took its value from; index is that op's second output.
 * Gradient: max_pool2d_gather. */
#include "op/window.h"

mica_status max_pool2d_shapes(shape_frame *f, int x, int index, int dy) {
    shape y;
    TRY(pool2d_result(f, &f->in[x].shape, &y));
    TRY(require_shape(f, index, &y));
    if (dy >= 0) TRY(require_shape(f, dy, &y));
    mica_dtype dtype = max_pool2d_index_dtype(f->attrs);
    if (f->in[index].dtype != dtype)
        return type_fail(f, "index is %s, expected %s", mica_dtype_name(f->in[index].dtype),
                         mica_dtype_name(dtype));
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = dy >= 0 ? f->in[x].shape : y};
    return MICA_OK;
}

static mica_status max_pool2d_backward_shape(shape_frame *f) {
    return max_pool2d_shapes(f, 2, 1, 0);
}

static void max_pool2d_backward_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_max_pool2d_gather, g->attrs, g->dout[0], g->in[1]);
}

/* The sum of dy over the windows that took x[b, h, w, k]. */
static running_sum taken(const kernel_call *c, const window *g, const int64_t at[4]) {
    running_sum sum = {c->in_info[0].dtype, 0, 0};
    for (int64_t p = 0; p < g->kernel[0]; p++)
        for (int64_t q = 0; q < g->kernel[1]; q++) {
            int64_t i = at[1] + g->before[0] - p, j = at[2] + g->before[1] - q;
            if (i < 0 || i % g->strides[0] != 0 || j < 0 || j % g->strides[1] != 0) continue;
            i /= g->strides[0];
            j /= g->strides[1];
            if (i >= g->out[0] || j >= g->out[1]) continue;
            int64_t from = image_at(g, g->out, g->channels, at[0], i, j, at[3]);
            if ((int64_t)element(c, 1, from) == p * g->kernel[1] + q)
                sum_element(&sum, c->in[0], from);
        }
    return sum;
}

static void max_pool2d_backward_reference(const kernel_call *c) {
    window g;
    pool2d_window(c->attrs, &c->out_info[0].shape, &g);
    const shape each = {4, {g.batch, g.in[0], g.in[1], g.channels}};
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(&each); i < n; i++, next_index(&each, at)) {
        running_sum sum = taken(c, &g, at);
        sum_store(&sum, c->out[0], image_at(&g, g.in, g.channels, at[0], at[1], at[2], at[3]));
    }
}

static bool max_pool2d_backward_samples(int number, sample *s) {
    pool2d_attrs *a = s->attrs;
    shape x, y;
    if (number > 1 || !pool2d_case(number * 2, a, &x, &y)) return false;
    if (number == 1) /* without padding, any place in the window is one that may have been taken */
        *a = (pool2d_attrs){.pool = {3, 2}, .strides = {1, 2}, .layout = MICA_CHANNELS_FIRST};
    if (number == 1) y = MICA_SHAPE(1, 2, 2, 2);
    sample_real(s, y);
    sample_whole(s, y, 0, (double)(a->pool[0] * a->pool[1] - 1), MICA_UINT8);
    sample_like(s, x);
    return true;
}

const op op_max_pool2d_backward = {
    .name = "max_pool2d_backward",
    .inputs = 3,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 2,
    .fields = pool2d_fields,
    .attrs_size = sizeof(pool2d_attrs),
    .shape = max_pool2d_backward_shape,
    .gradient = max_pool2d_backward_gradient,
    .reference = max_pool2d_backward_reference,
    .samples = max_pool2d_backward_samples,
    .tolerance = 1e-5,
};
