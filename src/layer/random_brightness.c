/* RandomBrightness: in training y = x + f (upper - lower end of value_range), within value_range,
 * with f of each image. Source: keras.layers.RandomBrightness. */
#include "layer/augment.h"
#include "op/emit.h"

#define OWNER mica_random_brightness_options

static const field random_brightness_fields[] = {
    LAYER_FIELDS(OWNER), VALUE_FACTOR_FIELDS(OWNER, "range within -1 to 1"), END_OF_FIELDS};

VALUE_FACTOR_HOOKS(OWNER, -1, 1)

static mica_tensor *brighten(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_brightness);
    mica_tensor *delta = draw_each(l, f, x, o->seed, "brightness", factor_range(&o->factor, -1));
    double extent = o->value_range.values[1] - o->value_range.values[0];
    delta = mica_multiply(delta, scalar_like(delta, extent));
    return mica_clip(mica_add(x, mica_cast(delta, x->dtype)), o->value_range.values[0],
                     o->value_range.values[1]);
}

static void call(mica_layer *l, layer_frame *f) { augment_images(l, f, brighten); }

const layer_kind layer_random_brightness = {.name = "RandomBrightness",
                                            .fields = random_brightness_fields,
                                            .options_size = sizeof(OWNER),
                                            .ignored = augment_ignored,
                                            .prepares = PREPARES_PICTURES,
                                            .check = check,
                                            .complete = complete,
                                            .call = call,
                                            .min_rank = 3,
                                            .max_rank = 4,
                                            .ends_mask = true};

LAYER_CONSTRUCTOR(random_brightness)
