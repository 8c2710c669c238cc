/* max_pool2d: the greatest value of each window; padding is never taken; NaN goes before all, and
 * of equals the first wins.  x (B, H, W, C) or (B, C, H, W), y (B, OH, OW, C); a second output, for
 * the gradient alone, says where in the window it stands: uint8, int32 for windows above 256.
 * Gradient: max_pool2d_backward.  Source: keras.layers.MaxPooling2D; ONNX MaxPool. */
#include "op/window.h"

static mica_status max_pool2d_shape(shape_frame *f) {
    const pool2d_attrs *a = f->attrs;
    f->out[0].dtype = f->in[0].dtype;
    TRY(pool2d_result(f, &f->in[0].shape, &f->out[0].shape));
    f->out[1] = (operand){.dtype = max_pool2d_index_dtype(a), .shape = f->out[0].shape};
    return MICA_OK;
}

mica_dtype max_pool2d_index_dtype(const pool2d_attrs *a) {
    return a->pool[0] <= 256 && a->pool[1] <= 256 && a->pool[0] * a->pool[1] <= 256 ? MICA_UINT8
                                                                                    : MICA_INT32;
}

static void max_pool2d_gradient(gradient_frame *g) {
    g->din[0] = EMIT(&op_max_pool2d_backward, g->attrs, g->dout[0], g->out[1], g->in[0]);
}

/* Whether element i of x goes before element `best`. */
static bool greater(const kernel_call *c, int64_t i, int64_t best) {
    mica_dtype dtype = c->in_info[0].dtype;
    const char *x = c->in[0];
    size_t size = mica_dtype_size(dtype);
    if (dtype == MICA_UINT64)
        return ((const uint64_t *)(const void *)x)[i] > ((const uint64_t *)(const void *)x)[best];
    if (!dtype_is_float(dtype))
        return dtype_load_int(dtype, x + (size_t)i * size) >
               dtype_load_int(dtype, x + (size_t)best * size);
    double a = element(c, 0, i), b = element(c, 0, best);
    return a > b || (isnan(a) && !isnan(b));
}

static void max_pool2d_window(const kernel_call *c, const window *g, const int64_t at[4]) {
    int64_t best = -1, place = 0;
    for (int64_t p = 0; p < g->kernel[0]; p++)
        for (int64_t q = 0; q < g->kernel[1]; q++) {
            int64_t h = at[1] * g->strides[0] - g->before[0] + p;
            int64_t w = at[2] * g->strides[1] - g->before[1] + q;
            if (h < 0 || h >= g->in[0] || w < 0 || w >= g->in[1]) continue;
            int64_t i = image_at(g, g->in, g->channels, at[0], h, w, at[3]);
            if (best >= 0 && !greater(c, i, best)) continue;
            best = i;
            place = p * g->kernel[1] + q;
        }
    int64_t to = image_at(g, g->out, g->channels, at[0], at[1], at[2], at[3]);
    copy_element(c, 0, to, 0, best);
    if (c->out[1]) set_element(c, 1, to, (double)place);
}

static void max_pool2d_reference(const kernel_call *c) {
    window g;
    pool2d_window(c->attrs, &c->in_info[0].shape, &g);
    const shape each = {4, {g.batch, g.out[0], g.out[1], g.channels}};
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(&each); i < n; i++, next_index(&each, at))
        max_pool2d_window(c, &g, at);
}

static bool max_pool2d_samples(int number, sample *s) {
    shape x, y;
    if (!pool2d_case(number, s->attrs, &x, &y)) return false;
    ((pool2d_attrs *)s->attrs)->count_padding = 0;
    sample_real(s, x)->distinct = true;
    return true;
}

const op op_max_pool2d = {
    .name = "max_pool2d",
    .inputs = 1,
    .outputs = 2,
    .traits = PURE | SAVES,
    .fields = pool2d_fields,
    .attrs_size = sizeof(pool2d_attrs),
    .shape = max_pool2d_shape,
    .gradient = max_pool2d_gradient,
    .reference = max_pool2d_reference,
    .samples = max_pool2d_samples,
};

mica_tensor *mica_max_pool2d(mica_tensor *x, const mica_window_options *options) {
    pool2d_attrs a = pool2d_attrs_of(options);
    a.count_padding = 0;
    mica_tensor *out[2];
    emit_many(x->ctx, &op_max_pool2d, &a, 1, &x, 2, out);
    return out[0];
}
