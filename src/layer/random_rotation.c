/* RandomRotation: in training each image is turned about its middle ((W - 1) / 2, (H - 1) / 2) by
 * an angle of its own, from the range of factor times a whole turn. Source:
 * keras.layers.RandomRotation. */
#include "layer/augment.h"
#include "op/emit.h"

#include <math.h>

#define OWNER mica_random_rotation_options

static const field random_rotation_fields[] = {
    LAYER_FIELDS(OWNER),
    RANGE_FIELD(OWNER, factor, .help = "of turns, within -1 to 1"),
    FILL_FIELDS(OWNER),
    SEED_FIELD(OWNER),
    SPARED_DATA_FORMAT_FIELD(OWNER),
    END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    return check_range(what, "factor", &((const OWNER *)options)->factor, -1, 1, err);
}

/* c - c p - d q: where the middle (c, d) stays. */
static mica_tensor *offset(mica_tensor *c, mica_tensor *d, mica_tensor *p, mica_tensor *q) {
    return mica_subtract(mica_subtract(c, mica_multiply(c, p)), mica_multiply(d, q));
}

static mica_tensor *middle(mica_tensor *x, int axis) {
    mica_tensor *n = extent_of(x, axis);
    return mica_multiply(mica_subtract(n, scalar_like(n, 1)), scalar_like(n, 0.5));
}

static mica_tensor *rotate(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_rotation);
    int axis = height_axis_of(o->data_format, 4);
    range r = factor_range(&o->factor, -1);
    mica_tensor *angle = draw_each(l, f, x, o->seed, "angle", (range){r.low * 360, r.high * 360});
    angle = mica_multiply(angle, scalar_like(angle, M_PI / 180));
    mica_tensor *c = mica_cos(angle), *s = mica_sin(angle), *minus = mica_negative(s);
    mica_tensor *mx = middle(x, axis + 1), *my = middle(x, axis);
    mica_tensor *const numbers[6] = {c, minus, offset(mx, my, c, minus),
                                     s, c,     offset(my, mx, c, s)};
    return transform_images(x, numbers, o->interpolation, o->fill_mode, o->fill_value,
                            o->data_format);
}

static void call(mica_layer *l, layer_frame *f) { augment_images(l, f, rotate); }

const layer_kind layer_random_rotation = {.name = "RandomRotation",
                                          .fields = random_rotation_fields,
                                          .options_size = sizeof(OWNER),
                                          .ignored = augment_ignored,
                                          .prepares = PREPARES_PICTURES,
                                          .check = check,
                                          .call = call,
                                          .min_rank = 3,
                                          .max_rank = 4,
                                          .ends_mask = true};

LAYER_CONSTRUCTOR(random_rotation)
