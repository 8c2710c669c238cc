/* RandomTranslation: in training each image is moved down and to the right by numbers of its own,
 * from the ranges of height_factor and width_factor, times height and width.
 * Source: keras.layers.RandomTranslation. */
#include "layer/augment.h"
#include "op/emit.h"

#define OWNER mica_random_translation_options

static const field random_translation_fields[] = {
    LAYER_FIELDS(OWNER),
    RANGE_FIELD(OWNER, height_factor, .help = "of height, within -1 to 1"),
    RANGE_FIELD(OWNER, width_factor, .help = "of width, within -1 to 1"),
    FILL_FIELDS(OWNER),
    SEED_FIELD(OWNER),
    SPARED_DATA_FORMAT_FIELD(OWNER),
    END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const OWNER *o = options;
    const range all = {-1, 1};
    TRY(check_numbers(what, "height_factor", &o->height_factor, all, false, err));
    return check_numbers(what, "width_factor", &o->width_factor, all, false, err);
}

static mica_tensor *shift(mica_layer *l, layer_frame *f, mica_tensor *x, const char *purpose,
                          const mica_reals *factor, int axis) {
    mica_tensor *part = draw_each(l, f, x, OPTIONS_OF(l, random_translation)->seed, purpose,
                                  factor_range(factor, -1));
    return mica_negative(mica_multiply(part, extent_of(x, axis)));
}

static mica_tensor *translate(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_translation);
    int axis = height_axis_of(o->data_format, 4);
    mica_tensor *down = shift(l, f, x, "height", &o->height_factor, axis);
    mica_tensor *right = shift(l, f, x, "width", &o->width_factor, axis + 1);
    mica_tensor *one = scalar_like(down, 1);
    mica_tensor *const numbers[6] = {one, NULL, right, NULL, one, down};
    return transform_images(x, numbers, o->interpolation, o->fill_mode, o->fill_value,
                            o->data_format);
}

static void call(mica_layer *l, layer_frame *f) { augment_images(l, f, translate); }

const layer_kind layer_random_translation = {.name = "RandomTranslation",
                                             .fields = random_translation_fields,
                                             .options_size = sizeof(OWNER),
                                             .ignored = augment_ignored,
                                             .prepares = PREPARES_PICTURES,
                                             .check = check,
                                             .call = call,
                                             .min_rank = 3,
                                             .max_rank = 4,
                                             .ends_mask = true};

LAYER_CONSTRUCTOR(random_translation)
