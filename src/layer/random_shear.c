/* RandomShear: in training pixel (x, y) of each image comes from (x + p y, q x + y), with p and q
 * from the ranges of x_factor and y_factor, both times one random sign.
 * Source: keras.layers.RandomShear. */
#include "layer/augment.h"
#include "op/emit.h"

#define OWNER mica_random_shear_options

static const field random_shear_fields[] = {
    LAYER_FIELDS(OWNER),
    OPTIONAL_RANGE_FIELD(OWNER, x_factor, .help = "within 0 to 1; default 0"),
    OPTIONAL_RANGE_FIELD(OWNER, y_factor, .help = "within 0 to 1; default 0"),
    FILL_FIELDS(OWNER),
    SEED_FIELD(OWNER),
    SPARED_DATA_FORMAT_FIELD(OWNER),
    END_OF_FIELDS};

/* Keras writes one number f as [-f, f], and refuses that when it reads it: it is taken here. */
static mica_status check_shear(const char *what, const char *name, const mica_reals *r,
                               mica_error *err) {
    bool mirrored = r->count == 2 && r->values[0] == -r->values[1];
    const mica_reals upper = MICA_REALS(r->values[1]);
    return check_numbers(what, name, mirrored ? &upper : r, (range){0, 1}, false, err);
}

static mica_status check(const void *options, const char *what, mica_error *err) {
    const OWNER *o = options;
    TRY(check_shear(what, "x_factor", &o->x_factor, err));
    return check_shear(what, "y_factor", &o->y_factor, err);
}

static mica_status complete(mica_layer *l, mica_error *err) {
    OWNER *o = (OWNER *)(void *)l->options;
    default_range(&o->x_factor, 0, 0);
    default_range(&o->y_factor, 0, 0);
    return MICA_OK;
}

static mica_tensor *shear(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_shear);
    mica_tensor *sign = draw_sign(l, f, x, o->seed, "sign"), *one = scalar_like(sign, 1);
    mica_tensor *p = draw_each(l, f, x, o->seed, "x", factor_range(&o->x_factor, -1));
    mica_tensor *q = draw_each(l, f, x, o->seed, "y", factor_range(&o->y_factor, -1));
    mica_tensor *const numbers[6] = {one, mica_multiply(p, sign), NULL, mica_multiply(q, sign), one,
                                     NULL};
    return transform_images(x, numbers, o->interpolation, o->fill_mode, o->fill_value,
                            o->data_format);
}

static void call(mica_layer *l, layer_frame *f) { augment_images(l, f, shear); }

const layer_kind layer_random_shear = {.name = "RandomShear",
                                       .fields = random_shear_fields,
                                       .options_size = sizeof(OWNER),
                                       .ignored = augment_ignored,
                                       .prepares = PREPARES_PICTURES,
                                       .check = check,
                                       .complete = complete,
                                       .call = call,
                                       .min_rank = 3,
                                       .max_rank = 4,
                                       .ends_mask = true};

LAYER_CONSTRUCTOR(random_shear)
