/* RandomZoom: in training pixel x of each image comes from z x + (W - 1) / 2 (1 - z), with z = 1 +
 * a number of its own from the range of width_factor; the same of rows and height_factor. Without
 * width_factor both are height's. Source: keras.layers.RandomZoom. */
#include "layer/augment.h"
#include "op/emit.h"

#define OWNER mica_random_zoom_options

static const field random_zoom_fields[] = {
    LAYER_FIELDS(OWNER),
    RANGE_FIELD(OWNER, height_factor, .help = "range above -1, to 1"),
    NUMBERS(OWNER, width_factor, .flags = FIELD_RANGE | FIELD_NULLABLE,
            .help = "null: that of height"),
    FILL_FIELDS(OWNER),
    SEED_FIELD(OWNER),
    SPARED_DATA_FORMAT_FIELD(OWNER),
    END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const OWNER *o = options;
    const range all = {-1, 1};
    TRY(check_numbers(what, "height_factor", &o->height_factor, all, true, err));
    return check_numbers(what, "width_factor", &o->width_factor, all, true, err);
}

static mica_tensor *draw(mica_layer *l, layer_frame *f, mica_tensor *x, const char *purpose,
                         const mica_reals *factor) {
    range r = factor_range(factor, -1);
    return draw_each(l, f, x, OPTIONS_OF(l, random_zoom)->seed, purpose,
                     (range){1 + r.low, 1 + r.high});
}

/* (n - 1) / 2 (1 - z) */
static mica_tensor *offset(mica_tensor *x, int axis, mica_tensor *z) {
    mica_tensor *middle = mica_subtract(extent_of(x, axis), scalar_like(z, 1));
    middle = mica_multiply(middle, scalar_like(z, 0.5));
    return mica_multiply(middle, mica_subtract(scalar_like(z, 1), z));
}

static mica_tensor *zoom(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_zoom);
    int axis = height_axis_of(o->data_format, 4);
    mica_tensor *high = draw(l, f, x, "height", &o->height_factor), *wide = high;
    if (o->width_factor.count) wide = draw(l, f, x, "width", &o->width_factor);
    mica_tensor *const numbers[6] = {wide, NULL, offset(x, axis + 1, wide),
                                     NULL, high, offset(x, axis, high)};
    return transform_images(x, numbers, o->interpolation, o->fill_mode, o->fill_value,
                            o->data_format);
}

static void call(mica_layer *l, layer_frame *f) { augment_images(l, f, zoom); }

const layer_kind layer_random_zoom = {.name = "RandomZoom",
                                      .fields = random_zoom_fields,
                                      .options_size = sizeof(OWNER),
                                      .ignored = augment_ignored,
                                      .prepares = PREPARES_PICTURES,
                                      .check = check,
                                      .call = call,
                                      .min_rank = 3,
                                      .max_rank = 4,
                                      .ends_mask = true};

LAYER_CONSTRUCTOR(random_zoom)
