/* RandomContrast: in training y = (x - mean) f + mean, within value_range, with the mean of each
 * channel of an image and f of each image from 1 - lower to 1 + upper. Source:
 * keras.layers.RandomContrast. */
#include "layer/augment.h"
#include "op/emit.h"

#define OWNER mica_random_contrast_options

static const field random_contrast_fields[] = {
    LAYER_FIELDS(OWNER), VALUE_FACTOR_FIELDS(OWNER, "lower and upper; one number: 0 and upper"),
    END_OF_FIELDS};

VALUE_FACTOR_HOOKS(OWNER, 0, 1)

static mica_tensor *contrast(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_contrast);
    int axis = height_axis_of(o->data_format, 4);
    range r = factor_range(&o->factor, 0);
    mica_tensor *factor = draw_each(l, f, x, o->seed, "contrast", (range){1 - r.low, 1 + r.high});
    mica_tensor *mean = mica_mean(x, MICA_AXES(axis, axis + 1), true);
    x = mica_add(mica_multiply(mica_subtract(x, mean), mica_cast(factor, x->dtype)), mean);
    return mica_clip(x, o->value_range.values[0], o->value_range.values[1]);
}

static void call(mica_layer *l, layer_frame *f) { augment_images(l, f, contrast); }

const layer_kind layer_random_contrast = {.name = "RandomContrast",
                                          .fields = random_contrast_fields,
                                          .options_size = sizeof(OWNER),
                                          .ignored = augment_ignored,
                                          .prepares = PREPARES_PICTURES,
                                          .check = check,
                                          .complete = complete,
                                          .call = call,
                                          .min_rank = 3,
                                          .max_rank = 4,
                                          .ends_mask = true};

LAYER_CONSTRUCTOR(random_contrast)
