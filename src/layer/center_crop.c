/* CenterCrop: the middle height x width of images; smaller ones are enlarged first: their largest
 * middle part with that ratio, bilinear. x (B, H, W, C) or (H, W, C), y (B, height, width, C).
 * Errors: SHAPE for other ranks, or a height and width that are not known.
 * Source: keras.layers.CenterCrop. */
#include "layer/resizing.h"

static const field center_crop_fields[] = {
    LAYER_FIELDS(mica_center_crop_options),
    INTEGER(mica_center_crop_options, height, REQUIRED, .min = 1, .max = INT32_MAX, .help = "new"),
    INTEGER(mica_center_crop_options, width, REQUIRED, .min = 1, .max = INT32_MAX, .help = "new"),
    SPARED_DATA_FORMAT_FIELD(mica_center_crop_options), END_OF_FIELDS};

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    return require_known_space(in, OPTIONS_OF(l, center_crop)->data_format, err);
}

static void call(mica_layer *l, layer_frame *f) {
    const mica_center_crop_options *o = OPTIONS_OF(l, center_crop);
    mica_tensor *x = f->in[0];
    int axis = height_axis_of(o->data_format, x->shape.rank);
    if (x->shape.dims[axis] >= o->height && x->shape.dims[axis + 1] >= o->width) {
        f->out[0] = crop_middle(x, o->data_format, o->height, o->width);
        return;
    }
    f->out[0] = resize_images(crop_to_ratio(x, o->data_format, o->height, o->width), o->data_format,
                              o->height, o->width, MICA_RESIZE_BILINEAR, false);
}

const layer_kind layer_center_crop = {.name = "CenterCrop",
                                      .fields = center_crop_fields,
                                      .options_size = sizeof(mica_center_crop_options),
                                      .build = build,
                                      .call = call,
                                      .prepares = PREPARES_PICTURES,
                                      .min_rank = 3,
                                      .max_rank = 4,
                                      .ends_mask = true};

LAYER_CONSTRUCTOR(center_crop)
