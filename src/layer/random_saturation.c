/* RandomSaturation: in training the saturation of each image, as of HSV, times f / (1 - f), within
 * value_range. Errors: SHAPE but for three channels. Source: keras.layers.RandomSaturation. */
#include "layer/augment.h"
#include "op/emit.h"

#define OWNER mica_random_saturation_options

static const field random_saturation_fields[] = {
    LAYER_FIELDS(OWNER), VALUE_FACTOR_FIELDS(OWNER, "range within 0 to 1; 0.5 changes nothing"),
    END_OF_FIELDS};

VALUE_FACTOR_HOOKS(OWNER, -1, 1)

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    return require_colours(in, ((const OWNER *)(const void *)l->options)->data_format, false, err);
}

#define KERAS_EPSILON 1e-7

static mica_tensor *saturate(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_saturation);
    mica_tensor *u = draw_each(l, f, x, o->seed, "saturation", factor_range(&o->factor, -1));
    mica_tensor *rest = mica_subtract(scalar_like(u, 1 + KERAS_EPSILON), u);
    mica_tensor *factor = mica_cast(mica_divide(u, rest), x->dtype);
    mica_tensor *hsv = mica_rgb_to_hsv(x, layout_of(o->data_format));
    mica_tensor *s = mica_clip(mica_multiply(hsv, factor), o->value_range.values[0],
                               o->value_range.values[1]);
    hsv = mica_where(colour_mask(x, o->data_format, 1), s, hsv);
    return mica_hsv_to_rgb(hsv, layout_of(o->data_format));
}

static void call(mica_layer *l, layer_frame *f) { augment_images(l, f, saturate); }

const layer_kind layer_random_saturation = {.name = "RandomSaturation",
                                            .fields = random_saturation_fields,
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

LAYER_CONSTRUCTOR(random_saturation)
