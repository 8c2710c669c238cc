/* What the layers on images share: choices, layouts, windows, spellings of Keras 1. An image has
 * one to three axes of space; a family of layers (Conv1D, Conv2D, Conv3D) is one set of options,
 * one build and one call, and the rank of the kind says which. */
#ifndef LAYER_IMAGE_H
#define LAYER_IMAGE_H

#include "layer/layer.h"

extern const char *const paddings[];        /* "valid", "same" */
extern const char *const causal_paddings[]; /* these and "causal" */
extern const char *const data_formats[];    /* "channels_last", "channels_first" */
extern const char *const interpolations[];  /* names of mica_resize_method, in its order */

#define PADDING_FIELD(owner)                                                                       \
    TEXT(owner, padding, "valid", .choices = paddings, .help = "same: as many as strides make")
#define DATA_FORMAT_FIELD(owner)                                                                   \
    TEXT(owner, data_format, "channels_last", .choices = data_formats,                             \
         .help = "where channels stand")
#define SPARED_DATA_FORMAT_FIELD(owner)                                                            \
    TEXT(owner, data_format, "channels_last", .choices = data_formats, .flags = FIELD_SPARED,      \
         .help = "where channels stand")
#define INTERPOLATION_FIELD(owner, default_)                                                       \
    TEXT(owner, interpolation, default_, .choices = interpolations, .help = "how new pixels come")

/* The window of a convolution with so many axes. */
#define KERNEL_FIELDS(owner, axes, padding_names)                                                  \
    INTEGERS(owner, kernel_size, axes, REQUIRED, .min = 1, .help = "one for each axis of space"),  \
        INTEGERS(owner, strides, axes, DEFAULT(1), .min = 1, .help = "steps of the window"),       \
        TEXT(owner, padding, "valid", .choices = padding_names,                                    \
             .help = "same: as many as strides make"),                                             \
        DATA_FORMAT_FIELD(owner),                                                                  \
        INTEGERS(owner, dilation_rate, axes, DEFAULT(1), .min = 1, .help = "steps in the window")
/* What follows the sum. */
#define BIAS_FIELDS(owner)                                                                         \
    ACTIVATION_FIELD(owner, activation), NEGATED(owner, no_bias, "use_bias", .help = "adds b"),    \
        INITIALIZER_FIELD(owner, bias_initializer, "zeros"),                                       \
        REGULARIZER_FIELD(owner, bias_regularizer),                                                \
        REGULARIZER_FIELD(owner, activity_regularizer), CONSTRAINT_FIELD(owner, bias_constraint)
/* A weight's initializer, regularizer and constraint. */
#define WEIGHT_FIELDS(owner, weight)                                                               \
    INITIALIZER_FIELD(owner, weight##_initializer, "glorot_uniform"),                              \
        REGULARIZER_FIELD(owner, weight##_regularizer),                                            \
        CONSTRAINT_FIELD(owner, weight##_constraint)

mica_layout layout_of(const char *data_format);
int channel_axis_of(const char *data_format, int rank);
int space_axis_of(const char *data_format); /* the first axis of space: 1 or 2 */
mica_resize_method method_of(const char *interpolation);
/* The axes of space of layer l's images. */
static inline int axes_of(const mica_layer *l) { return l->kind->max_rank - 2; }
mica_axes space_axes_of(const mica_layer *l, const char *data_format);

/* The op's options for a window of so many axes; causal pads in front alone. */
mica_window_options window_for(int axes, const int64_t *kernel, const int64_t *strides,
                               const int64_t *dilations, const char *padding,
                               const char *data_format);
/* Not both above 1: three of each, 0 where there are fewer axes. */
mica_status check_strides(const int64_t strides[3], const int64_t dilations[3], const char *what,
                          mica_error *err);
/* The shape of a kernel: so many extents, then two numbers. */
shape kernel_shape(int axes, const int64_t *kernel, int64_t depth, int64_t filters);

/* Keras 1: dim_ordering "tf" and "th", nb_row and nb_col, border_mode … */
extern const renamed_key conv_renamed[], pool_renamed[];
mica_status image_translate(json_t *config, const char *what, mica_error *err);

#endif
