/* UpSampling2D: rows and columns repeated, or interpolated.  x (B, H, W, C) ->
 * y (B, size0 H, size1 W, C).  Errors: SHAPE if x has not rank 4.  Source:
 * keras.layers.UpSampling2D. */
#include "layer/image.h"

#include <string.h>

static const char *const interpolations[] = {"nearest", "bilinear", NULL};

static const field up_sampling2d_fields[] = {LAYER_FIELDS(mica_up_sampling2d_options),
                                             {.name = "size",
                                              .type = FIELD_INTEGERS,
                                              .offset = offsetof(mica_up_sampling2d_options, sizes),
                                              .count = 2,
                                              .initial = 2,
                                              .min = 1,
                                              .help = "factors: height, width"},
                                             DATA_FORMAT_FIELD(mica_up_sampling2d_options),
                                             TEXT(mica_up_sampling2d_options, interpolation,
                                                  "nearest", .choices = interpolations,
                                                  .help = "how new pixels come"),
                                             END_OF_FIELDS};

static void call(mica_layer *l, layer_frame *f) {
    const mica_up_sampling2d_options *o = OPTIONS_OF(l, up_sampling2d);
    bool nearest = !strcmp(o->interpolation, "nearest");
    mica_resize_method method = nearest ? MICA_RESIZE_NEAREST : MICA_RESIZE_BILINEAR;
    int axis = layout_of(o->data_format) == MICA_CHANNELS_FIRST ? 2 : 1;
    f->out[0] = mica_upsample(mica_upsample(f->in[0], axis, o->sizes[0], method), axis + 1,
                              o->sizes[1], method);
}

const layer_kind layer_up_sampling2d = {.name = "UpSampling2D",
                                        .fields = up_sampling2d_fields,
                                        .options_size = sizeof(mica_up_sampling2d_options),
                                        .renamed = pool_renamed,
                                        .translate = image_translate,
                                        .call = call,
                                        .min_rank = 4,
                                        .max_rank = 4,
                                        .ends_mask = true};

LAYER_CONSTRUCTOR(up_sampling2d)
