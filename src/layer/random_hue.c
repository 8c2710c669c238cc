/* RandomHue: in training the hue of each image, as of HSV from 0 to 1, plus or minus f / 2.
 * Errors: SHAPE but for three channels. Source: keras.layers.RandomHue. */
#include "layer/augment.h"
#include "op/emit.h"

#define OWNER mica_random_hue_options

static const field random_hue_fields[] = {
    LAYER_FIELDS(OWNER), VALUE_FACTOR_FIELDS(OWNER, "range within 0 to 1"), END_OF_FIELDS};

VALUE_FACTOR_HOOKS(OWNER, 0, 1)

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    return require_colours(in, ((const OWNER *)(const void *)l->options)->data_format, false, err);
}

/* x - from times factor, plus to: between value_range and 0 to 1. */
static mica_tensor *rescaled(mica_tensor *x, double from, double factor, double to) {
    x = mica_multiply(mica_subtract(x, scalar_like(x, from)), scalar_like(x, factor));
    return mica_add(x, scalar_like(x, to));
}

/* Within 0 to 1, again. */
static mica_tensor *turned(mica_tensor *hue, mica_tensor *by) {
    mica_tensor *one = scalar_like(hue, 1), *h = mica_add(hue, by);
    h = mica_where(mica_greater(h, one), mica_subtract(h, one), h);
    return mica_where(mica_less(h, scalar_like(h, 0)), mica_add(h, one), h);
}

static mica_tensor *change_hue(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_hue);
    double low = o->value_range.values[0], extent = o->value_range.values[1] - low;
    mica_tensor *by = draw_each(l, f, x, o->seed, "hue", factor_range(&o->factor, 0));
    by = mica_multiply(by, draw_sign(l, f, x, o->seed, "sign"));
    by = mica_cast(mica_multiply(by, scalar_like(by, 0.5)), x->dtype);
    x = rescaled(x, low, 1 / extent, 0);
    mica_tensor *hsv = mica_rgb_to_hsv(x, layout_of(o->data_format));
    hsv = mica_where(colour_mask(x, o->data_format, 0), turned(hsv, by), hsv);
    x = mica_hsv_to_rgb(hsv, layout_of(o->data_format));
    return rescaled(mica_clip(x, 0, 1), 0, extent, low);
}

static void call(mica_layer *l, layer_frame *f) { augment_images(l, f, change_hue); }

const layer_kind layer_random_hue = {.name = "RandomHue",
                                     .fields = random_hue_fields,
                                     .options_size = sizeof(OWNER),
                                     .ignored = augment_ignored,
                                     .prepares = PREPARES_PICTURES,
                                     .check = check,
                                     .complete = complete,
                                     .build = build,
                                     .call = call,
                                     .min_rank = 3,
                                     .max_rank = 4,
                                     .ends_mask = true};

LAYER_CONSTRUCTOR(random_hue)
