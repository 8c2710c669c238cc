/* GlobalAveragePooling2D: the mean of every channel.  x (B, H, W, C) -> y (B, C), with keepdims
 * (B, 1, 1, C).  Errors: SHAPE if x has not rank 4.  Source: keras.layers.GlobalAveragePooling2D.
 */
#include "layer/image.h"

static const field global_average_pooling2d_fields[] = {
    LAYER_FIELDS(mica_global_average_pooling2d_options),
    DATA_FORMAT_FIELD(mica_global_average_pooling2d_options),
    BOOLEAN(mica_global_average_pooling2d_options, keepdims, .help = "extents of 1 stay"),
    END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    const mica_global_average_pooling2d_options *o = OPTIONS_OF(l, global_average_pooling2d);
    bool first = layout_of(o->data_format) == MICA_CHANNELS_FIRST;
    f->out[0] = mica_mean(f->in[0], first ? MICA_AXES(2, 3) : MICA_AXES(1, 2), o->keepdims);
}

const layer_kind layer_global_average_pooling2d = {
    .name = "GlobalAveragePooling2D",
    .aliases = {"GlobalAvgPool2D"},
    .fields = global_average_pooling2d_fields,
    .options_size = sizeof(mica_global_average_pooling2d_options),
    .renamed = pool_renamed,
    .translate = image_translate,
    .call = call,
    .min_rank = 4,
    .max_rank = 4,
    .ends_mask = true};

LAYER_CONSTRUCTOR(global_average_pooling2d)
