/* Colours of images: composites, so that their gradients come by themselves. The axis of attrs has
 * extent 3, x any float type.
 *   rgb_to_hsv: v = max, c = max - min, s = c / v; hue by the greatest channel: ((g - b) / 6c,
 * 1/3 + (b - r) / 6c, 2/3 + (r - g) / 6c), and 1 more where it is below 0; 0 of grey.
 *   hsv_to_rgb: v ((1 - s) + s d), d = |6h - 3| - 1, 2 - |6h - 2|, 2 - |6h - 4| within 0 to 1.
 * Source: tf.image.rgb_to_hsv, hsv_to_rgb, rgb_to_grayscale; keras.ops.image. */
#include "mica/nn.h"
#include "op/array.h"
#include "op/elementwise.h"

static int channel_axis(const mica_tensor *x, mica_layout layout) {
    return x->shape.rank - (layout == MICA_CHANNELS_FIRST ? 3 : 1);
}

/* Whether x is images of floats with three channels, or `also`; else the error is in the context.
 */
static bool is_image(const char *what, const mica_tensor *x, mica_layout layout, int64_t also) {
    char text[128];
    if (x->kind == TENSOR_POISON) return false;
    shape_format(&x->shape, text);
    bool ranked = x->shape.rank == 3 || x->shape.rank == 4;
    int64_t channels = ranked ? x->shape.dims[channel_axis(x, layout)] : 0;
    if (!ranked)
        context_fail(x->ctx, MICA_SHAPE, "%s: images are %s, expected rank 3 or 4", what, text);
    else if (channels != 3 && channels != also)
        context_fail(x->ctx, MICA_SHAPE, "%s: images %s have %lld channels, expected 3", what, text,
                     (long long)channels);
    else if (!dtype_is_float(x->dtype))
        context_fail(x->ctx, MICA_TYPE, "%s: images are %s, expected floats", what,
                     mica_dtype_name(x->dtype));
    else return true;
    return false;
}

static mica_tensor *channel(mica_tensor *x, int axis, int64_t i) {
    return slice_axis(x, axis, i, i + 1);
}

static mica_status colours_shape(shape_frame *f) {
    int axis = 0;
    TRY(require_float(f, 0));
    TRY(require_axis(f, ((const along_attrs *)f->attrs)->axis, f->in[0].shape.rank, &axis));
    if (f->in[0].shape.dims[axis] != 3)
        return shape_fail(f, "axis %d has extent %lld, expected 3 colours", axis,
                          (long long)f->in[0].shape.dims[axis]);
    return shape_of_input(f);
}

static bool colours_samples(int number, sample *s) {
    static const int64_t axes[] = {-1, 1, 0};
    const shape shapes[] = {MICA_SHAPE(2, 5, 3), MICA_SHAPE(2, 3, 2, 3), MICA_SHAPE(3, 7)};
    if (number >= (int)LENGTH(axes)) return false;
    ((along_attrs *)s->attrs)->axis = axes[number];
    struct sample_input *in = sample_real(s, shapes[number]);
    in->low = 0.05, in->high = 0.95, in->distinct = true;
    return true;
}

/* The axis, counted from the front, and the three colours along it. */
static int split(const compose_frame *c, mica_tensor *colours[3]) {
    int axis = 0;
    axis_resolve(((const along_attrs *)c->attrs)->axis, c->in[0]->shape.rank, &axis);
    for (int i = 0; i < 3; i++) colours[i] = slice_axis(c->in[0], axis, i, i + 1);
    return axis;
}

static void rgb_to_hsv_compose(compose_frame *c) {
    mica_tensor *rgb[3];
    int axis = split(c, rgb);
    mica_tensor *r = rgb[0], *g = rgb[1], *b = rgb[2];
    mica_tensor *zero = scalar_like(r, 0), *one = scalar_like(r, 1);
    mica_tensor *v = mica_maximum(r, mica_maximum(g, b));
    mica_tensor *range = mica_subtract(v, mica_minimum(r, mica_minimum(g, b)));
    mica_tensor *coloured = mica_greater(range, zero), *bright = mica_greater(v, zero);
    mica_tensor *s = mica_divide(range, mica_where(bright, v, one));
    mica_tensor *sixth = mica_divide(one, scaled(mica_where(coloured, range, one), 6));
    mica_tensor *by_r = mica_multiply(sixth, mica_subtract(g, b));
    mica_tensor *by_g = shifted(mica_multiply(sixth, mica_subtract(b, r)), 2.0 / 6);
    mica_tensor *by_b = shifted(mica_multiply(sixth, mica_subtract(r, g)), 4.0 / 6);
    mica_tensor *h = mica_where(mica_equal(r, v), by_r, mica_where(mica_equal(g, v), by_g, by_b));
    h = mica_where(coloured, h, zero);
    h = mica_where(mica_less(h, zero), shifted(h, 1), h);
    mica_tensor *hsv[] = {h, mica_where(bright, s, zero), v};
    c->out[0] = mica_concatenate(hsv, 3, axis);
}

/* |6h - from| times sign, and offset, within 0 to 1. */
static mica_tensor *hue_part(mica_tensor *h, double from, double sign, double offset) {
    return mica_clip(shifted(scaled(mica_abs(shifted(scaled(h, 6), -from)), sign), offset), 0, 1);
}

static void hsv_to_rgb_compose(compose_frame *c) {
    mica_tensor *hsv[3];
    int axis = split(c, hsv);
    mica_tensor *h = hsv[0], *s = hsv[1], *v = hsv[2], *grey = one_minus(s);
    mica_tensor *rgb[] = {hue_part(h, 3, 1, -1), hue_part(h, 2, -1, 2), hue_part(h, 4, -1, 2)};
    for (int i = 0; i < 3; i++) rgb[i] = mica_multiply(mica_add(grey, mica_multiply(s, rgb[i])), v);
    c->out[0] = mica_concatenate(rgb, 3, axis);
}

#define COLOUR_OP(name_)                                                                           \
    const op op_##name_ = {.name = #name_,                                                         \
                           .inputs = 1,                                                            \
                           .outputs = 1,                                                           \
                           .traits = PURE,                                                         \
                           .fields = along_fields,                                                 \
                           .attrs_size = sizeof(along_attrs),                                      \
                           .shape = colours_shape,                                                 \
                           .compose = name_##_compose,                                             \
                           .samples = colours_samples,                                             \
                           .tolerance = ROUNDED};                                                  \
    mica_tensor *mica_##name_(mica_tensor *images, mica_layout layout) {                           \
        NEEDS(images);                                                                             \
        if (!is_image(#name_, images, layout, 3)) return tensor_poison(images->ctx);               \
        const along_attrs a = {channel_axis(images, layout)};                                      \
        return EMIT(&op_##name_, &a, images);                                                      \
    }
COLOUR_OP(rgb_to_hsv)
COLOUR_OP(hsv_to_rgb)

mica_tensor *mica_rgb_to_grayscale(mica_tensor *images, mica_layout layout) {
    NEEDS(images);
    if (!is_image("rgb_to_grayscale", images, layout, 1)) return tensor_poison(images->ctx);
    int axis = channel_axis(images, layout);
    if (images->shape.dims[axis] == 1) return images;
    mica_tensor *r = scaled(channel(images, axis, 0), 0.2989),
                *g = scaled(channel(images, axis, 1), 0.5870),
                *b = scaled(channel(images, axis, 2), 0.1140);
    return mica_add(mica_add(r, g), b);
}
