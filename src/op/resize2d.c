/* resize2d: images in another size, with half-pixel centres and without antialiasing: position i of
 * the result lies at (i + 1/2) n / size - 1/2. nearest takes element floor((i + 1/2) n / size);
 * bilinear mixes the two neighbours along each axis, the outermost repeated.
 * x (B, H, W, C) or (B, C, H, W).  Gradient: resize2d_backward.
 * Source: tf.image.resize; keras.layers.UpSampling2D, Resizing. */
#include "op/resize.h"

const field resize2d_fields[] = {
    INTEGERS(resize2d_attrs, size, 2, .help = "height, width; 0: use factors"),
    INTEGERS(resize2d_attrs, factors, 2, .help = "of height, width"),
    INTEGER(resize2d_attrs, method, .help = "0 nearest, 1 bilinear"),
    INTEGER(resize2d_attrs, layout, .help = "0 channels last, 1 channels first"),
    END_OF_FIELDS,
};

mica_status resize2d_result(shape_frame *f, const shape *x, shape *y) {
    const resize2d_attrs *a = f->attrs;
    if (x->rank != 4) return shape_fail(f, "images of rank %d, expected 4", x->rank);
    if (a->method != MICA_RESIZE_NEAREST && a->method != MICA_RESIZE_BILINEAR)
        return shape_fail(f, "method %lld, expected 0 or 1", (long long)a->method);
    *y = *x;
    for (int i = 0; i < 2; i++) {
        int axis = height_axis(a->layout) + i;
        int64_t n = x->dims[axis], size = a->size[i], factor = a->factors[i];
        if (size < 0 || size > INT32_MAX || factor < 0 || factor > INT32_MAX || (!size && !factor))
            return shape_fail(f, "size %lld, factor %lld along axis %d, expected 1 or more of one",
                              (long long)size, (long long)factor, axis);
        if (n == 0) return shape_fail(f, "axis %d is empty", axis);
        y->dims[axis] = size ? size : n < 0 ? -1 : n * factor;
    }
    return MICA_OK;
}

resize_tap resize_source(int64_t method, int64_t i, int64_t n, int64_t size) {
    double at = ((double)i + 0.5) * (double)n / (double)size;
    resize_tap t = {{0, 0}, {1, 0}};
    if (method == MICA_RESIZE_NEAREST) {
        int64_t k = (2 * i + 1) * n / (2 * size);
        t.at[0] = t.at[1] = k < n ? k : n - 1;
        return t;
    }
    double low = floor(at - 0.5);
    t.weight[1] = at - 0.5 - low;
    t.weight[0] = 1 - t.weight[1];
    t.at[0] = low < 0 ? 0 : (int64_t)low;
    t.at[1] = low + 1 > (double)(n - 1) ? n - 1 : (int64_t)low + 1;
    return t;
}

static mica_status resize2d_shape(shape_frame *f) {
    TRY(require_float(f, 0));
    f->out[0].dtype = f->in[0].dtype;
    return resize2d_result(f, &f->in[0].shape, &f->out[0].shape);
}

static void resize2d_gradient(gradient_frame *g) {
    g->din[0] = EMIT(&op_resize2d_backward, g->attrs, g->dout[0], g->in[0]);
}

static void resize2d_reference(const kernel_call *c) {
    const resize2d_attrs *a = c->attrs;
    const shape *x = &c->in_info[0].shape, *y = &c->out_info[0].shape;
    int h = height_axis(a->layout), w = h + 1;
    int64_t at[MAX_RANK] = {0}, from[MAX_RANK];
    for (int64_t i = 0, n = shape_size(y); i < n; i++, next_index(y, at)) {
        resize_tap row = resize_source(a->method, at[h], x->dims[h], y->dims[h]);
        resize_tap column = resize_source(a->method, at[w], x->dims[w], y->dims[w]);
        double sum = 0;
        memcpy(from, at, sizeof from);
        for (int p = 0; p < 2; p++)
            for (int q = 0; q < 2; q++) {
                if (row.weight[p] == 0 || column.weight[q] == 0) continue;
                from[h] = row.at[p];
                from[w] = column.at[q];
                sum += row.weight[p] * column.weight[q] * element(c, 0, ravel(x, from));
            }
        set_element(c, 0, i, sum);
    }
}

bool resize2d_case(int number, resize2d_attrs *a, shape *x, shape *y) {
    static const struct {
        resize2d_attrs attrs;
        shape x, y;
    } cases[] = {
        {{{0, 0}, {2, 3}, MICA_RESIZE_NEAREST, MICA_CHANNELS_LAST},
         {4, {1, 3, 2, 2}},
         {4, {1, 6, 6, 2}}},
        {{{0, 0}, {2, 2}, MICA_RESIZE_BILINEAR, MICA_CHANNELS_FIRST},
         {4, {2, 1, 3, 4}},
         {4, {2, 1, 6, 8}}},
        {{{3, 7}, {0, 0}, MICA_RESIZE_BILINEAR, MICA_CHANNELS_LAST},
         {4, {1, 5, 3, 2}},
         {4, {1, 3, 7, 2}}},
        {{{2, 4}, {0, 0}, MICA_RESIZE_NEAREST, MICA_CHANNELS_LAST},
         {4, {1, 5, 3, 1}},
         {4, {1, 2, 4, 1}}},
    };
    if (number >= (int)LENGTH(cases)) return false;
    *a = cases[number].attrs;
    *x = cases[number].x;
    *y = cases[number].y;
    return true;
}

static bool resize2d_samples(int number, sample *s) {
    shape x, y;
    if (!resize2d_case(number, s->attrs, &x, &y)) return false;
    sample_real(s, x);
    return true;
}

const op op_resize2d = {
    .name = "resize2d",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE,
    .fields = resize2d_fields,
    .attrs_size = sizeof(resize2d_attrs),
    .shape = resize2d_shape,
    .gradient = resize2d_gradient,
    .reference = resize2d_reference,
    .samples = resize2d_samples,
    .tolerance = 1e-5,
};

mica_tensor *mica_resize2d(mica_tensor *x, const int64_t size[2], mica_resize_method method,
                           mica_layout layout) {
    const resize2d_attrs a = {{size[0], size[1]}, {0, 0}, method, layout};
    return EMIT(&op_resize2d, &a, x);
}

mica_tensor *mica_upsample2d(mica_tensor *x, const int64_t factors[2], mica_resize_method method,
                             mica_layout layout) {
    const resize2d_attrs a = {{0, 0}, {factors[0], factors[1]}, method, layout};
    return EMIT(&op_resize2d, &a, x);
}
