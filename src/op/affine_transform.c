/* affine_transform: pixel (x, y) of the result is what the image has at
 *   ((t0 x + t1 y + t2) / k, (t3 x + t4 y + t5) / k),  k = t6 x + t7 y + 1,
 * with t the image's transform; between pixels by interpolation, outside by the fill mode.
 * In: images (B, H, W, C), transforms (B or 1, 8), of any float type, taken as float32. Out: as
 * images. Integers with nearest only.
 * Gradient: of the images, exactly (TensorFlow's is that of the inverse transform, which differs);
 * none of the transforms, as TensorFlow.
 * Source: keras.ops.image.affine_transform; tf.raw_ops.ImageProjectiveTransformV3. */
#include "op/affine.h"

const field affine_fields[] = {
    INTEGER(affine_attrs, interpolation, .help = "0 nearest, 1 bilinear"),
    INTEGER(affine_attrs, fill_mode, .help = "0 constant, 1 nearest, 2 reflect, 3 wrap"),
    REAL(affine_attrs, fill_value, .help = "of the fill mode constant"),
    END_OF_FIELDS,
};

static mica_status check_attrs(shape_frame *f) {
    const affine_attrs *a = f->attrs;
    if (a->interpolation != MICA_RESIZE_NEAREST && a->interpolation != MICA_RESIZE_BILINEAR)
        return value_fail(f, "interpolation %lld, expected 0 (nearest) or 1 (bilinear)",
                          (long long)a->interpolation);
    if (a->fill_mode < MICA_FILL_CONSTANT || a->fill_mode > MICA_FILL_WRAP)
        return value_fail(f, "fill mode %lld, expected 0 to %d", (long long)a->fill_mode,
                          MICA_FILL_WRAP);
    return a->interpolation == MICA_RESIZE_BILINEAR ? require_float(f, 0) : MICA_OK;
}

mica_status affine_shape(shape_frame *f) {
    const shape *x = &f->in[0].shape, *t = &f->in[1].shape;
    TRY(check_attrs(f));
    TRY(require_rank_between(f, 0, 4, 4));
    TRY(require_float(f, 1));
    bool fits = t->rank == 2 && (t->dims[1] == 8 || t->dims[1] < 0);
    if (fits && t->dims[0] > 1) fits = x->dims[0] < 0 || t->dims[0] == x->dims[0];
    if (fits && t->dims[0] == 0) fits = x->dims[0] <= 0;
    if (!fits) {
        char images[128], transforms[128];
        shape_format(x, images), shape_format(t, transforms);
        return shape_fail(f, "transforms %s for images %s, expected 8 numbers for each or for all",
                          transforms, images);
    }
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = *x};
    return MICA_OK;
}

void affine_transform_of(const kernel_call *c, int64_t b, float t[8]) {
    if (c->in_info[1].shape.dims[0] == 1) b = 0;
    for (int i = 0; i < 8; i++) t[i] = (float)element(c, 1, b * 8 + i);
}

static void affine_transform_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_affine_transform_backward, g->attrs, g->dout[0], g->in[1]);
}

/* One pixel of the result, which starts at element `to`. */
static void make_pixel(const kernel_call *c, const affine_taps *x, const affine_taps *y, int64_t b,
                       int64_t to) {
    const affine_attrs *a = c->attrs;
    const int64_t *d = c->in_info[0].shape.dims;
    for (int64_t channel = 0; channel < d[3]; channel++) {
        double sum = 0;
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 2; j++) {
                bool there = y->at[i] >= 0 && x->at[j] >= 0;
                int64_t from = ((b * d[1] + y->at[i]) * d[2] + x->at[j]) * d[3] + channel;
                double weight = (double)y->weight[i] * (double)x->weight[j];
                sum += weight * (there ? element(c, 0, from) : a->fill_value);
            }
        set_element(c, 0, to + channel, sum);
    }
}

static const affine_taps outside = {{-1, -1}, {1, 0}};

static void affine_transform_reference(const kernel_call *c) {
    const int64_t *d = c->out_info[0].shape.dims;
    for (int64_t b = 0; b < d[0]; b++) {
        float t[8], column, row;
        affine_transform_of(c, b, t);
        for (int64_t i = 0; i < d[1] * d[2]; i++) {
            affine_taps x = outside, y = outside;
            if (affine_source(t, i % d[2], i / d[2], &column, &row)) {
                x = affine_taps_at(c->attrs, column, d[2]);
                y = affine_taps_at(c->attrs, row, d[1]);
            }
            make_pixel(c, &x, &y, b, (b * d[1] * d[2] + i) * d[3]);
        }
    }
}

bool affine_samples(int number, sample *s) {
    static const struct {
        affine_attrs attrs;
        shape images, transforms;
    } cases[] = {
        {{MICA_RESIZE_BILINEAR, MICA_FILL_CONSTANT, 0.5}, MICA_SHAPE(2, 4, 5, 3), MICA_SHAPE(2, 8)},
        {{MICA_RESIZE_BILINEAR, MICA_FILL_NEAREST, 0}, MICA_SHAPE(2, 4, 5, 1), MICA_SHAPE(1, 8)},
        {{MICA_RESIZE_BILINEAR, MICA_FILL_REFLECT, 0}, MICA_SHAPE(2, 5, 4, 3), MICA_SHAPE(2, 8)},
        {{MICA_RESIZE_BILINEAR, MICA_FILL_WRAP, 0}, MICA_SHAPE(1, 5, 4, 4), MICA_SHAPE(1, 8)},
        {{MICA_RESIZE_NEAREST, MICA_FILL_CONSTANT, -1}, MICA_SHAPE(2, 4, 5, 2), MICA_SHAPE(2, 8)},
        {{MICA_RESIZE_NEAREST, MICA_FILL_REFLECT, 0}, MICA_SHAPE(2, 4, 5, 3), MICA_SHAPE(2, 8)},
        {{MICA_RESIZE_NEAREST, MICA_FILL_WRAP, 0}, MICA_SHAPE(1, 1, 6, 1), MICA_SHAPE(1, 8)},
        {{MICA_RESIZE_BILINEAR, MICA_FILL_REFLECT, 0}, MICA_SHAPE(1, 3, 9, 7), MICA_SHAPE(1, 8)},
    };
    if (number >= (int)LENGTH(cases)) return false;
    *(affine_attrs *)s->attrs = cases[number].attrs;
    sample_real(s, cases[number].images);
    sample_like(s, cases[number].transforms);
    return true;
}

const op op_affine_transform = {
    .name = "affine_transform",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE,
    .fields = affine_fields,
    .attrs_size = sizeof(affine_attrs),
    .shape = affine_shape,
    .gradient = affine_transform_gradient,
    .reference = affine_transform_reference,
    .samples = affine_samples,
    .tolerance = 1e-5,
};

static mica_tensor *transform_batch(mica_tensor *images, mica_tensor *transforms,
                                    const affine_attrs *a, mica_layout layout) {
    if (layout == MICA_CHANNELS_LAST) return EMIT(&op_affine_transform, a, images, transforms);
    images = mica_transpose(images, MICA_AXES(0, 2, 3, 1));
    return mica_transpose(EMIT(&op_affine_transform, a, images, transforms), MICA_AXES(0, 3, 1, 2));
}

mica_tensor *mica_affine_transform(mica_tensor *images, mica_tensor *transforms,
                                   mica_resize_method interpolation, mica_fill_mode fill_mode,
                                   double fill_value, mica_layout layout) {
    NEEDS(images, transforms);
    const affine_attrs a = {interpolation, fill_mode, fill_value};
    if (transforms->shape.rank == 1) transforms = mica_expand_dims(transforms, 0);
    if (images->shape.rank != 3) return transform_batch(images, transforms, &a, layout);
    images = transform_batch(mica_expand_dims(images, 0), transforms, &a, layout);
    return mica_squeeze(images, MICA_AXES(0));
}
