/* affine_transform_backward: dx, every dy added, with its weights, where affine_transform took it
 * from; what it took from outside is lost. In: dy (B, H, W, C), transforms (B or 1, 8).
 * Gradient: affine_transform that fills with 0. */
#include "op/affine.h"

static void affine_transform_backward_gradient(gradient_frame *g) {
    affine_attrs a = *(const affine_attrs *)g->attrs;
    a.fill_value = 0;
    if (g->need[0]) g->din[0] = EMIT(&op_affine_transform, &a, g->dout[0], g->in[1]);
}

static double so_far(const kernel_call *c, int64_t i) {
    mica_dtype dtype = c->out_info[0].dtype;
    return dtype_load(dtype, (const char *)c->out[0] + (size_t)i * mica_dtype_size(dtype));
}

static void add_pixel(const kernel_call *c, const affine_taps *x, const affine_taps *y, int64_t b,
                      int64_t from) {
    const int64_t *d = c->out_info[0].shape.dims;
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            if (y->at[i] < 0 || x->at[j] < 0) continue;
            int64_t to = ((b * d[1] + y->at[i]) * d[2] + x->at[j]) * d[3];
            double weight = (double)y->weight[i] * (double)x->weight[j];
            for (int64_t k = 0; k < d[3]; k++)
                set_element(c, 0, to + k, so_far(c, to + k) + weight * element(c, 0, from + k));
        }
}

static void affine_transform_backward_reference(const kernel_call *c) {
    const int64_t *d = c->out_info[0].shape.dims;
    memset(c->out[0], 0,
           (size_t)shape_size(&c->out_info[0].shape) * mica_dtype_size(c->out_info[0].dtype));
    for (int64_t b = 0; b < d[0]; b++) {
        float t[8], column, row;
        affine_transform_of(c, b, t);
        for (int64_t i = 0; i < d[1] * d[2]; i++) {
            if (!affine_source(t, i % d[2], i / d[2], &column, &row)) continue;
            affine_taps x = affine_taps_at(c->attrs, column, d[2]);
            affine_taps y = affine_taps_at(c->attrs, row, d[1]);
            add_pixel(c, &x, &y, b, (b * d[1] * d[2] + i) * d[3]);
        }
    }
}

const op op_affine_transform_backward = {
    .name = "affine_transform_backward",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE,
    .fields = affine_fields,
    .attrs_size = sizeof(affine_attrs),
    .shape = affine_shape,
    .gradient = affine_transform_backward_gradient,
    .reference = affine_transform_backward_reference,
    .samples = affine_samples,
    .tolerance = 1e-5,
};
