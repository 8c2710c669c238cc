/* RandomFlip: in training each image is mirrored with probability 1/2, in one direction or in both
 * at once. A mirror is a transform x' = W - 1 - x, so that one pass over the images does it.
 * Source: keras.layers.RandomFlip. */
#include "layer/augment.h"
#include "op/emit.h"

#include <string.h>

#define OWNER mica_random_flip_options

static const char *const modes[] = {"horizontal", "vertical", "horizontal_and_vertical", NULL};

static const field random_flip_fields[] = {
    LAYER_FIELDS(OWNER),
    TEXT(OWNER, mode, "horizontal_and_vertical", .choices = modes, .help = "directions"),
    SEED_FIELD(OWNER), SPARED_DATA_FORMAT_FIELD(OWNER), END_OF_FIELDS};

static mica_tensor *flip(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_flip);
    int axis = height_axis_of(o->data_format, 4);
    mica_tensor *u = draw_each(l, f, x, o->seed, "flip", (range){0, 1}), *one = scalar_like(u, 1);
    mica_tensor *flipped = mica_cast(mica_less_equal(u, scalar_like(u, 0.5)), MICA_FLOAT32);
    mica_tensor *sign = mica_subtract(one, mica_multiply(flipped, scalar_like(u, 2)));
    mica_tensor *numbers[6] = {one, NULL, NULL, NULL, one, NULL};
    for (int along = 0; along < 2; along++) { /* x, then y */
        if (!strstr(o->mode, along ? "vertical" : "horizontal")) continue;
        mica_tensor *last = mica_subtract(extent_of(x, along ? axis : axis + 1), one);
        numbers[along * 4] = sign;
        numbers[along * 3 + 2] = mica_multiply(flipped, last);
    }
    return transform_images(x, numbers, "nearest", "nearest", 0, o->data_format);
}

static void call(mica_layer *l, layer_frame *f) { augment_images(l, f, flip); }

const layer_kind layer_random_flip = {.name = "RandomFlip",
                                      .fields = random_flip_fields,
                                      .options_size = sizeof(OWNER),
                                      .ignored = augment_ignored,
                                      .prepares = PREPARES_PICTURES,
                                      .call = call,
                                      .min_rank = 3,
                                      .max_rank = 4,
                                      .ends_mask = true};

LAYER_CONSTRUCTOR(random_flip)
