/* MaxPooling2D: the greatest value of every window.  x (B, H, W, C) -> y (B, H', W', C).
 * Errors: SHAPE if x has not rank 4 or is smaller than a window.  Source:
 * keras.layers.MaxPooling2D. */
#include "layer/image.h"

static const field max_pooling2d_fields[] = {
    LAYER_FIELDS(mica_max_pooling2d_options),
    INTEGERS(mica_max_pooling2d_options, pool_size, 2, DEFAULT(2), .min = 1,
             .help = "height, width"),
    INTEGERS(mica_max_pooling2d_options, strides, 2, NULLABLE, .min = 1, .help = "null: pool_size"),
    PADDING_FIELD(mica_max_pooling2d_options),
    DATA_FORMAT_FIELD(mica_max_pooling2d_options),
    END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    const mica_max_pooling2d_options *o = OPTIONS_OF(l, max_pooling2d);
    const int64_t *strides = o->strides[0] == NO_INTEGER ? o->pool_size : o->strides;
    mica_window_options w = {.size = sizeof w,
                             .pool = {o->pool_size[0], o->pool_size[1]},
                             .strides = {strides[0], strides[1]},
                             .padding = padding_of(o->padding),
                             .layout = layout_of(o->data_format)};
    f->out[0] = mica_max_pool(f->in[0], &w);
}

const layer_kind layer_max_pooling2d = {.name = "MaxPooling2D",
                                        .aliases = {"MaxPool2D"},
                                        .fields = max_pooling2d_fields,
                                        .options_size = sizeof(mica_max_pooling2d_options),
                                        .renamed = pool_renamed,
                                        .translate = image_translate,
                                        .call = call,
                                        .min_rank = 4,
                                        .max_rank = 4,
                                        .ends_mask = true};

LAYER_CONSTRUCTOR(max_pooling2d)
