/* max_pool: the greatest value of each window; padding is never taken; NaN goes before all, and of
 * equals the first wins.  x (B, H, W, C) or (B, C, H, W), y (B, OH, OW, C), so with one axis of
 * space, and three; a second output, for the gradient alone, says where in the window it stands:
 * uint8, int32 for windows above 256.
 * Gradient: max_pool_backward.  Source: keras.layers.MaxPooling1D to 3D; ONNX MaxPool. */
#include "op/window.h"

static mica_status max_pool_shape(shape_frame *f) {
    const pool_attrs *a = f->attrs;
    f->out[0].dtype = f->in[0].dtype;
    TRY(pool_result(f, &f->in[0].shape, &f->out[0].shape));
    f->out[1] = (operand){.dtype = max_pool_index_dtype(a), .shape = f->out[0].shape};
    return MICA_OK;
}

mica_dtype max_pool_index_dtype(const pool_attrs *a) {
    int64_t places = 1;
    for (int i = 0; i < WINDOW_AXES && places <= 256; i++) places *= a->pool[i];
    return places <= 256 ? MICA_UINT8 : MICA_INT32;
}

static void max_pool_gradient(gradient_frame *g) {
    g->din[0] = EMIT(&op_max_pool_backward, g->attrs, g->dout[0], g->out[1], g->in[0]);
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

static void greatest(const kernel_call *c, const window *g, const int64_t at[5]) {
    const shape places = window_places(g);
    int64_t best = -1, place = 0, p[MAX_RANK] = {0}, from[3];
    for (int64_t k = 0, n = shape_size(&places); k < n; k++, next_index(&places, p)) {
        if (!window_reads(g, at + 1, p, from)) continue;
        int64_t i = image_at(g, g->in, g->channels, at[0], from, at[4]);
        if (best >= 0 && !greater(c, i, best)) continue;
        best = i;
        place = k;
    }
    int64_t to = image_at(g, g->out, g->channels, at[0], at + 1, at[4]);
    copy_element(c, 0, to, 0, best);
    if (c->out[1]) set_element(c, 1, to, (double)place);
}

static void max_pool_reference(const kernel_call *c) {
    window g;
    pool_window(c->attrs, &c->in_info[0].shape, &g);
    const shape y = window_image(&g, g.out, g.channels);
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(&y); i < n; i++, next_index(&y, at)) greatest(c, &g, at);
}

static bool max_pool_samples(int number, sample *s) {
    shape x, y;
    if (!pool_case(number, s->attrs, &x, &y)) return false;
    ((pool_attrs *)s->attrs)->count_padding = 0;
    sample_real(s, x)->distinct = true;
    return true;
}

const op op_max_pool = {
    .name = "max_pool",
    .inputs = 1,
    .outputs = 2,
    .traits = PURE | SAVES,
    .fields = pool_fields,
    .attrs_size = sizeof(pool_attrs),
    .shape = max_pool_shape,
    .gradient = max_pool_gradient,
    .reference = max_pool_reference,
    .samples = max_pool_samples,
};

mica_tensor *mica_max_pool(mica_tensor *x, const mica_window_options *options) {
    NEEDS(x);
    mica_window_options o = window_given(x->ctx, options, "max_pool");
    pool_attrs a = pool_attrs_of(&o, x->shape.rank - 2);
    a.count_padding = 0;
    mica_tensor *out[2];
    emit_many(context_of(x), &op_max_pool, &a, 1, &x, 2, out);
    return out[0];
}
