/* AutoContrast: in training and inference y = (x - least) / (greatest - least) of each channel of
 * an image, stretched over value_range; a channel of one value stays. Source:
 * keras.layers.AutoContrast (which looks along the wrong axes of channels_first). */
#include "layer/augment.h"
#include "op/emit.h"

#define OWNER mica_auto_contrast_options

static const field auto_contrast_fields[] = {LAYER_FIELDS(OWNER), VALUE_RANGE_FIELD(OWNER),
                                             SPARED_DATA_FORMAT_FIELD(OWNER), END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const OWNER *o = options;
    return check_value_range(what, &o->value_range, err);
}

static mica_status complete(mica_layer *l, mica_error *err) {
    OWNER *o = (OWNER *)(void *)l->options;
    default_range(&o->value_range, 0, 255);
    return MICA_OK;
}

static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, auto_contrast);
    mica_tensor *x = f->in[0];
    int axis = height_axis_of(o->data_format, x->shape.rank);
    double low = o->value_range.values[0], high = o->value_range.values[1];
    mica_axes image = MICA_AXES(axis, axis + 1);
    mica_tensor *least = mica_min(x, image, true);
    mica_tensor *extent = mica_subtract(mica_max(x, image, true), least);
    mica_tensor *flat = mica_equal(extent, scalar_like(x, 0));
    mica_tensor *part = mica_divide(mica_subtract(x, least),
                                    mica_where(flat, scalar_like(x, 1), extent));
    mica_tensor *y = mica_multiply(mica_clip(part, 0, 1), scalar_like(x, high - low));
    f->out[0] = mica_where(flat, x, mica_add(y, scalar_like(x, low)));
}

const layer_kind layer_auto_contrast = {.name = "AutoContrast",
                                        .fields = auto_contrast_fields,
                                        .options_size = sizeof(OWNER),
                                        .ignored = augment_ignored,
                                        .prepares = PREPARES_PICTURES,
                                        .check = check,
                                        .complete = complete,
                                        .call = call,
                                        .min_rank = 3,
                                        .max_rank = 4,
                                        .ends_mask = true};

LAYER_CONSTRUCTOR(auto_contrast)
