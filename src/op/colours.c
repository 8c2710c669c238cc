/* Colours of images, said in other ops, so that their gradients come by themselves.
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

mica_tensor *mica_rgb_to_hsv(mica_tensor *images, mica_layout layout) {
    NEEDS(images);
    if (!is_image("rgb_to_hsv", images, layout, 3)) return tensor_poison(images->ctx);
    int axis = channel_axis(images, layout);
    mica_tensor *r = channel(images, axis, 0), *g = channel(images, axis, 1),
                *b = channel(images, axis, 2);
    mica_tensor *zero = scalar_like(images, 0), *one = scalar_like(images, 1);
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
    return mica_concatenate(hsv, 3, axis);
}

/* |6h - from| times sign, and offset, within 0 to 1. */
static mica_tensor *hue_part(mica_tensor *h, double from, double sign, double offset) {
    return mica_clip(shifted(scaled(mica_abs(shifted(scaled(h, 6), -from)), sign), offset), 0, 1);
}

mica_tensor *mica_hsv_to_rgb(mica_tensor *images, mica_layout layout) {
    NEEDS(images);
    if (!is_image("hsv_to_rgb", images, layout, 3)) return tensor_poison(images->ctx);
    int axis = channel_axis(images, layout);
    mica_tensor *h = channel(images, axis, 0), *s = channel(images, axis, 1),
                *v = channel(images, axis, 2), *grey = one_minus(s);
    mica_tensor *rgb[] = {hue_part(h, 3, 1, -1), hue_part(h, 2, -1, 2), hue_part(h, 4, -1, 2)};
    for (int i = 0; i < 3; i++) rgb[i] = mica_multiply(mica_add(grey, mica_multiply(s, rgb[i])), v);
    return mica_concatenate(rgb, 3, axis);
}

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
