/* What the layers on images share: choices, layouts, windows, spellings of Keras 1. */
#ifndef LAYER_IMAGE_H
#define LAYER_IMAGE_H

#include "layer/layer.h"

extern const char *const paddings[];     /* "valid", "same" */
extern const char *const data_formats[]; /* "channels_last", "channels_first" */

#define PADDING_FIELD(owner)                                                                       \
    TEXT(owner, padding, "valid", .choices = paddings, .help = "same: as many as strides make")
#define DATA_FORMAT_FIELD(owner)                                                                   \
    TEXT(owner, data_format, "channels_last", .choices = data_formats,                             \
         .help = "where channels stand")

mica_layout layout_of(const char *data_format);
mica_padding padding_of(const char *padding);
int channel_axis_of(const char *data_format); /* 3 or 1 */

/* Keras 1: dim_ordering "tf" and "th", nb_row and nb_col, border_mode … */
extern const renamed_key conv_renamed[], pool_renamed[];
mica_status image_translate(json_t *config, const char *what, mica_error *err);

#endif
