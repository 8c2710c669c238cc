/* GlobalMaxPooling2D: the greatest value of every channel.  x (B, H, W, C) -> y (B, C), with
 * keepdims (B, 1, 1, C).  Errors: SHAPE if x has not rank 4.  Source:
 * keras.layers.GlobalMaxPooling2D. */
#include "layer/image.h"

static const field global_max_pooling2d_fields[] = {
    LAYER_FIELDS(mica_global_max_pooling2d_options),
    DATA_FORMAT_FIELD(mica_global_max_pooling2d_options),
    BOOLEAN(mica_global_max_pooling2d_options, keepdims, .help = "extents of 1 stay"),
    END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    const mica_global_max_pooling2d_options *o = OPTIONS_OF(l, global_max_pooling2d);
    bool first = layout_of(o->data_format) == MICA_CHANNELS_FIRST;
    f->out[0] = mica_max(f->in[0], first ? MICA_AXES(2, 3) : MICA_AXES(1, 2), o->keepdims);
}

const layer_kind layer_global_max_pooling2d = {
    .name = "GlobalMaxPooling2D",
    .aliases = {"GlobalMaxPool2D"},
    .fields = global_max_pooling2d_fields,
    .options_size = sizeof(mica_global_max_pooling2d_options),
    .renamed = pool_renamed,
    .translate = image_translate,
    .call = call,
    .min_rank = 4,
    .max_rank = 4,
    .ends_mask = true};

LAYER_CONSTRUCTOR(global_max_pooling2d)
